//! The fuzz target for backup files.

use std::sync::{Arc, OnceLock};

use app::backup::{Phase, Watcher, back_up, check_backup};

use crate::publication::{file, publication};

/// Ignores progress.
struct NoWatcher;

impl Watcher for NoWatcher {
    fn begin(&self, _: Phase, _: Option<u64>) {}

    fn advance(&self, _: Option<&str>, _: u64) {}
}

/// Applies changes to a backup, and asserts that the check detects every change. Each change has five bytes: four for
/// the position, and one to XOR with.
pub(crate) fn backups(input: &[u8]) {
    let intact = intact();
    let mut changed = intact.clone();
    for change in input.chunks_exact(5) {
        let [a, b, c, d, mask] = *change else { continue };
        let at = u32::from_be_bytes([a, b, c, d]) as usize % changed.len();
        changed[at] ^= mask;
    }
    // The remaining bytes truncate the file.
    let cut = input.len() % 5 * input.len();
    changed.truncate(intact.len().saturating_sub(cut));
    let path = format!("{}.changed", file());
    std::fs::write(&path, &changed).unwrap();
    let checked =
        publication().wait_for(async move { check_backup(path.as_ref(), Arc::new(NoWatcher)).await });
    assert_eq!(checked.is_ok(), changed == *intact, "{:?}", checked.map(|manifest| manifest.rows()));
}

/// Returns an unchanged backup.
fn intact() -> &'static Vec<u8> {
    static INTACT: OnceLock<Vec<u8>> = OnceLock::new();
    INTACT.get_or_init(|| {
        let path = format!("{}.backup", file());
        let url = format!("sqlite:{}", file());
        let to = path.clone();
        let result = publication().wait_here_for(back_up(&url, to.as_ref(), true, &NoWatcher));
        result.unwrap();
        std::fs::read(path).unwrap()
    })
}
