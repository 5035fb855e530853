//! Each target takes each of its seeds, among them whatever was once found to break it, and inputs that are
//! made out of them: the same ones in each run.
//!
//! `GREYMATTERS_TEST_FUZZ_INPUTS` says how many inputs are made for each target, `GREYMATTERS_TEST_SEED` has
//! others made, and `GREYMATTERS_TEST_FUZZ_TARGET` names one target.

mod mutations;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use greymatters_fuzz::{TARGETS, Target};

use crate::mutations::Mutations;

/// How many inputs are made for each target.
const INPUTS: usize = 100;
/// How many targets take inputs at the same time.
const AT_ONCE: usize = 2;
/// No input takes longer: they take milliseconds, and this is for what never ends.
const LONGEST: Duration = Duration::from_secs(60);

#[test]
fn every_target_takes_its_seeds_and_what_is_made_of_them() {
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |given| given.parse().unwrap());
    let count = number("GREYMATTERS_TEST_FUZZ_INPUTS", INPUTS as u64);
    let seed = number("GREYMATTERS_TEST_SEED", 0);
    let named = std::env::var("GREYMATTERS_TEST_FUZZ_TARGET").ok();
    let chosen = |target: &&Target| named.as_deref().is_none_or(|name| name == target.name);
    let targets: VecDeque<_> =
        TARGETS.iter().filter(chosen).map(|target| Run::of(target, seed, count)).collect();
    assert!(!targets.is_empty(), "there is no target {named:?}");
    let targets = Mutex::new(targets);
    let (taken, is_taken) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (targets, taken) = (&targets, taken.clone());
            scope.spawn(move || {
                loop {
                    let next = targets.lock().unwrap().pop_front();
                    let Some(run) = next else { return };
                    run.run(&taken);
                }
            });
        }
        drop(taken);
        loop {
            match is_taken.recv_timeout(LONGEST) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!("an input is not taken within {LONGEST:?}: look into {}", found().display());
                    std::process::abort();
                }
            }
        }
    });
    greymatters_fuzz::clean_up();
}

#[test]
fn all_seeds_are_of_a_target() {
    let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    for folder in fs::read_dir(seeds()).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.trim_end_matches(".dict")), "no target takes {name}");
    }
}

/// Everything that one target takes.
struct Run {
    target: &'static Target,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    seed: u64,
    count: u64,
    /// Where the input is kept that the target is taking.
    taken: PathBuf,
    /// That file.
    file: File,
}

impl Run {
    fn of(target: &'static Target, seed: u64, count: u64) -> Self {
        let folder = seeds().join(target.name);
        let read = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<_> = read.map(|seed| seed.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{} has no seeds", target.name);
        let dictionary = fs::read_to_string(seeds().join(format!("{}.dict", target.name)));
        fs::create_dir_all(found()).unwrap();
        let taken = found().join(target.name);
        Self {
            target,
            seeds: paths.into_iter().map(|path| fs::read(path).unwrap()).collect(),
            words: dictionary.map(|text| text.lines().filter_map(word).collect()).unwrap_or_default(),
            seed,
            count,
            file: File::create(&taken).unwrap(),
            taken,
        }
    }

    fn run(&self, taken: &Sender<()>) {
        let started = Instant::now();
        let take = |input: &[u8]| {
            self.take(input);
            taken.send(()).unwrap();
        };
        take(b"");
        self.seeds.iter().for_each(|seed| take(seed));
        let mut mutations = Mutations::of(&self.seeds, &self.words, self.seed);
        for _ in 0..self.count {
            take(&mutations.next());
        }
        let _ = fs::remove_file(&self.taken);
        eprintln!("{}: {} inputs in {:.1?}", self.target.name, self.count, started.elapsed());
    }

    fn take(&self, input: &[u8]) {
        // Before it is taken: it may end the process.
        self.file.write_all_at(input, 0).unwrap();
        self.file.set_len(input.len() as u64).unwrap();
        let taken = catch_unwind(|| (self.target.run)(input));
        assert!(
            taken.is_ok(),
            "an input breaks {name}. Mend that, and make the input a seed: cp {path} {seeds}/",
            name = self.target.name,
            path = self.taken.display(),
            seeds = seeds().join(self.target.name).display(),
        );
    }
}

/// Where the inputs are kept that targets are taking.
fn found() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz")
}

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

/// The word on a line of a dictionary of libFuzzer: between quotation marks, with bytes written as `\xNN`.
fn word(line: &str) -> Option<Vec<u8>> {
    let (before, rest) = line.split_once('"')?;
    let (quoted, _) = rest.rsplit_once('"')?;
    if before.starts_with('#') {
        return None;
    }
    let (mut word, mut bytes) = (Vec::new(), quoted.bytes());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            word.push(byte);
            continue;
        }
        match bytes.next()? {
            b'x' => {
                let digits = [bytes.next()?, bytes.next()?];
                word.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            escaped => word.push(escaped),
        }
    }
    Some(word)
}
