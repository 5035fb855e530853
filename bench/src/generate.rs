//! The subcommand `generate`: fills a database.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::GenerateOptions;
use crate::dataset::Dataset;
use crate::failure::{Result, While, failed};
use crate::postgres::PostgresSink;
use crate::publish::publish;
use crate::sqlite::SqliteSink;

/// Runs the subcommand `generate`.
pub(crate) fn run(options: &GenerateOptions) -> Result<()> {
    let GenerateOptions { articles, database_url, server } = options;
    let server = server_beside(server.as_deref())?;
    generate(&server, database_url, &Dataset::new(*articles as usize))
}

/// Lets the server create the tables, and fills them.
pub(crate) fn generate(server: &Path, url: &str, dataset: &Dataset) -> Result<()> {
    let migrated = Command::new(server)
        .arg("migrate")
        .env("GREYMATTERS_DATABASE_URL", url)
        .env("GREYMATTERS_LOG", "warn")
        .stdout(Stdio::null())
        .status()
        .during(format_args!("starting `{}`", server.display()))?;
    if !migrated.success() {
        return failed("the server could not create the tables");
    }
    let bar = bar(dataset.size as u64);
    if let Some(path) = sqlite_path(url) {
        let mut sink = SqliteSink::open(&path)?;
        publish(dataset, &mut sink, |done| bar.set_position(done))?;
        bar.set_message("analysing");
        sink.finish()?;
    } else {
        let mut sink = PostgresSink::open(url)?;
        publish(dataset, &mut sink, |done| bar.set_position(done))?;
        bar.set_message("analysing");
        sink.finish()?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Returns the file of a `sqlite:` URL.
pub(crate) fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(path.split('?').next().unwrap_or(path).into())
}

/// Returns the path of the server: the named one, or the one in the folder of this program.
pub(crate) fn server_beside(named: Option<&Path>) -> Result<PathBuf> {
    let server = match named {
        Some(path) => path.to_owned(),
        None => std::env::current_exe().during("finding this program")?.with_file_name("greymatters"),
    };
    if server.is_file() {
        return server.canonicalize().during(server.display());
    }
    let hint = "build it with `cargo build --release -p greymatters -p greymatters-bench`, or name it with `--server`";
    failed(format_args!("there is no server at `{}`: {hint}", server.display()))
}

fn bar(articles: u64) -> ProgressBar {
    let bar = ProgressBar::new(articles);
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} articles, {eta} to go {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
