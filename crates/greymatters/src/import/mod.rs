//! `greymatters import markdown`.

mod folder;
mod print;
mod report_file;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use app::import::{
    FileReport, ImportFile, ImportOptions as Options, ImportReport, KeyMap, Outcome, Settings, TagMap,
    WithoutAlt,
};
use app::{App, Caller};
use indicatif::{ProgressBar, ProgressStyle};

use crate::database;
use crate::failure::Failure;
use crate::import_options::ImportOptions;

use folder::FolderFiles;
pub(crate) use folder::is_wanted;

/// Imports a folder and prints a report.
pub(crate) async fn run(options: ImportOptions) -> Result<ExitCode, Failure> {
    let ImportOptions {
        dir,
        database,
        dry_run,
        map,
        map_tag,
        source,
        require_alt,
        overwrite,
        undated,
        image_base,
        slugs,
        missing,
        strict,
        report: report_file,
        verbose,
    } = options;
    let FolderFiles { read: files, unread } = folder::read(&dir)?;
    if files.is_empty() {
        return Err(Failure::NothingToImport(dir));
    }
    let source = source.unwrap_or_else(|| name_of(&dir));
    let keys = KeyMap::with_overrides(&map).map_err(|error| Failure::Mapping(error.to_string()))?;
    let tags = TagMap::new(&map_tag).map_err(|error| Failure::TagMapping(error.to_string()))?;
    let mut options = Options::new(source, Settings { keys, tags, image_base });
    options.dry_run = dry_run;
    options.overwrite = overwrite;
    options.slugs = slugs.into();
    options.missing = missing.into();
    options.undated = undated.into();
    options.is_strict = strict;
    if require_alt {
        options.without_alt = WithoutAlt::Refuse;
    }
    let app = database::open(&database.database_url).await?;
    let report = import(&app, &files, &options).await?;
    print::print(&report, &unread, &options, verbose);
    if let Some(path) = report_file {
        report_file::write(&path, &report, &unread, &options)?;
    }
    let refused = report.count(|outcome| matches!(outcome, Outcome::Refused { .. }));
    Ok(if strict && refused > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Imports files. Shows a progress bar on a terminal.
pub(crate) async fn import(
    app: &App,
    files: &[ImportFile],
    options: &Options,
) -> Result<ImportReport, Failure> {
    let bar = ProgressBar::new(files.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("  importing {bar:40} {pos}/{len} files  {elapsed}") {
        bar.set_style(style);
    }
    bar.tick();
    let progress = |done: &[FileReport]| bar.inc(done.len() as u64);
    let report = app.import_markdown(&Caller::operator(), files, options, progress).await;
    bar.finish_and_clear();
    Ok(report?)
}

/// Returns the name of the folder, with `.` and symbolic links resolved.
fn name_of(dir: &Path) -> String {
    let full = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    full.file_name().map_or_else(|| "markdown".to_owned(), |name| name.to_string_lossy().into_owned())
}
