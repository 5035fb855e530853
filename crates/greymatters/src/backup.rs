//! `greymatters backup` and `greymatters restore`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::backup::{self, BackupError, Manifest, Phase, RestoreReport, Watcher};
use indicatif::{ProgressBar, ProgressStyle};

use crate::backup_options::{BackupOptions, RestoreOptions};
use crate::failure::Failure;
use crate::server::Signals;

/// Backs a database up.
pub(crate) async fn back_up(options: BackupOptions) -> Result<(), Failure> {
    let BackupOptions { to, overwrite, database } = options;
    let watcher = Shown::default();
    let manifest =
        unless_stopped(Box::pin(backup::back_up(&database.database_url, &to, overwrite, &watcher))).await?;
    watcher.end();
    println!("{} holds {}.", to.display(), described(&manifest));
    if manifest.answers.is_none() {
        println!(
            "The database is older than this program, which could not digest what the public sees; all rows are there."
        );
    }
    println!("Keep it as secret as the database: it holds drafts, hashes of keys and the signing key.");
    Ok(())
}

/// Takes a backup into a database, or only checks it.
pub(crate) async fn restore(options: RestoreOptions) -> Result<(), Failure> {
    let RestoreOptions { from, check, database_url } = options;
    let watcher = Arc::new(Shown::default());
    if check {
        let manifest = unless_stopped(backup::check_backup(&from, watcher.clone())).await?;
        watcher.end();
        println!("{} is whole. It holds {}.", from.display(), described(&manifest));
        return Ok(());
    }
    let url = database_url.unwrap_or_default();
    let begun = Instant::now();
    let report = unless_stopped(Box::pin(backup::restore(&from, &url, watcher.clone()))).await?;
    watcher.end();
    let RestoreReport { manifest, migrations, edition, answers } = report;
    println!("Restored {}.", described(&manifest));
    println!(
        "All rows of {} tables are those of the backup, and the editions are dense.",
        manifest.tables.len()
    );
    match answers {
        Some(answers) => println!("The public sees what it saw: {answers} questions are answered alike."),
        None => println!(
            "What the public sees was not compared: the backup has no digests that this version can compare."
        ),
    }
    if migrations > 0 {
        println!("{migrations} migration(s) brought it up to date.");
    }
    let (seconds, rows) = (begun.elapsed().as_secs_f64(), manifest.rows());
    println!("The publication is at edition {edition}. It took {seconds:.1} s for {rows} rows.");
    Ok(())
}

/// What a backup holds, in a line.
fn described(manifest: &Manifest) -> String {
    let Manifest { program, made_at, source, edition, mark, migrations: _, tables, answers: _ } = manifest;
    let articles = tables.iter().find(|sum| sum.table == "article").map_or(0, |sum| sum.rows);
    let mark = mark.as_ref().map(|mark| format!(", mark {mark}")).unwrap_or_default();
    format!(
        "{articles} articles and {rows} rows of edition {edition}{mark}, as {source} had them at {made_at} \
         (version {program})",
        rows = manifest.rows()
    )
}

/// Does something until it is done, or somebody stops the program: what is half-done is then undone.
async fn unless_stopped<T>(work: impl Future<Output = Result<T, BackupError>>) -> Result<T, Failure> {
    let mut signals = Signals::new().map_err(Failure::Server)?;
    tokio::select! {
        done = work => Ok(done?),
        _ = signals.next() => Err(Failure::Stopped),
    }
}

/// Shows how far it is: a bar on a terminal, otherwise a line now and then.
#[derive(Default)]
struct Shown(Mutex<State>);

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    phase: &'static str,
    done: u64,
    total: u64,
    said: Option<Instant>,
}

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

impl Shown {
    fn end(&self) {
        if let Some(bar) = self.state().bar.take() {
            bar.finish_and_clear();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Shown {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        self.end();
        let (phase, unit) = match phase {
            Phase::Copying => ("copying", "rows"),
            Phase::Checking => ("checking the backup", "rows"),
            Phase::Restoring => ("restoring", "rows"),
            Phase::Verifying => ("verifying", "rows"),
            Phase::Reading => ("reading what the public sees", "articles"),
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
        *self.state() = State { bar: Some(bar), phase, done: 0, total, said: Some(Instant::now()) };
    }

    fn advance(&self, table: Option<&str>, done: u64) {
        let mut state = self.state();
        state.done += done;
        let Some(bar) = &state.bar else { return };
        bar.inc(done);
        if let Some(table) = table {
            bar.set_message(table.to_owned());
        }
        if bar.is_hidden() && state.said.is_none_or(|said| said.elapsed() >= EVERY) {
            eprintln!("{}: {} of {}", state.phase, state.done, state.total);
            state.said = Some(Instant::now());
        }
    }
}
