//! The one place where the time and random numbers come from.

use domain::{EditionMark, Id, Timestamp};

/// The time, to the microsecond.
#[expect(clippy::disallowed_methods, reason = "the one clock; everything else is told the time")]
pub(crate) fn now() -> Timestamp {
    domain::truncate(Timestamp::now())
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without a source of randomness no id and no key would be safe: there is no going on.
    #[expect(clippy::expect_used, reason = "an operating system without randomness cannot serve")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The mark of a new edition.
pub(crate) fn new_mark() -> EditionMark {
    EditionMark::new(random())
}

/// A new id.
pub(crate) fn new_id<T: Id>(now: Timestamp) -> T {
    T::new(now, random())
}
