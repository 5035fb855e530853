//! The disk does not do what it is told.

use crate::load::Load;
use crate::shim::{Call, EIO, Shim};
use crate::support::{Database, Env, Kind, Server, within};

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

/// Has calls fail under a load, and checks that nothing is lost then or after a kill.
fn loses_nothing_while_failing(call: Call, times: i32) {
    on_shim(|shim, server| {
        server.may_log_errors();
        let mut load = Load::on(&server);
        for _ in 0..5 {
            let (progress, ()) = load.during(&server, |progress| {
                shim.fail(call, EIO, times);
                within("it has failed", || (shim.failed(call) >= times).then_some(()));
                progress.wait_for_acknowledged(20);
            });
            progress.nothing_wrong();
            load.settle(&server);
        }
        server.kill();
        load.check(&server.beside());
    });
}

#[test]
fn writes_that_cannot_be_made_to_last_are_not_acknowledged() {
    loses_nothing_while_failing(Call::Sync, 2);
}

#[test]
fn writes_that_meet_a_broken_disk_are_not_acknowledged() {
    loses_nothing_while_failing(Call::Write, 3);
}
