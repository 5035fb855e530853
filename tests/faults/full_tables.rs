//! PostgreSQL has disk space for its log, but not for tables.

use std::fs;
use std::os::unix::fs::chown;

use crate::load::Load;
use crate::support::postgres::Cluster;
use crate::support::{Database, Server, sql};
use crate::tmpfs::Tmpfs;

#[test]
fn a_full_postgresql_refuses_writes_and_answers_reads() {
    let Some(cluster) = Cluster::start("full") else { return };
    let Some(disk) = Tmpfs::of_mebibytes(20) else { return };
    let folder = disk.path().join("tables");
    fs::create_dir(&folder).unwrap();
    if let Some((user, group)) = cluster.user() {
        chown(&folder, Some(user), Some(group)).unwrap();
    }
    let tablespace = format!("CREATE TABLESPACE small LOCATION '{}'", folder.display());
    sql::postgres(&cluster.url(), &tablespace).unwrap();
    sql::postgres(&cluster.url(), "CREATE DATABASE small TABLESPACE small").unwrap();
    let server = Server::start(Database::at(&cluster.url().replace("/postgres?", "/small?")));
    server.may_log_errors();
    let mut load = Load::on(&server);
    let (progress, ()) = load.during(&server, |progress| {
        progress.wait_for_acknowledged(10);
        disk.fill();
        progress.wait_for_refused(10);
        progress.wait_for_read(20);
        disk.free();
        progress.wait_for_acknowledged(30);
    });
    assert_eq!(progress.assert_no_wrong_answers().codes(), ["STORAGE_FULL"]);
    assert_eq!(progress.reads().1, 0, "no read was refused");
    load.settle(&server);
    server.kill();
    load.check(&server.beside());
}
