//! Macros for tests that run on both databases.

/// Declares tests that take an [`Env`](crate::support::Env). Each becomes two tests: `name::sqlite` and
/// `name::postgres`.
macro_rules! both {
    ($($(#[$attribute:meta])* fn $name:ident($env:ident: &Env) $body:block)*) => {$(
        $(#[$attribute])*
        fn $name($env: &$crate::support::Env) $body

        mod $name {
            use $crate::support::{Env, Kind};

            #[test]
            fn sqlite() {
                Env::run(Kind::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                Env::run(Kind::Postgres, super::$name);
            }
        }
    )*};
}

/// Compares an answer with an inline snapshot. Fields keep their order; ids, cursors and times of the test are
/// replaced by `…`. Both databases must answer the same.
macro_rules! shows {
    ($answer:expr, @$expected:literal) => {
        insta::allow_duplicates! { insta::assert_snapshot!($answer.shown(), @$expected) }
    };
}
