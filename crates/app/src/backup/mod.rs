//! Backing a publication up, and taking a backup into another database.

mod answers;

use std::path::Path;
use std::sync::Arc;

use domain::EditionNumber;
use persistence::{Answers, BackupFile, BackupSource, Progress, Restoring, Snapshot, UnfinishedBackup};
pub use persistence::{BackupError, Manifest};

use crate::{View, env};

/// What is being done, for those who are shown how far it is.
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
    /// What the public sees is read, article by article.
    Reading,
}

/// Is told how far it is.
pub trait Watcher: Sync {
    /// A phase begins. `total` is how many rows or articles there are, if that is known.
    fn begin(&self, phase: Phase, total: Option<u64>);
    /// So many more are done; rows are of a table.
    fn advance(&self, table: Option<&str>, done: u64);
}

/// What came of a restore.
#[derive(Debug)]
pub struct RestoreReport {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// How many migrations brought an older backup up to date.
    pub migrations: usize,
    /// The edition that the public sees.
    pub edition: EditionNumber,
    /// Whether the public was found to see what it saw before; `None` when that could not be compared, as another
    /// version of the program has made the backup.
    pub answers: Option<usize>,
}

/// Writes all that a database holds at this instant to a file. Others go on reading and writing.
///
/// # Errors
/// When the database cannot be read, or the file not be written; then there is no file of this name.
pub async fn back_up(
    database_url: &str,
    to: &Path,
    overwrite: bool,
    watcher: &dyn Watcher,
) -> Result<Manifest, BackupError> {
    let unique = u64::from_be_bytes(env::random()).to_string();
    // First, so that a name which cannot be is told before anything is read.
    let file = UnfinishedBackup::begin(to, overwrite, &unique)?;
    let source = BackupSource::begin(database_url).await?;
    watcher.begin(Phase::Copying, Some(source.rows().await?));
    let copied = source.copy(file, env::now(), &told(watcher)).await?;
    let answers = match source.is_current() {
        true => Some(read(source.into_snapshot().await?, watcher).await?.1),
        // This program does not know how to read an older schema; all its rows are in the backup.
        false => None,
    };
    copied.finish(answers).await
}

/// Makes sure that a backup is what was written, down to the last byte.
///
/// # Errors
/// When it is not.
pub async fn check_backup(from: &Path, watcher: Arc<dyn Watcher + Send>) -> Result<Manifest, BackupError> {
    Ok(checked(from, watcher).await?.manifest().clone())
}

/// Takes a backup into a database that holds nothing, and makes sure that the database then holds what the backup
/// does, and that the public sees what it saw.
///
/// # Errors
/// When the backup is damaged, the database is not empty, or it does not come out as it should; then the database is
/// as it was.
pub async fn restore(
    from: &Path,
    database_url: &str,
    watcher: Arc<dyn Watcher + Send>,
) -> Result<RestoreReport, BackupError> {
    let backup = checked(from, Arc::clone(&watcher)).await?;
    let rows = backup.manifest().rows();
    let restoring = Restoring::begin(database_url, &backup).await?;
    watcher.begin(Phase::Restoring, Some(rows));
    let backup = restoring.load(backup, &told(&*watcher)).await?;
    watcher.begin(Phase::Verifying, Some(rows));
    restoring.check(&backup, &told(&*watcher)).await?;
    let (snapshot, completion, migrations) = restoring.finish().await?;
    let edition = snapshot.edition().number;
    let manifest = backup.manifest().clone();
    let comparable = manifest.answers.as_ref().filter(|before| before.version == answers::VERSION);
    let (snapshot, compared) = match comparable {
        None => (snapshot, None),
        Some(before) => {
            let (snapshot, now) = read(snapshot, &*watcher).await?;
            for (before, now) in before.digests.iter().zip(&now.digests) {
                if before != now {
                    let what = format!("the public would not see the same: {}", before.question);
                    return Err(BackupError::Differs(what));
                }
            }
            (snapshot, Some(before.digests.len()))
        }
    };
    completion.keep(snapshot).await?;
    Ok(RestoreReport { manifest, migrations, edition, answers: compared })
}

async fn checked(from: &Path, watcher: Arc<dyn Watcher + Send>) -> Result<BackupFile, BackupError> {
    let backup = BackupFile::open(from).await?;
    watcher.begin(Phase::Checking, Some(backup.manifest().rows()));
    backup.check(move |progress| told(&*watcher)(progress)).await
}

/// Reads what the public sees, through the code that answers readers.
async fn read(snapshot: Snapshot, watcher: &dyn Watcher) -> Result<(Snapshot, Answers), BackupError> {
    let taxonomy = Arc::new(snapshot.taxonomy().load().await?);
    let view = View::new(snapshot, taxonomy, &Arc::default());
    let count = view.count(&domain::Predicate::TRUE).await?;
    watcher.begin(Phase::Reading, Some(count.unsigned_abs()));
    let answers = answers::digests(&view, watcher).await?;
    Ok((view.into_snapshot()?, answers))
}

fn told(watcher: &dyn Watcher) -> impl Fn(Progress<'_>) + '_ {
    |Progress { table, rows }| watcher.advance(Some(table), rows)
}
