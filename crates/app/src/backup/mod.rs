//! Backups of a publication, and restoring them to another database.

mod answers;

use std::path::Path;
use std::sync::Arc;

use domain::EditionNumber;
use persistence::{Answers, BackupFile, BackupSource, Progress, Restore, Snapshot, UnfinishedBackup};
pub use persistence::{BackupError, Manifest};

use crate::{View, env};

/// The phase of a backup or restore, to show its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read from the database and written to the backup.
    Copying,
    /// Rows of the backup are compared with its checksums.
    Checking,
    /// Rows of the backup are written to the database.
    Restoring,
    /// Rows of the database are compared with the checksums of the backup.
    Verifying,
    /// The content that the public sees is read, article by article.
    Reading,
}

/// Receives the progress of a backup or restore.
pub trait Watcher: Sync {
    /// A phase begins. `total` is the number of rows or articles, if it is known.
    fn begin(&self, phase: Phase, total: Option<u64>);
    /// `done` more rows or articles are done. Rows come with the name of their table.
    fn advance(&self, table: Option<&str>, done: u64);
}

/// The result of a restore.
#[derive(Debug)]
pub struct RestoreReport {
    /// The manifest of the backup.
    pub manifest: Manifest,
    /// The number of migrations that were applied to an older backup.
    pub migrations: usize,
    /// The latest edition.
    pub edition: EditionNumber,
    /// The number of digests of public answers that were compared and are equal. `None` when another version of the
    /// program made the backup, so that its digests cannot be compared.
    pub answers: Option<usize>,
}

/// Writes everything that a database contains at this instant to a file. The database stays usable meanwhile.
///
/// # Errors
/// When the database cannot be read or the file cannot be written. Then no file with this name is left.
pub async fn back_up(
    database_url: &str,
    to: &Path,
    overwrite: bool,
    watcher: &dyn Watcher,
) -> Result<Manifest, BackupError> {
    let unique = u64::from_be_bytes(env::random()).to_string();
    // The file is created first, so that a wrong name is reported before anything is read.
    let file = UnfinishedBackup::begin(to, overwrite, &unique)?;
    let source = BackupSource::begin(database_url).await?;
    watcher.begin(Phase::Copying, Some(source.rows().await?));
    let copied = source.copy(file, env::now(), &progress_to(watcher)).await?;
    let answers = match source.is_current() {
        true => Some(digest_answers(source.into_snapshot().await?, watcher).await?.1),
        // This program cannot query an older schema. The backup contains all rows anyway.
        false => None,
    };
    copied.finish(answers).await
}

/// Checks that no byte of a backup has changed.
///
/// # Errors
/// When the backup is damaged or cannot be read.
pub async fn check_backup(from: &Path, watcher: Arc<dyn Watcher + Send>) -> Result<Manifest, BackupError> {
    Ok(checked(from, watcher).await?.manifest().clone())
}

/// Restores a backup to an empty database. Then checks that the database contains every row of the backup, and that
/// public answers are the same as before.
///
/// # Errors
/// When the backup is damaged, the database is not empty, or a check fails. Then the database is unchanged.
pub async fn restore(
    from: &Path,
    database_url: &str,
    watcher: Arc<dyn Watcher + Send>,
) -> Result<RestoreReport, BackupError> {
    let backup = checked(from, Arc::clone(&watcher)).await?;
    let rows = backup.manifest().rows();
    let restore = Restore::begin(database_url, &backup).await?;
    watcher.begin(Phase::Restoring, Some(rows));
    let backup = restore.load(backup, &progress_to(&*watcher)).await?;
    watcher.begin(Phase::Verifying, Some(rows));
    restore.check(&backup, &progress_to(&*watcher)).await?;
    let (snapshot, restored, migrations) = restore.finish().await?;
    let edition = snapshot.edition().number;
    let manifest = backup.manifest().clone();
    let comparable = manifest.answers.as_ref().filter(|before| before.version == answers::VERSION);
    let (snapshot, compared) = match comparable {
        None => (snapshot, None),
        Some(before) => {
            let (snapshot, now) = digest_answers(snapshot, &*watcher).await?;
            for (before, now) in before.digests.iter().zip(&now.digests) {
                if before != now {
                    let what = format!("the public would not see the same content: {}", before.question);
                    return Err(BackupError::Differs(what));
                }
            }
            (snapshot, Some(before.digests.len()))
        }
    };
    restored.commit(snapshot).await?;
    Ok(RestoreReport { manifest, migrations, edition, answers: compared })
}

async fn checked(from: &Path, watcher: Arc<dyn Watcher + Send>) -> Result<BackupFile, BackupError> {
    let backup = BackupFile::open(from).await?;
    watcher.begin(Phase::Checking, Some(backup.manifest().rows()));
    backup.check(move |progress| progress_to(&*watcher)(progress)).await
}

/// Reads everything that the public sees through the code that answers readers, and digests it.
async fn digest_answers(
    snapshot: Snapshot,
    watcher: &dyn Watcher,
) -> Result<(Snapshot, Answers), BackupError> {
    let taxonomy = Arc::new(snapshot.taxonomy().load().await?);
    let view = View::new(snapshot, taxonomy, &Arc::default());
    let count = view.count(&domain::Predicate::TRUE).await?;
    watcher.begin(Phase::Reading, Some(count.unsigned_abs()));
    let answers = answers::digests(&view, watcher).await?;
    Ok((view.into_snapshot()?, answers))
}

fn progress_to(watcher: &dyn Watcher) -> impl Fn(Progress<'_>) + '_ {
    |Progress { table, rows }| watcher.advance(Some(table), rows)
}
