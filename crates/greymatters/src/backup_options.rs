//! The flags of `greymatters backup` and `greymatters restore`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::DatabaseOptions;

#[derive(Debug, Args)]
pub(crate) struct BackupOptions {
    /// The file to write. It appears under this name when it is whole, readable by its owner alone.
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,
    /// Replace an older backup of this name. A file that is no backup is never replaced.
    #[arg(long, env = "GREYMATTERS_BACKUP_OVERWRITE")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreOptions {
    /// The backup.
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
    /// Only check the backup, and touch no database.
    #[arg(long, env = "GREYMATTERS_RESTORE_CHECK")]
    pub(crate) check: bool,
    /// The database to fill, which must hold nothing: `sqlite:PATH` (the file is made) or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[arg(
        long,
        env = "GREYMATTERS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        required_unless_present = "check"
    )]
    pub(crate) database_url: Option<String>,
}
