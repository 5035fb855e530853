//! The disk does not do what it is told.

use crate::load::Load;
use crate::shim::{Call, Shim};
use crate::support::{Database, Env, Kind, Server};

/// A server on SQLite, whose files a shim concerns.
fn on_shim(test: impl Fn(&Shim, Server)) {
    let Some(shim) = Shim::of("test.db") else { return };
    Env::run(Kind::Sqlite, |_| {
        test(&shim, Server::start_with(Database::create(Kind::Sqlite), &shim.settings()))
    });
}

#[test]
fn a_slow_disk_costs_time_and_no_write() {
    on_shim(|shim, server| {
        let mut load = Load::on(&server);
        shim.delay(Call::Sync, 50);
        load.write(&server, 20).nothing_wrong();
        shim.heal(Call::Sync);
        load.settle(&server);
        server.kill();
        load.check(&server.beside());
    });
}
