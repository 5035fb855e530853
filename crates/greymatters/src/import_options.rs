//! The flags of `greymatters import`.

use std::path::PathBuf;

use app::import::MissingFiles;
use clap::{Args, Subcommand, ValueEnum};
use domain::SlugLetters;

use crate::database_options::DatabaseOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a folder of Markdown files with front matter, like those of Jekyll and Hugo
    ///
    /// The front matter is YAML (---) or TOML (+++): title, date (or a file name like 2024-02-23-slug.md), slug, tags,
    /// topics, authors, excerpt, image with alternative text, draft, aliases and more. Tags, topics and authors that do
    /// not exist are created. A file `taxonomy.yaml` in the folder can list the tree of topics, and authors with their
    /// biographies.
    ///
    /// Each file is imported completely, or refused with the line and the reason. A second import of the same folder
    /// imports only changed files. The server can run meanwhile.
    #[command(after_help = "\
Examples:
  greymatters import markdown posts/ --dry-run
  greymatters import markdown posts/ --map title=headline --map topics=section,category")]
    Markdown(ImportOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Folder with .md and .markdown files, also in subfolders. Hidden files and README.md are skipped
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
    /// Report what an import would do, and change nothing. Other publishing waits meanwhile
    #[arg(long, env = "GREYMATTERS_IMPORT_DRY_RUN")]
    pub(crate) dry_run: bool,
    /// Read a field from other front-matter keys, for example `title=headline` or `topics=section,category`; can be
    /// repeated
    #[arg(
        long = "map",
        env = "GREYMATTERS_IMPORT_MAP",
        value_name = "FIELD=KEY[,KEY]",
        value_delimiter = ';'
    )]
    pub(crate) map: Vec<String>,
    /// Name of the source. With the path of a file, it identifies the article, so give each site a name of its own
    /// (default: the name of the folder)
    #[arg(long, env = "GREYMATTERS_IMPORT_SOURCE", value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Refuse files whose hero image has no alternative text, instead of leaving the image out. Files with such an image
    /// in the body are always refused
    #[arg(long, env = "GREYMATTERS_IMPORT_REQUIRE_ALT")]
    pub(crate) require_alt: bool,
    /// Replace articles that were edited since the last import
    #[arg(long, env = "GREYMATTERS_IMPORT_OVERWRITE")]
    pub(crate) overwrite: bool,
    /// Letters of the slugs that are made from names, titles and file names
    #[arg(long, env = "GREYMATTERS_IMPORT_SLUGS", value_name = "LETTERS", default_value = "ascii")]
    pub(crate) slugs: Letters,
    /// What to do with public articles whose files are missing from the folder
    #[arg(long, env = "GREYMATTERS_IMPORT_MISSING", value_name = "ACTION", default_value = "report")]
    pub(crate) missing: Missing,
    /// Exit with status 2 if a file was refused
    #[arg(long, env = "GREYMATTERS_IMPORT_STRICT")]
    pub(crate) strict: bool,
    /// List all files and notes, not only refused files
    #[arg(long, short, env = "GREYMATTERS_IMPORT_VERBOSE")]
    pub(crate) verbose: bool,
}

/// The letters of slugs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Letters {
    /// a to z: other letters are transliterated
    Ascii,
    /// Letters of all scripts
    Unicode,
}

impl From<Letters> for SlugLetters {
    fn from(letters: Letters) -> Self {
        match letters {
            Letters::Ascii => Self::Ascii,
            Letters::Unicode => Self::Unicode,
        }
    }
}

/// What to do with public articles whose files are missing.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Missing {
    /// Keep them
    Keep,
    /// Keep and list them
    Report,
    /// Withdraw them, unless they were edited since the last import
    Withdraw,
}

impl From<Missing> for MissingFiles {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Keep => Self::Keep,
            Missing::Report => Self::Report,
            Missing::Withdraw => Self::Withdraw,
        }
    }
}
