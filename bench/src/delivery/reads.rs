//! Measures the reads of all lanes in turns.

use super::lane::{Kind, Lane, Row, Way};
use super::lanes::Expected;
use super::{Bench, pass, progress};
use crate::cpu;
use crate::failure::Result;
use crate::load::Limits;

/// The warm-up takes the duration of a turn divided by this number.
const WARM_UP_DIVISOR: u32 = 2;

impl Bench<'_> {
    /// Measures every read of every lane, and checks the answers afterwards.
    pub(crate) fn reads(&self, lanes: &mut [Lane], expected: &Expected) {
        let connections = &self.options.connections;
        let cells =
            lanes.iter().filter(|lane| lane.process.is_ok()).map(|lane| lane.rows.len()).sum::<usize>();
        let passes = self.options.passes as usize;
        let bar = progress("measuring reads", cells * connections.len() * (passes + 1));
        for row in lanes.iter_mut().flat_map(|lane| &mut lane.rows) {
            row.passes = vec![Vec::new(); connections.len()];
        }
        for pass in 0..=passes {
            for (index, &connections) in connections.iter().enumerate() {
                // The order rotates, so that no lane always follows the same one.
                for step in 0..lanes.len() {
                    let turn = (pass + step) % lanes.len();
                    let lane = &mut lanes[turn];
                    let Ok(process) = &lane.process else { continue };
                    // The CPU time of SQLite is part of the server's CPU time.
                    let cluster = if lane.database == Some("postgres") || lane.kind == Kind::Peer {
                        self.cluster()
                    } else {
                        None
                    };
                    for row in lane.rows.iter_mut().filter(|row| row.missing.is_none()) {
                        bar.set_message(format!("{} {}", lane.name, row.way.name()));
                        let limits = self.limits(self.options.operations);
                        let operation = row.operation();
                        let measured = if pass == 0 {
                            let Limits { operations, time } = limits;
                            let limits = Limits { operations: operations / 10, time: time / WARM_UP_DIVISOR };
                            pass::measure(&self.generator, process, &operation, connections, limits, None)
                                .map(|_| ())
                        } else {
                            pass::measure(&self.generator, process, &operation, connections, limits, cluster)
                                .map(|measured| row.passes[index].push(measured))
                        };
                        give_up(row, measured);
                        bar.inc(1);
                    }
                }
            }
        }
        bar.finish_and_clear();
        for lane in lanes {
            if let Ok(process) = &lane.process {
                lane.loaded = cpu::resident(process.held.pid).ok();
            }
            lane.check(expected);
        }
    }
}

fn give_up(row: &mut Row, measured: Result<()>) {
    if let Err(failure) = measured {
        let way = if row.way == Way::Unchanged { "no 304: " } else { "" };
        row.missing = Some(format!("{way}{failure}"));
    }
}
