//! The process is killed at random moments under a load of writes, again and again: what was acknowledged is
//! there when it starts again, and nothing is there by half.
//!
//! `GREYMATTERS_TEST_KILLS` says how often.

use crate::load::Load;

/// How often it is killed.
const KILLS: usize = 25;
/// At most so many writes are acknowledged between two kills.
const WRITES: usize = 24;

both! {
    fn acknowledged_writes_survive_kills_and_nothing_is_partial(env: &Env) {
        let kills = std::env::var("GREYMATTERS_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
        let mut server = env.server();
        let mut load = Load::on(&server);
        for _ in 0..kills {
            // As soon as the first requests are under way, or after some writes.
            let enough = load.below(WRITES);
            let (progress, ()) = load.during(&server, |progress| {
                progress.wait_for_acknowledged(enough);
                progress.may_break_off();
                server.kill();
            });
            progress.nothing_wrong();
            // It starts again by itself, whatever the last one left behind.
            server = server.beside();
            load.check(&server);
        }
        let acknowledged = load.acknowledged();
        assert!(acknowledged > kills, "only {acknowledged} writes were acknowledged");
        eprintln!("{acknowledged} writes acknowledged");
    }
}
