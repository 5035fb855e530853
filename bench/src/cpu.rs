//! The time that processes spend on a processor, out of `/proc`. It holds on a busy machine, where
//! latencies do not.

use std::fs;
use std::time::Duration;

use crate::failure::{Failure, Result, While};

/// What the kernel counts in: 1/100 of a second, on every Linux that we know.
const TICK: Duration = Duration::from_millis(10);

/// What a process has spent, in user and in kernel mode.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    let stat = Stat::read(pid).ok_or_else(|| Failure(format!("process {pid} has ended")))?;
    Ok(TICK * stat.own)
}

/// What a process and its children have spent, those included that have ended.
pub(crate) fn of_family(pid: u32) -> Result<Duration> {
    let parent = Stat::read(pid).ok_or_else(|| Failure(format!("process {pid} has ended")))?;
    let mut ticks = parent.own + parent.ended_children;
    for entry in fs::read_dir("/proc").during("/proc")? {
        let name = entry.during("/proc")?.file_name();
        let child = name.to_str().and_then(|name| name.parse().ok()).and_then(Stat::read);
        ticks += child.filter(|child| child.parent == pid).map_or(0, |child| child.own);
    }
    Ok(TICK * ticks)
}

struct Stat {
    parent: u32,
    own: u32,
    ended_children: u32,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything; what follows it are numbers, the third field first.
        let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u32>().ok();
        Some(Self {
            parent: number(4)?,
            own: number(14)? + number(15)?,
            ended_children: number(16)? + number(17)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_spends_time() {
        let before = of_process(std::process::id()).unwrap();
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(0);
        }
        assert!(of_process(std::process::id()).unwrap() > before);
        assert!(of_family(std::process::id()).unwrap() > before);
    }
}
