//! `greymatters backup` and `greymatters restore`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::backup::{self, BackupError, Manifest, Phase, RestoreReport, Watcher};
use indicatif::{ProgressBar, ProgressStyle};

use crate::backup_options::{BackupOptions, RestoreOptions};
use crate::failure::Failure;
use crate::server::Signals;

/// Writes a backup of a database.
pub(crate) async fn back_up(options: BackupOptions) -> Result<(), Failure> {
    let BackupOptions { to, overwrite, database } = options;
    let watcher = ProgressDisplay::default();
    let manifest =
        unless_stopped(Box::pin(backup::back_up(&database.database_url, &to, overwrite, &watcher))).await?;
    watcher.end();
    println!("{} contains {}.", to.display(), describe(&manifest));
    if manifest.answers.is_none() {
        println!(
            "The database has an older schema than this program, so the backup has no digests of public answers. It contains all rows."
        );
    }
    println!(
        "Keep the backup as secret as the database: it contains drafts, hashes of keys and the signing key."
    );
    Ok(())
}

/// Restores a backup to a database, or only checks the backup.
pub(crate) async fn restore(options: RestoreOptions) -> Result<(), Failure> {
    let RestoreOptions { from, check, database_url } = options;
    let watcher = Arc::new(ProgressDisplay::default());
    if check {
        let manifest = unless_stopped(backup::check_backup(&from, watcher.clone())).await?;
        watcher.end();
        println!("{} is intact. It contains {}.", from.display(), describe(&manifest));
        return Ok(());
    }
    let url = database_url.unwrap_or_default();
    let begun = Instant::now();
    let report = unless_stopped(Box::pin(backup::restore(&from, &url, watcher.clone()))).await?;
    watcher.end();
    let RestoreReport { manifest, migrations, edition, answers } = report;
    println!("Restored {}.", describe(&manifest));
    println!(
        "All rows of {} tables equal those of the backup, and no edition is missing.",
        manifest.tables.len()
    );
    match answers {
        Some(answers) => {
            println!("The public sees the same content as before: {answers} of {answers} digests are equal.")
        }
        None => println!(
            "Public answers were not compared: the backup has no digests that this version can compare."
        ),
    }
    if migrations > 0 {
        println!("{migrations} migration(s) were applied to the database.");
    }
    let (seconds, rows) = (begun.elapsed().as_secs_f64(), manifest.rows());
    println!("The publication is at edition {edition}. It took {seconds:.1} s for {rows} rows.");
    Ok(())
}

/// Describes the content of a backup in one line.
fn describe(manifest: &Manifest) -> String {
    let Manifest { program, made_at, source, edition, mark, migrations: _, tables, answers: _ } = manifest;
    let articles = tables.iter().find(|sum| sum.table == "article").map_or(0, |sum| sum.rows);
    let mark = mark.as_ref().map(|mark| format!(", mark {mark}")).unwrap_or_default();
    format!(
        "{articles} articles and {rows} rows of edition {edition}{mark}, from {source} at {made_at} \
         (version {program})",
        rows = manifest.rows()
    )
}

/// Runs a task to its end, unless a signal stops the program. Then the unfinished task is rolled back.
async fn unless_stopped<T>(work: impl Future<Output = Result<T, BackupError>>) -> Result<T, Failure> {
    let mut signals = Signals::new().map_err(Failure::Server)?;
    tokio::select! {
        done = work => Ok(done?),
        _ = signals.next() => Err(Failure::Stopped),
    }
}

/// Shows the progress: a bar on a terminal, otherwise a line every few seconds.
#[derive(Default)]
struct ProgressDisplay(Mutex<State>);

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    phase: &'static str,
    done: u64,
    total: u64,
    last_line: Option<Instant>,
}

/// The time between two lines where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

impl ProgressDisplay {
    fn end(&self) {
        if let Some(bar) = self.state().bar.take() {
            bar.finish_and_clear();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for ProgressDisplay {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        self.end();
        let (phase, unit) = match phase {
            Phase::Copying => ("copying", "rows"),
            Phase::Checking => ("checking the backup", "rows"),
            Phase::Restoring => ("restoring", "rows"),
            Phase::Verifying => ("verifying", "rows"),
            Phase::Reading => ("reading public content", "articles"),
        };
        let total = total.unwrap_or_default();
        let bar = ProgressBar::new(total);
        let template = format!("  {phase} {{bar:40}} {{pos}}/{{len}} {unit}  {{msg}}  {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        if bar.is_hidden() {
            eprintln!("{phase}: {total} {unit}");
        }
        *self.state() = State { bar: Some(bar), phase, done: 0, total, last_line: Some(Instant::now()) };
    }

    fn advance(&self, table: Option<&str>, done: u64) {
        let mut state = self.state();
        state.done += done;
        let Some(bar) = &state.bar else { return };
        bar.inc(done);
        if let Some(table) = table {
            bar.set_message(table.to_owned());
        }
        if bar.is_hidden() && state.last_line.is_none_or(|last| last.elapsed() >= LINE_INTERVAL) {
            eprintln!("{}: {} of {}", state.phase, state.done, state.total);
            state.last_line = Some(Instant::now());
        }
    }
}
