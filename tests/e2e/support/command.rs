//! The program under test.

use std::process::Command;

use super::database::Database;

/// The program with these arguments, without the `GREYMATTERS_*` variables of the environment. By default, warnings do
/// not block a publish, and a shutdown does not wait for load balancers. `GREYMATTERS_TEST_PROGRAM` names another build of
/// the program, for example an optimised one.
pub(crate) fn greymatters(arguments: &[&str]) -> Command {
    let program = std::env::var_os("GREYMATTERS_TEST_PROGRAM");
    let mut command = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_greymatters").into()));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GREYMATTERS_") {
            command.env_remove(name);
        }
    }
    command.env("GREYMATTERS_CHECK_WARNINGS", "allow").env("GREYMATTERS_DRAIN", "0s").args(arguments);
    command
}

/// What tests do with a command.
pub(crate) trait CommandExt {
    /// Sets the database of the command.
    fn on(&mut self, database: &Database) -> &mut Command;
    /// Runs the command to its end.
    fn run(&mut self) -> Ended;
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl CommandExt for Command {
    fn on(&mut self, database: &Database) -> &mut Command {
        self.env("GREYMATTERS_DATABASE_URL", database.url())
    }

    fn run(&mut self) -> Ended {
        let output = self.stdin(std::process::Stdio::null()).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Asserts that the command succeeded, and returns what it printed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Asserts that the command failed, and returns its error output.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "{self:?}");
        self.stderr
    }
}
