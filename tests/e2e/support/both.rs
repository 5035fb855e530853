//! Every test runs on both databases.

/// Declares tests that take an [`Env`](crate::support::Env): each becomes two, `name::sqlite` and
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

/// Compares an answer with the one written in place: the fields in their order, ids, cursors and the
/// time of the test elided. Both databases must answer the same.
macro_rules! shows {
    ($answer:expr, @$expected:literal) => {
        insta::allow_duplicates! { insta::assert_snapshot!($answer.shown(), @$expected) }
    };
}
