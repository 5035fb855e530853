//! The flags of `greymatters backup` and `greymatters restore`.

use std::path::PathBuf;

use clap::Args;

use crate::database_options::DatabaseOptions;

#[derive(Debug, Args)]
pub(crate) struct BackupOptions {
    /// File to write. It gets this name when it is complete, and only its owner can read it
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,
    /// Replace an older backup with this name. A file that is not a backup is never replaced
    #[arg(long, env = "GREYMATTERS_BACKUP_OVERWRITE")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreOptions {
    /// Backup to restore
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
    /// Only check the backup; use no database
    #[arg(long, env = "GREYMATTERS_RESTORE_CHECK")]
    pub(crate) check: bool,
    /// Empty database to restore to: `sqlite:PATH` (the file is created) or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`
    #[arg(
        long,
        env = "GREYMATTERS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        required_unless_present = "check"
    )]
    pub(crate) database_url: Option<String>,
}
