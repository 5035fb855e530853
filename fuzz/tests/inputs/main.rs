//! Runs each target on its seeds, and on inputs that are generated from them. The seeds include all inputs that once
//! broke the target. The generated inputs are the same in each run.
//!
//! `GREYMATTERS_TEST_FUZZ_INPUTS` sets the number of generated inputs per target, `GREYMATTERS_TEST_SEED` selects
//! other ones, and `GREYMATTERS_TEST_FUZZ_TARGET` selects one target.

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

/// The default number of generated inputs per target.
const INPUTS: usize = 100;
/// The number of targets that run concurrently.
const CONCURRENT_TARGETS: usize = 2;
/// The timeout of an input, to detect endless loops. Inputs take milliseconds.
const INPUT_TIMEOUT: Duration = Duration::from_secs(60);

#[test]
fn every_target_accepts_its_seeds_and_generated_inputs() {
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |given| given.parse().unwrap());
    let count = number("GREYMATTERS_TEST_FUZZ_INPUTS", INPUTS as u64);
    let seed = number("GREYMATTERS_TEST_SEED", 0);
    let named = std::env::var("GREYMATTERS_TEST_FUZZ_TARGET").ok();
    let chosen = |target: &&Target| named.as_deref().is_none_or(|name| name == target.name);
    let targets: VecDeque<_> =
        TARGETS.iter().filter(chosen).map(|target| Run::of(target, seed, count)).collect();
    assert!(!targets.is_empty(), "there is no target {named:?}");
    let targets = Mutex::new(targets);
    let (report_done, done) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..CONCURRENT_TARGETS {
            let (targets, report_done) = (&targets, report_done.clone());
            scope.spawn(move || {
                loop {
                    let next = targets.lock().unwrap().pop_front();
                    let Some(run) = next else { return };
                    run.run(&report_done);
                }
            });
        }
        drop(report_done);
        loop {
            match done.recv_timeout(INPUT_TIMEOUT) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!(
                        "an input took longer than {INPUT_TIMEOUT:?}: see {}",
                        current_inputs().display()
                    );
                    std::process::abort();
                }
            }
        }
    });
    greymatters_fuzz::clean_up();
}

#[test]
fn every_seed_folder_belongs_to_a_target() {
    let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    for folder in fs::read_dir(seeds()).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.trim_end_matches(".dict")), "there is no target for the seeds {name}");
    }
}

/// The inputs of one target.
struct Run {
    target: &'static Target,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    seed: u64,
    count: u64,
    /// The path of the file that contains the current input.
    current_input: PathBuf,
    /// The open file that contains the current input.
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
        fs::create_dir_all(current_inputs()).unwrap();
        let current_input = current_inputs().join(target.name);
        Self {
            target,
            seeds: paths.into_iter().map(|path| fs::read(path).unwrap()).collect(),
            words: dictionary.map(|text| text.lines().filter_map(word).collect()).unwrap_or_default(),
            seed,
            count,
            file: File::create(&current_input).unwrap(),
            current_input,
        }
    }

    fn run(&self, report_done: &Sender<()>) {
        let started = Instant::now();
        let run_input = |input: &[u8]| {
            self.run_input(input);
            report_done.send(()).unwrap();
        };
        run_input(b"");
        self.seeds.iter().for_each(|seed| run_input(seed));
        let mut mutations = Mutations::of(&self.seeds, &self.words, self.seed);
        for _ in 0..self.count {
            run_input(&mutations.next());
        }
        let _ = fs::remove_file(&self.current_input);
        eprintln!("{}: {} inputs in {:.1?}", self.target.name, self.count, started.elapsed());
    }

    fn run_input(&self, input: &[u8]) {
        // The input may end the process, so it is saved first.
        self.file.write_all_at(input, 0).unwrap();
        self.file.set_len(input.len() as u64).unwrap();
        let result = catch_unwind(|| (self.target.run)(input));
        assert!(
            result.is_ok(),
            "the target {name} fails on an input. Fix it, and make the input a seed: cp {path} {seeds}/",
            name = self.target.name,
            path = self.current_input.display(),
            seeds = seeds().join(self.target.name).display(),
        );
    }
}

/// Returns the folder with the current input of each target.
fn current_inputs() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz")
}

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

/// Parses a line of a libFuzzer dictionary: a word in quotation marks, with escaped bytes as `\xNN`.
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
