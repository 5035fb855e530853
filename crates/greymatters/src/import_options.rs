//! The flags of `greymatters import`.

use std::path::PathBuf;

use app::import::{MissingFiles, Undated};
use clap::{Args, Subcommand, ValueEnum};
use domain::SlugLetters;

use crate::database_options::DatabaseOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a folder of Markdown files with front matter, like those of Jekyll, Hugo, Eleventy, Zola and Astro
    ///
    /// The front matter is YAML (---) or TOML (+++): title, date (or a file name like 2024-02-23-slug.md), slug, tags,
    /// topics, authors, excerpt, image with alternative text, draft, aliases and more. Tags, topics and authors that do
    /// not exist are created. A file `taxonomy.yaml` in the folder can list the tree of topics, and authors with their
    /// biographies.
    ///
    /// Each file is imported completely, or refused with the line and the reason. A second import of the same folder
    /// imports only changed files. The server can run meanwhile. The report lists what was dropped, what was moved, and
    /// which public articles have no file any more.
    #[command(after_help = "\
Examples:
  greymatters import markdown posts/ --dry-run
  greymatters import markdown posts/ --map title=headline --map topics=section,category
  greymatters import markdown posts/ --map-tag button=link --report report.json")]
    Markdown(ImportOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Folder with .md, .markdown and .mdx files, also in subfolders. Hidden files and README.md are skipped
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
    /// Say what a tag, shortcode or component stands for: `picture`, `video`, `link`, `quote`, `box`, `heading`, `text`,
    /// `drop`, or a service such as `youtube`; can be repeated
    #[arg(
        long = "map-tag",
        env = "GREYMATTERS_IMPORT_MAP_TAG",
        value_name = "TAG=KIND",
        value_delimiter = ','
    )]
    pub(crate) map_tag: Vec<String>,
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
    /// What to do with files without a date, unless their articles are public already
    #[arg(long, env = "GREYMATTERS_IMPORT_UNDATED", value_name = "ACTION", default_value = "draft")]
    pub(crate) undated: WithoutDate,
    /// Address of the folder, against which relative addresses of pictures and attachments are resolved together with the
    /// path of their file: a path on the site, or a URL
    #[arg(long, env = "GREYMATTERS_IMPORT_IMAGE_BASE", value_name = "URL", default_value = "/")]
    pub(crate) image_base: String,
    /// Letters of the slugs that are made from names, titles and file names
    #[arg(long, env = "GREYMATTERS_IMPORT_SLUGS", value_name = "LETTERS", default_value = "ascii")]
    pub(crate) slugs: Letters,
    /// What to do with public articles whose files are missing from the folder
    #[arg(long, env = "GREYMATTERS_IMPORT_MISSING", value_name = "ACTION", default_value = "report")]
    pub(crate) missing: Missing,
    /// Refuse files with content that would be dropped, and exit with status 2 if a file was refused
    #[arg(long, env = "GREYMATTERS_IMPORT_STRICT")]
    pub(crate) strict: bool,
    /// Write a report as JSON: what was kept, changed and dropped from each file, and why
    #[arg(long, env = "GREYMATTERS_IMPORT_REPORT", value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
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

/// What to do with files without a date.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WithoutDate {
    /// Save their articles as drafts
    Draft,
    /// Refuse them
    Refuse,
    /// Publish their articles with the current date
    Now,
}

impl From<WithoutDate> for Undated {
    fn from(action: WithoutDate) -> Self {
        match action {
            WithoutDate::Draft => Self::Draft,
            WithoutDate::Refuse => Self::Refuse,
            WithoutDate::Now => Self::Now,
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
