//! Why the program fails, with messages for the person who runs it.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::backup::BackupError;
use app::{StoreError, WriteError};

/// Why the program fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Write(#[from] WriteError),
    #[error("{0}")]
    Backup(#[from] BackupError),
    #[error("stopped: nothing was changed")]
    Stopped,
    #[error("{address} is in use by another program: stop it, or choose another address with --listen")]
    AddressInUse { address: SocketAddr },
    #[error("cannot listen on {address}: {cause}")]
    Listen { address: SocketAddr, cause: std::io::Error },
    #[error("--listen: the host name in {address} cannot be resolved: {cause}")]
    UnknownHost { address: String, cause: String },
    #[error("{}", misspelt(.0))]
    MisspeltVariables(Vec<(String, String)>),
    #[error("{url}: {reason}")]
    NotReady { url: String, reason: String },
    #[error(
        "there is no valid API key, so nobody could write. Create one with the same --database-url (or \
         GREYMATTERS_DATABASE_URL), and start again:\n\n  greymatters key create --name editors \
         --scope content:write --scope content:publish\n\nOr name an OpenID provider with --oidc-issuer"
    )]
    NoKeys,
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: std::io::Error },
    #[error("{} contains no Markdown files (*.md, *.markdown, *.mdx)", .0.display())]
    NothingToImport(PathBuf),
    #[error("--map: {0}")]
    Mapping(String),
    #[error("--map-tag: {0}")]
    TagMapping(String),
    #[error("{flag}: {cause}")]
    Oidc { flag: &'static str, cause: oidc::ConfigError },
    #[error("--log: `{0}` is not a list of levels: use one like `info` or `info,sqlx=debug`")]
    Levels(String),
    #[error(
        "there is no such key: use the id of a key, or its first characters like gmk_Ab3dEf7h, as `greymatters key list` shows them"
    )]
    NoSuchKey,
    #[error("there is no key `{0}`: `greymatters key list` shows all keys")]
    NoKey(domain::KeyId),
    #[error(
        "{0} keys begin with these characters: use the id of the key, as `greymatters key list` shows it"
    )]
    SeveralKeys(usize),
    #[error("--expires: the time is too far in the future")]
    TooFar,
    #[error("the output cannot be written: {0}")]
    Output(std::io::Error),
    #[error("the async runtime cannot start: {0}")]
    Runtime(std::io::Error),
    #[error("--log: the thread that writes the log cannot start: {0}")]
    Log(std::io::Error),
    #[error("the server stopped: {0}")]
    Server(std::io::Error),
}

/// Makes the message for misspelt variables, each with the right name.
fn misspelt(variables: &[(String, String)]) -> String {
    let lines = variables.iter().map(|(set, meant)| {
        format!("the variable {set} is unknown: did you mean {meant}? Rename it, or remove it from the environment")
    });
    lines.collect::<Vec<_>>().join("\nerror: ")
}
