//! A disk that is slow, broken or full.

use crate::load::Load;
use crate::shim::{Call, EIO, ENOSPC, Shim};
use crate::support::{Database, Env, Kind, Server, within};

/// Runs a test with a server on SQLite and a shim for its files.
fn with_shim(test: impl Fn(&Shim, Server)) {
    let Some(shim) = Shim::of("test.db") else { return };
    Env::run(Kind::Sqlite, |_| {
        test(&shim, Server::start_with(Database::migrated(Kind::Sqlite), &shim.settings()))
    });
}

#[test]
fn a_slow_disk_loses_no_write() {
    with_shim(|shim, server| {
        let mut load = Load::on(&server);
        shim.delay(Call::Sync, 50);
        load.write(&server, 20).assert_no_wrong_answers();
        shim.heal(Call::Sync);
        load.settle(&server);
        server.kill();
        load.check(&server.beside());
    });
}

/// Makes calls fail under a load, and asserts that no write is lost, even after a kill.
fn assert_no_loss_while_failing(call: Call, error: i32, times: i32) {
    with_shim(|shim, server| {
        server.may_log_errors();
        let mut load = Load::on(&server);
        for _ in 0..5 {
            let (progress, ()) = load.during(&server, |progress| {
                shim.fail(call, error, times);
                within("the calls have failed", || (shim.failed(call) >= times).then_some(()));
                progress.wait_for_acknowledged(20);
            });
            progress.assert_no_wrong_answers();
            load.settle(&server);
        }
        server.kill();
        load.check(&server.beside());
    });
}

#[test]
fn writes_that_cannot_be_synced_are_not_acknowledged() {
    assert_no_loss_while_failing(Call::Sync, EIO, 2);
}

#[test]
fn failed_writes_to_the_disk_are_not_acknowledged() {
    assert_no_loss_while_failing(Call::Write, EIO, 3);
}

#[test]
fn writes_to_a_briefly_full_disk_are_not_acknowledged() {
    assert_no_loss_while_failing(Call::Write, ENOSPC, 3);
    assert_no_loss_while_failing(Call::Sync, ENOSPC, 1);
}

#[test]
fn a_disk_that_refuses_writes_can_still_be_read() {
    with_shim(|shim, server| {
        server.may_log_errors();
        let mut load = Load::on(&server);
        for call in [Call::Sync, Call::Write] {
            let (progress, ()) = load.during(&server, |progress| {
                progress.wait_for_acknowledged(10);
                shim.keep_failing(call, EIO);
                // The outcome of a write that could not be synced is unknown, and the answer says so.
                progress.wait_for_unacknowledged(10);
                progress.wait_for_read(20);
                shim.heal(call);
                progress.wait_for_acknowledged(20);
            });
            progress.assert_no_wrong_answers();
            assert_eq!(progress.reads().1, 0, "reads were refused: {:?}", progress.codes());
            load.settle(&server);
        }
        server.kill();
        load.check(&server.beside());
    });
}

#[test]
fn failed_reads_are_unavailable_until_the_disk_recovers() {
    with_shim(|shim, server| {
        server.may_log_errors();
        let mut load = Load::on(&server);
        let (progress, ()) = load.during(&server, |progress| {
            progress.wait_for_acknowledged(10);
            for _ in 0..5 {
                shim.fail(Call::Read, EIO, 3);
                within("reads fail", || (shim.failed(Call::Read) == 3).then_some(()));
                progress.wait_for_acknowledged(5);
            }
        });
        progress.assert_no_wrong_answers();
        load.settle(&server);
        server.kill();
        load.check(&server.beside());
    });
}
