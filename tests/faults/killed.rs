//! The process is killed many times under a load of writes, at random moments. After each restart, all
//! acknowledged writes are there, and no write is partial.
//!
//! `GREYMATTERS_TEST_KILLS` sets the number of kills.

use crate::load::Load;

/// The number of kills.
const KILLS: usize = 25;
/// The maximum number of acknowledged writes between two kills.
const WRITES: usize = 24;

both! {
    fn acknowledged_writes_survive_kills_and_nothing_is_partial(env: &Env) {
        let kills = std::env::var("GREYMATTERS_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
        let mut server = env.server();
        let mut load = Load::on(&server);
        for _ in 0..kills {
            // The kill happens during the first requests, or after some writes.
            let enough = load.below(WRITES);
            let (progress, ()) = load.during(&server, |progress| {
                progress.wait_for_acknowledged(enough);
                progress.allow_broken_connections();
                server.kill();
            });
            progress.assert_no_wrong_answers();
            // The server starts again without any repair.
            server = server.beside();
            load.check(&server);
        }
        let acknowledged = load.acknowledged();
        assert!(acknowledged > kills, "only {acknowledged} writes were acknowledged");
        eprintln!("{acknowledged} writes acknowledged");
    }
}
