//! Files that are taken for backups.

use std::sync::{Arc, OnceLock};

use app::backup::{Phase, Watcher, back_up, check_backup};

use crate::publication::{file, publication};

/// Watches nothing.
struct Nobody;

impl Watcher for Nobody {
    fn begin(&self, _: Phase, _: Option<u64>) {}

    fn advance(&self, _: Option<&str>, _: u64) {}
}

/// Changes of a backup: each four bytes say where, and the fifth what. A change of any byte is noticed.
pub(crate) fn backups(input: &[u8]) {
    let whole = whole();
    let mut changed = whole.clone();
    for change in input.chunks_exact(5) {
        let [a, b, c, d, what] = *change else { continue };
        let at = u32::from_be_bytes([a, b, c, d]) as usize % changed.len();
        changed[at] ^= what;
    }
    // What is left over cuts the file off.
    let cut = input.len() % 5 * input.len();
    changed.truncate(whole.len().saturating_sub(cut));
    let path = format!("{}.changed", file());
    std::fs::write(&path, &changed).unwrap();
    let checked = publication().wait_for(async move { check_backup(path.as_ref(), Arc::new(Nobody)).await });
    assert_eq!(checked.is_ok(), changed == *whole, "{:?}", checked.map(|manifest| manifest.rows()));
}

/// A backup as it was written.
fn whole() -> &'static Vec<u8> {
    static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let path = format!("{}.backup", file());
        let url = format!("sqlite:{}", file());
        let to = path.clone();
        let made = publication().wait_here_for(back_up(&url, to.as_ref(), true, &Nobody));
        made.unwrap();
        std::fs::read(path).unwrap()
    })
}
