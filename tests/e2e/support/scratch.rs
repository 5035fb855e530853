//! The folder of all temporary files of the suite.
//!
//! A child process waits for the end of the test process. Then it kills the remaining servers, stops PostgreSQL,
//! unmounts everything in the folder, and removes the folder, however the test process has ended.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Scratch {
    root: PathBuf,
    /// The child process. Its standard input closes when this process ends.
    _watch: Child,
}

const WATCH: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
for pid in "$1"/pids/*; do kill -9 "${pid##*/}"; done
for running in "$1"/*/data/postmaster.pid; do
    [ -f "$running" ] || continue
    read -r postgres <"$running"
    kill -QUIT "$postgres"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$postgres" || break; sleep 0.2; done
done
while read -r _ mounted _; do
    case "$mounted" in "$1"/*) umount -l "$mounted" ;; esac
done </proc/mounts
for database in "$1"/databases/*; do
    [ -e "$database" ] && psql "$GREYMATTERS_TEST_POSTGRES_URL" -c "DROP DATABASE IF EXISTS \"${database##*/}\" WITH (FORCE)"
done
rm -rf "$1"
"#;

/// Returns the folder.
pub(crate) fn root() -> &'static Path {
    static SCRATCH: OnceLock<Scratch> = OnceLock::new();
    &SCRATCH.get_or_init(make).root
}

fn make() -> Scratch {
    let root = std::env::temp_dir().join(format!("greymatters-e2e-{}", std::process::id()));
    fs::create_dir(&root).unwrap();
    // PostgreSQL may run as another user, who needs access.
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    for folder in ["pids", "databases"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    let watch = Command::new("sh")
        .args(["-c", WATCH, "watch"])
        .arg(&root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    Scratch { _watch: watch, root }
}

/// Returns an unused path in the folder.
pub(crate) fn path(name: &str) -> PathBuf {
    root().join(unique(name))
}

/// Returns an unused name.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}_{name}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Registers a process, which is killed when this process ends.
pub(crate) fn watch(pid: u32) {
    fs::write(root().join("pids").join(pid.to_string()), "").unwrap();
}

/// Unregisters a process that has ended.
pub(crate) fn forget(pid: u32) {
    let _ = fs::remove_file(root().join("pids").join(pid.to_string()));
}
