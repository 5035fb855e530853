//! The only source of time and random numbers.

use domain::{EditionMark, Id, Timestamp};

/// Returns the current time, truncated to microseconds.
#[expect(clippy::disallowed_methods, reason = "the only clock; all other code takes the time as an argument")]
pub(crate) fn now() -> Timestamp {
    domain::truncate(Timestamp::now())
}

/// Returns random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "ids and keys are not safe without randomness")]
    getrandom::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

/// Makes the mark of a new edition.
pub(crate) fn new_mark() -> EditionMark {
    EditionMark::new(random())
}

/// Makes a new id.
pub(crate) fn new_id<T: Id>(now: Timestamp) -> T {
    T::new(now, random())
}
