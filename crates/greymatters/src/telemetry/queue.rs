//! The queue of log lines. Logging never waits for the reader of the log: a separate thread writes the queued lines. When
//! the queue is full, further lines are dropped and counted.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// The maximum size of the queue in bytes. A maximum number of lines would not limit the memory, because clients affect
/// the length of some lines.
const CAPACITY: usize = 1 << 20;
/// How long lines are collected before they are written. Waking the thread costs more than writing a line.
const BATCH_TIME: Duration = Duration::from_millis(2);
/// How often the summary is written.
const SUMMARY_INTERVAL: Duration = Duration::from_secs(1);

/// The queue of log lines. All clones share it.
#[derive(Clone, Default)]
pub(crate) struct LogQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    written: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// The number of lines dropped since the last summary.
    dropped: u64,
    is_writing: bool,
    /// Whether the summary must be written now.
    is_flushing: bool,
}

impl LogQueue {
    /// Starts the thread that writes the lines. `summary` regularly returns further lines; its argument is the number of
    /// lines that were dropped since the last call.
    pub(super) fn start(
        &self,
        to: impl Write + Send + 'static,
        summary: impl Fn(u64) -> Vec<u8> + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        thread::Builder::new().name("log".to_owned()).spawn(move || shared.write_out(to, summary))?;
        Ok(())
    }

    /// Returns the number of dropped lines.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all lines and the summary are written, or until the timeout has passed.
    pub(crate) fn flush(&self, timeout: Duration) {
        let end = Instant::now() + timeout;
        let mut waiting = self.0.lock();
        waiting.is_flushing = true;
        self.0.filled.notify_one();
        while waiting.is_flushing || !waiting.bytes.is_empty() || waiting.is_writing {
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
        if waiting.bytes.len() + line.len() > CAPACITY {
            waiting.dropped += 1;
            drop(waiting);
            self.dropped.fetch_add(1, Ordering::Relaxed);
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

    fn write_out(&self, mut to: impl Write, summary: impl Fn(u64) -> Vec<u8>) {
        let mut batch = Vec::new();
        let mut looked = Instant::now();
        loop {
            let mut waiting = self.lock();
            if waiting.bytes.is_empty() && !waiting.is_flushing {
                let waited = self.filled.wait_timeout(waiting, SUMMARY_INTERVAL);
                waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            std::mem::swap(&mut waiting.bytes, &mut batch);
            waiting.is_writing = true;
            let due = std::mem::take(&mut waiting.is_flushing) || looked.elapsed() >= SUMMARY_INTERVAL;
            let dropped = if due { std::mem::take(&mut waiting.dropped) } else { 0 };
            drop(waiting);
            if due {
                looked = Instant::now();
                batch.extend(summary(dropped));
            }
            // A failure to write the log cannot be reported anywhere.
            let _ = to.write_all(&batch).and_then(|()| to.flush());
            batch.clear();
            self.lock().is_writing = false;
            self.written.notify_all();
            thread::sleep(BATCH_TIME);
        }
    }
}

impl<'a> MakeWriter<'a> for LogQueue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

/// Writes one complete line to the queue.
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

    /// A reader that reads nothing until the test lets it.
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
    fn logging_does_not_wait_for_a_slow_reader_and_dropped_lines_are_counted() {
        let queue = LogQueue::default();
        let (let_go, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        queue.start(Slow(gate, wrote), |_| Vec::new()).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..5_000 {
            queue.make_writer().write_all(&line).unwrap();
        }
        assert!(queue.dropped() >= 5_000 - 2 * (CAPACITY as u64 / 1024) - 1, "{}", queue.dropped());
        drop(let_go);
        queue.flush(Duration::from_secs(60));
        let written: usize = written.try_iter().sum();
        assert_eq!(written as u64, (5_000 - queue.dropped()) * 1024);
    }

    #[test]
    fn a_flush_writes_the_summary() {
        let queue = LogQueue::default();
        let (let_go, gate) = mpsc::channel();
        let (wrote, written) = mpsc::channel();
        queue.start(Slow(gate, wrote), |_| b"last".to_vec()).unwrap();
        drop(let_go);
        queue.flush(Duration::from_secs(60));
        assert_eq!(written.try_iter().sum::<usize>(), 4);
    }
}
