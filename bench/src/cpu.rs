//! Measures the CPU time of processes through `/proc`. Unlike latencies, CPU time is valid on a busy machine.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::failure::{Failure, Result, While};

/// The kernel's clock tick: 1/100 of a second on all common Linux systems.
const TICK: Duration = Duration::from_millis(10);

/// Measures the CPU time of a process and its descendants, in user and kernel mode, from its start.
#[derive(Debug)]
pub(crate) struct Meter {
    root: u32,
    before: Spent,
}

/// The CPU time so far.
#[derive(Debug, Default)]
struct Spent {
    /// The nanoseconds of each thread; empty when the kernel does not provide them.
    threads: HashMap<u32, u64>,
    /// The clock ticks, including those of ended threads and child processes.
    ticks: u64,
}

impl Meter {
    pub(crate) fn start(root: u32) -> Result<Self> {
        Ok(Self { root, before: Spent::read(root)? })
    }

    /// Returns the CPU time since the start.
    pub(crate) fn spent(&self) -> Result<Duration> {
        Ok(Spent::read(self.root)?.since(&self.before))
    }
}

impl Spent {
    fn read(root: u32) -> Result<Self> {
        let mut spent = Self::default();
        for (process, stat) in family(root)? {
            spent.ticks += stat.own + stat.ended_children;
            let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
            for task in tasks {
                let thread = task.file_name().to_str().and_then(|name| name.parse().ok());
                let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
                let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
                if let Some((thread, nanos)) = thread.zip(nanos) {
                    spent.threads.insert(thread, nanos);
                }
            }
        }
        Ok(spent)
    }

    fn since(&self, before: &Self) -> Duration {
        let ticks = u32::try_from(self.ticks.saturating_sub(before.ticks)).unwrap_or(u32::MAX);
        let nanos = self.threads.iter().map(|(thread, nanos)| {
            nanos.saturating_sub(before.threads.get(thread).copied().unwrap_or_default())
        });
        let exact = Duration::from_nanos(nanos.sum());
        // The nanoseconds of an ended thread are lost, but its ticks are not.
        let whole = before.threads.keys().all(|thread| self.threads.contains_key(thread));
        if whole && !self.threads.is_empty() { exact } else { exact.max(TICK * ticks) }
    }
}

/// Returns the resident memory of a process and its descendants, in bytes. Shared memory counts for each process.
pub(crate) fn resident(root: u32) -> Result<u64> {
    let mut bytes = 0;
    for process in family(root)?.keys() {
        let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        bytes += kibibytes.unwrap_or_default() << 10;
    }
    Ok(bytes)
}

/// Returns a process and its descendants.
fn family(root: u32) -> Result<HashMap<u32, Stat>> {
    let mut all = HashMap::new();
    for entry in fs::read_dir("/proc").during("/proc")? {
        let name = entry.during("/proc")?.file_name();
        let process = name.to_str().and_then(|name| name.parse().ok());
        if let Some((process, stat)) = process.and_then(|process| Some((process, Stat::read(process)?))) {
            all.insert(process, stat);
        }
    }
    let mut found = HashMap::new();
    let mut next = vec![root];
    while let Some(process) = next.pop() {
        next.extend(all.iter().filter(|(_, stat)| stat.parent == process).map(|(child, _)| *child));
        if let Some(stat) = all.remove(&process) {
            found.insert(process, stat);
        }
    }
    if found.is_empty() { Err(Failure(format!("process {root} has ended"))) } else { Ok(found) }
}

#[derive(Debug, Clone, Copy)]
struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, can contain any character. Numbers follow it, beginning with the third field.
        let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(4)?).ok()?,
            own: number(14)? + number(15)?,
            ended_children: number(16)? + number(17)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_time_and_memory_of_a_process_are_measured() {
        let meter = Meter::start(std::process::id()).unwrap();
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(0);
        }
        assert!(meter.spent().unwrap() > Duration::ZERO);
        assert!(resident(std::process::id()).unwrap() > 0);
    }

    #[test]
    fn the_time_of_ended_threads_is_counted_in_ticks() {
        let spent =
            |threads: &[(u32, u64)], ticks| Spent { threads: threads.iter().copied().collect(), ticks };
        let before = spent(&[(1, 5_000_000), (2, 1_000_000)], 10);
        let after = spent(&[(1, 6_000_000), (2, 1_000_000), (3, 500_000)], 12);
        assert_eq!(after.since(&before), Duration::from_nanos(1_500_000));
        assert_eq!(spent(&[(1, 6_000_000)], 12).since(&before), TICK * 2);
        assert_eq!(spent(&[], 12).since(&spent(&[], 11)), TICK);
    }
}
