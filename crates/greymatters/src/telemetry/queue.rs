//! Log lines on their way out. Whoever logs never waits for whoever reads the log: lines are queued, written by
//! a thread of their own, and lost, and counted, when more than a bound waits.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes wait at most. A bound on lines would be none on memory, as clients decide how long some are.
const WAITING: usize = 1 << 20;
/// How long lines are gathered before they are written: waking a thread costs more than a line does.
const GATHERING: Duration = Duration::from_millis(2);
/// How often it is looked whether there is something to add.
const LOOK: Duration = Duration::from_secs(1);

/// Log lines on their way out. All clones are one.
#[derive(Clone, Default)]
pub(crate) struct LogQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    written: Condvar,
    lost: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines that were lost since it was last told.
    lost: u64,
    is_writing: bool,
    /// Whether what there is to add is to be written now.
    is_ending: bool,
}

impl LogQueue {
    /// Begins to write what is queued. `addition` is asked now and then for more lines: it is given how many were
    /// lost since.
    pub(super) fn start(
        &self,
        to: impl Write + Send + 'static,
        addition: impl Fn(u64) -> Vec<u8> + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        thread::Builder::new().name("log".to_owned()).spawn(move || shared.write_out(to, addition))?;
        Ok(())
    }

    /// How many lines were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Waits until everything is written, for a while: what there is to add, too.
    pub(crate) fn flush(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let mut waiting = self.0.lock();
        waiting.is_ending = true;
        self.0.filled.notify_one();
        while waiting.is_ending || !waiting.bytes.is_empty() || waiting.is_writing {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.0.written.wait_timeout(waiting, left);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.bytes.len() + line.len() > WAITING {
            waiting.lost += 1;
            drop(waiting);
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let was_empty = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        let is_writing = waiting.is_writing;
        drop(waiting);
        if was_empty && !is_writing {
            self.filled.notify_one();
        }
    }

    fn write_out(&self, mut to: impl Write, addition: impl Fn(u64) -> Vec<u8>) {
        let mut batch = Vec::new();
        let mut looked = Instant::now();
        loop {
            let mut waiting = self.lock();
            if waiting.bytes.is_empty() && !waiting.is_ending {
                let waited = self.filled.wait_timeout(waiting, LOOK);
                waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            std::mem::swap(&mut waiting.bytes, &mut batch);
            waiting.is_writing = true;
            let due = std::mem::take(&mut waiting.is_ending) || looked.elapsed() >= LOOK;
            let lost = if due { std::mem::take(&mut waiting.lost) } else { 0 };
            drop(waiting);
            if due {
                looked = Instant::now();
                batch.extend(addition(lost));
            }
            // Where a log cannot be written there is nobody to tell.
            let _ = to.write_all(&batch).and_then(|()| to.flush());
            batch.clear();
            self.lock().is_writing = false;
            self.written.notify_all();
            thread::sleep(GATHERING);
        }
    }
}

impl<'a> MakeWriter<'a> for LogQueue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

/// Takes one line, whole.
pub(crate) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !line.is_empty() {
            self.0.push(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A reader that takes nothing until it is let.
    struct Slow(mpsc::Receiver<()>, mpsc::Sender<usize>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whoever_logs_does_not_wait_for_a_slow_reader_and_lost_lines_are_counted() {
        let queue = LogQueue::default();
        let (let_go, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        queue.start(Slow(gate, wrote), |_| Vec::new()).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..5_000 {
            queue.make_writer().write_all(&line).unwrap();
        }
        assert!(queue.lost() >= 5_000 - 2 * (WAITING as u64 / 1024) - 1, "{}", queue.lost());
        drop(let_go);
        queue.flush(Duration::from_secs(60));
        let written: usize = written.try_iter().sum();
        assert_eq!(written as u64, (5_000 - queue.lost()) * 1024);
    }

    #[test]
    fn what_is_to_be_added_is_written_at_the_end() {
        let queue = LogQueue::default();
        let (let_go, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        queue.start(Slow(gate, wrote), |_| b"told".to_vec()).unwrap();
        drop(let_go);
        queue.flush(Duration::from_secs(60));
        assert_eq!(written.try_iter().sum::<usize>(), 4);
    }
}
