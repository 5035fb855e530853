//! Environment variables whose names begin with `GREYMATTERS_`. Each must belong to a flag.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::builder::Resettable;
use clap::{Arg, Command};

use crate::failure::Failure;

/// The prefix of the variables of this program.
const PREFIX: &str = "GREYMATTERS_";
/// The prefix of the variables of the test suite.
const TESTS: &str = "GREYMATTERS_TEST_";
/// A name counts as misspelt when this many edits or fewer turn it into a known one.
const MAX_EDITS: usize = 2;

/// Makes a command ignore empty variables. Deployment files often set unused variables to an empty text.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |argument: &Arg| {
        let value = argument.get_env().and_then(std::env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|argument| if is_empty(&argument) { argument.env(Resettable::Reset) } else { argument })
        .mut_subcommands(without_empty_variables)
}

/// Returns the names of variables that begin with `GREYMATTERS_` and belong to no flag. They have no effect.
///
/// # Errors
/// When a name is probably misspelt, because it is almost the name of a flag's variable.
pub(crate) fn unknown(
    command: &Command,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<String>, Failure> {
    let known = known(command);
    let (mut unknown, mut misspelt) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        if known.contains(name) || name.starts_with(TESTS) || is_service_link(name, value) {
            continue;
        }
        if let Some(meant) = nearest(name, &known) {
            misspelt.push((name.to_owned(), meant.to_owned()));
        } else if name.starts_with(PREFIX) {
            unknown.push(name.to_owned());
        }
    }
    if misspelt.is_empty() { Ok(unknown) } else { Err(Failure::MisspeltVariables(misspelt)) }
}

/// Returns the variables of the flags of a command and its subcommands.
fn known(command: &Command) -> BTreeSet<&str> {
    let own = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    own.chain(command.get_subcommands().flat_map(known)).collect()
}

/// Returns the known variable whose name is most similar, if it is similar enough.
fn nearest<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let name = name.to_ascii_uppercase();
    let length = name.chars().count();
    // An edit changes the length by at most one. Comparing the lengths first leaves few names to compare in full.
    let similar = known.iter().filter(|known| known.chars().count().abs_diff(length) <= MAX_EDITS);
    let near = similar.map(|known| (strsim::damerau_levenshtein(&name, known), *known));
    near.filter(|(edits, _)| *edits <= MAX_EDITS).min().map(|(_, known)| known)
}

/// Whether Kubernetes has set this variable. In every container, it sets such variables for each service of the namespace,
/// for example `GREYMATTERS_PORT=tcp://10.0.0.1:80`. The name of a service may begin with `greymatters`.
fn is_service_link(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") {
        return true;
    }
    if let Some((_, port)) = name.rsplit_once("_SERVICE_PORT") {
        return port.is_empty() || port.starts_with('_');
    }
    let Some((_, port)) = name.rsplit_once("_PORT") else { return false };
    if port.is_empty() {
        // `GREYMATTERS_X_PORT_80_TCP_PORT` ends with `_PORT` too.
        return value.contains("://") || is_part_of_a_port(name.trim_end_matches("_PORT"));
    }
    is_part_of_a_port(name)
}

/// Whether a name contains `_PORT_` followed by a number and a protocol, as in `X_PORT_8080_TCP_ADDR`.
fn is_part_of_a_port(name: &str) -> bool {
    let Some((_, port)) = name.rsplit_once("_PORT_") else { return false };
    let mut parts = port.split('_');
    parts.next().is_some_and(|number| number.parse::<u16>().is_ok())
        && parts.next().is_some_and(|protocol| ["TCP", "UDP", "SCTP"].contains(&protocol))
        && parts.next().is_none_or(|what| ["ADDR", "PORT", "PROTO"].contains(&what))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn check(variables: &[(&str, &str)]) -> Result<Vec<String>, Failure> {
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        unknown(&Cli::command(), variables)
    }

    #[test]
    fn variables_of_flags_are_known() {
        let set = ["GREYMATTERS_LISTEN", "GREYMATTERS_KEY_NAME", "GREYMATTERS_IMPORT_MAP", "GREYMATTERS_LOG"];
        assert!(check(&set.map(|name| (name, "x"))).unwrap().is_empty());
    }

    #[test]
    fn the_error_for_a_misspelt_variable_names_the_right_one() {
        for (misspelt, meant) in [
            ("GREYMATTERS_DATABSE_URL", "GREYMATTERS_DATABASE_URL"),
            ("GREYMATTERS_LITSEN", "GREYMATTERS_LISTEN"),
            ("GREYMATTERS_LOGS", "GREYMATTERS_LOG"),
            ("GREYMATERS_LOG", "GREYMATTERS_LOG"),
            ("greymatters_log", "GREYMATTERS_LOG"),
        ] {
            let refusal = check(&[(misspelt, "x")]).unwrap_err().to_string();
            assert!(refusal.contains(misspelt) && refusal.contains(meant), "{refusal}");
        }
    }

    #[test]
    fn any_other_variable_is_unknown() {
        assert_eq!(check(&[("GREYMATTERS_FLAVOUR", "x")]).unwrap(), ["GREYMATTERS_FLAVOUR"]);
        assert_eq!(check(&[("GREYMATTERS_PORT", "8080")]).unwrap(), ["GREYMATTERS_PORT"]);
        assert!(check(&[("PATH", "x"), ("GREYMATTERS_TEST_POSTGRES_URL", "x")]).unwrap().is_empty());
    }

    #[test]
    fn variables_of_kubernetes_are_ignored() {
        let links = [
            ("GREYMATTERS_SERVICE_HOST", "10.0.0.1"),
            ("GREYMATTERS_SERVICE_PORT", "80"),
            ("GREYMATTERS_SERVICE_PORT_HTTP", "80"),
            ("GREYMATTERS_PORT", "tcp://10.0.0.1:80"),
            ("GREYMATTERS_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("GREYMATTERS_PORT_80_TCP_PROTO", "tcp"),
            ("GREYMATTERS_PORT_80_TCP_PORT", "80"),
            ("GREYMATTERS_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("GREYMATTERS_API_SERVICE_HOST", "10.0.0.1"),
            ("GREYMATTERS_API_PORT_8080_UDP_ADDR", "10.0.0.1"),
        ];
        assert!(check(&links).unwrap().is_empty());
    }
}
