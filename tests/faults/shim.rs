//! Makes system calls of a server fail, wait, or return another time. See `shim/shim.c`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::process::not_run;
use crate::support::scratch;

/// The input/output error of a broken disk.
pub(crate) const EIO: i32 = 5;
/// "No space left on device".
pub(crate) const ENOSPC: i32 = 28;
/// The size of a slot.
const SLOT: usize = 16;
/// The number of slots.
const SLOTS: usize = 5;

/// Kinds of system calls, with the numbers of their slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `write`, `pwrite` and similar calls.
    Write = 0,
    /// `fsync` and `fdatasync`.
    Sync = 1,
    /// `ftruncate`, `fallocate`, and mapping a file into memory.
    Grow = 2,
    /// `read` and `pread`.
    Read = 3,
}

/// The slot of the error of the clock.
const CLOCK: usize = 4;

/// The shim of one server.
#[derive(Debug)]
pub(crate) struct Shim {
    library: &'static Path,
    control: PathBuf,
    file: File,
    path_part: String,
}

impl Shim {
    /// Creates a shim for files whose path contains this text. Returns `None` if shims are not possible.
    pub(crate) fn of(path_part: &str) -> Option<Self> {
        let library = library()?;
        let control = scratch::path("control");
        let file = File::options().read(true).write(true).create_new(true).open(&control).unwrap();
        file.write_all_at(&[0; SLOT * SLOTS], 0).unwrap();
        Some(Self { library, control, file, path_part: path_part.to_owned() })
    }

    /// The environment variables for a server with this shim.
    pub(crate) fn settings(&self) -> [(&str, &str); 3] {
        [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAULTS_CONTROL", self.control.to_str().unwrap()),
            ("FAULTS_PATH", &self.path_part),
        ]
    }

    /// Makes the next calls fail.
    pub(crate) fn fail(&self, call: Call, error: i32, times: i32) {
        self.set(call as usize, [error, times, 0, 0]);
    }

    /// Makes all calls fail.
    pub(crate) fn keep_failing(&self, call: Call, error: i32) {
        self.fail(call, error, -1);
    }

    /// Delays each call.
    pub(crate) fn delay(&self, call: Call, milliseconds: i32) {
        self.set(call as usize, [0, 0, milliseconds, 0]);
    }

    /// Lets calls succeed again.
    pub(crate) fn heal(&self, call: Call) {
        self.set(call as usize, [0; 4]);
    }

    /// The number of failed calls since [`Shim::fail`].
    pub(crate) fn failed(&self, call: Call) -> i32 {
        let mut number = [0; 4];
        self.file.read_exact_at(&mut number, (call as usize * SLOT + 12) as u64).unwrap();
        i32::from_ne_bytes(number)
    }

    /// Sets the clock of the server ahead or back.
    pub(crate) fn set_clock(&self, seconds: i32) {
        self.set(CLOCK, [seconds, 0, 0, 0]);
    }

    fn set(&self, slot: usize, numbers: [i32; 4]) {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(i32::to_ne_bytes).collect();
        self.file.write_all_at(&bytes, (slot * SLOT) as u64).unwrap();
    }
}

/// The compiled library. It is compiled once per test process.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(compile).as_deref()
}

fn compile() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        not_run("faults of system calls", "they need Linux");
        return None;
    }
    let folder = scratch::path("shim");
    fs::create_dir(&folder).unwrap();
    let library = folder.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/faults/shim/shim.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
    let Ok(compiled) = compiler.arg(&library).arg(source).output() else {
        not_run("faults of system calls", "there is no C compiler (cc)");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(library)
}
