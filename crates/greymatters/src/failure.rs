//! Why the program gives up: in the words of whoever runs it.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::backup::BackupError;
use app::{StoreError, WriteError};

/// Why the program gives up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Write(#[from] WriteError),
    #[error("{0}")]
    Backup(#[from] BackupError),
    #[error("stopped: nothing was kept")]
    Stopped,
    #[error("{address} is in use by another program: stop it, or choose another address with --listen")]
    AddressInUse { address: SocketAddr },
    #[error("cannot listen on {address}: {cause}")]
    Listen { address: SocketAddr, cause: std::io::Error },
    #[error("--listen: {address} is not the name of an address here: {cause}")]
    UnknownHost { address: String, cause: String },
    #[error("{}", misspelt(.0))]
    MisspeltVariables(Vec<(String, String)>),
    #[error("{url}: {reason}")]
    NotReady { url: String, reason: String },
    #[error(
        "there is no API key yet, or none that still works: nobody could write. Make one:\n\n  greymatters key create --name editors \
         --scope content:write --scope content:publish\n\nwith the same --database-url (or GREYMATTERS_DATABASE_URL), \
         and start again; or have an OpenID \
         provider tell who may, with --oidc-issuer"
    )]
    NoKeys,
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: std::io::Error },
    #[error("{} holds no Markdown files (*.md, *.markdown)", .0.display())]
    NothingToImport(PathBuf),
    #[error("--map: {0}")]
    Mapping(String),
    #[error("{flag}: {cause}")]
    Oidc { flag: &'static str, cause: oidc::ConfigError },
    #[error("--log: `{0}` is not a list of levels: use one like `info` or `info,sqlx=debug`")]
    Levels(String),
    #[error(
        "there is no such key: `greymatters key list` lists them; name one by its id, or by its first characters like gmk_Ab3dEf7h"
    )]
    NoSuchKey,
    #[error("there is no key `{0}`: `greymatters key list` lists them")]
    NoKey(domain::KeyId),
    #[error("{0} keys begin so: name one by its id, as `greymatters key list` shows it")]
    SeveralKeys(usize),
    #[error("--expires: that is too far from now")]
    TooFar,
    #[error("the output cannot be written: {0}")]
    Output(std::io::Error),
    #[error("the runtime does not start: {0}")]
    Runtime(std::io::Error),
    #[error("--log: the thread that writes it does not start: {0}")]
    Log(std::io::Error),
    #[error("the server stopped: {0}")]
    Server(std::io::Error),
}

/// The variables that are set, each with the one that was meant.
fn misspelt(variables: &[(String, String)]) -> String {
    let lines = variables.iter().map(|(set, meant)| {
        format!("the variable {set} is unknown: did you mean {meant}? Rename it, or take it out of the environment")
    });
    lines.collect::<Vec<_>>().join("\nerror: ")
}
