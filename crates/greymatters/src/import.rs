//! `greymatters import markdown`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::import::{
    FileReport, ImportFile, ImportOptions as Options, ImportReport, Outcome, WithoutAlt, is_taxonomy,
};
use app::{App, Caller};
use indicatif::{ProgressBar, ProgressStyle};

use crate::database;
use crate::failure::Failure;
use crate::import_options::ImportOptions;

/// How many bytes of a file are read: enough to notice that it is too large to import.
const MAX_READ: u64 = 2 << 20;

/// Imports a folder and prints a report.
pub(crate) async fn run(options: ImportOptions) -> Result<ExitCode, Failure> {
    let ImportOptions { dir, database, dry_run, map, source, require_alt, overwrite, strict, verbose } =
        options;
    let files = read(&dir)?;
    if files.is_empty() {
        return Err(Failure::NothingToImport(dir));
    }
    let source = source.unwrap_or_else(|| name_of(&dir));
    let mut options = Options::new(source, &map).map_err(|error| Failure::Mapping(error.to_string()))?;
    options.dry_run = dry_run;
    options.overwrite = overwrite;
    if require_alt {
        options.without_alt = WithoutAlt::Refuse;
    }
    let app = database::open(&database.database_url).await?;
    let report = import(&app, &files, &options).await?;
    print(&report, &options, verbose);
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

fn print(report: &ImportReport, options: &Options, verbose: bool) {
    let mut notes = 0;
    for FileReport { path, outcome, notes: of_file } in &report.files {
        match outcome {
            Outcome::Refused { line: Some(line), reason } => println!("refused    {path}:{line}: {reason}"),
            Outcome::Refused { line: None, reason } => println!("refused    {path}: {reason}"),
            Outcome::Imported if verbose => println!("imported   {path}"),
            Outcome::Updated if verbose => println!("updated    {path}"),
            Outcome::Draft if verbose => println!("draft      {path}"),
            Outcome::Unchanged if verbose => println!("unchanged  {path}"),
            _ => {}
        }
        for note in of_file {
            notes += 1;
            if verbose {
                println!("  note     {path}:{}: {}", note.line, note.message);
            }
        }
    }
    let count = |wanted: &Outcome| report.count(|outcome| outcome == wanted);
    let refused = report.count(|outcome| matches!(outcome, Outcome::Refused { .. }));
    println!(
        "{} imported, {} updated, {} unchanged, {} drafts, {refused} refused",
        count(&Outcome::Imported),
        count(&Outcome::Updated),
        count(&Outcome::Unchanged),
        count(&Outcome::Draft),
    );
    if !report.created.is_empty() {
        let created: Vec<_> = report
            .created
            .iter()
            .map(|(kind, count)| if *count == 1 { format!("1 {kind}") } else { format!("{count} {kind}s") })
            .collect();
        println!("created {}", created.join(", "));
    }
    if notes > 0 && !verbose {
        println!("{notes} notes about content that was left out: --verbose lists them");
    }
    match report.edition {
        _ if options.dry_run => println!("This was a dry run: nothing was changed."),
        Some(edition) => println!("The publication is at edition {edition}."),
        None => println!("Nothing public has changed."),
    }
}

/// Reads the files of a folder and its subfolders, in the order of their paths.
fn read(dir: &Path) -> Result<Vec<ImportFile>, Failure> {
    let mut files = Vec::new();
    let mut open = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|cause| failure(&folder, cause))? {
            let entry = entry.map_err(|cause| failure(&folder, cause))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(|cause| failure(&path, cause))?;
            if kind.is_dir() && !name.starts_with('.') && name != "node_modules" {
                open.push((path, format!("{relative}/")));
            } else if is_wanted(&relative) && path.is_file() {
                let mut bytes = Vec::new();
                fs::File::open(&path)
                    .and_then(|file| file.take(MAX_READ).read_to_end(&mut bytes))
                    .map_err(|cause| failure(&path, cause))?;
                files.push(ImportFile { path: relative, bytes });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Whether an import reads the file with this path, relative to the folder.
pub(crate) fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let markdown = [".md", ".markdown"].iter().any(|ending| lower.ends_with(ending));
    is_taxonomy(path) || (markdown && !name.starts_with('.') && lower != "readme.md")
}

fn failure(path: &Path, cause: std::io::Error) -> Failure {
    Failure::File { path: PathBuf::from(path), cause }
}

/// Returns the name of the folder, with `.` and symbolic links resolved.
fn name_of(dir: &Path) -> String {
    let full = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    full.file_name().map_or_else(|| "markdown".to_owned(), |name| name.to_string_lossy().into_owned())
}
