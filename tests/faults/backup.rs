//! A backup during a load, and its restore.

use crate::load::{Load, editions};
use crate::support::{CommandExt, Database, Folder, Kind, Server, greymatters, postgres};

both! {
    fn a_backup_under_load_contains_all_acknowledged_writes(env: &Env) {
        let server = env.server();
        let mut load = Load::on(&server);
        let folder = Folder::new("backups").path;
        let back_up = |name: &str| {
            let path = folder.join(name);
            greymatters(&["backup"]).arg(&path).on(server.database()).run().succeeded();
            path
        };
        let (progress, early) = load.during(&server, |progress| {
            progress.wait_for_acknowledged(10);
            let before = server.reader.edition();
            let path = back_up("early");
            progress.wait_for_acknowledged(10);
            (before, path, server.reader.edition())
        });
        progress.assert_no_wrong_answers();
        load.settle(&server);
        let late = back_up("late");
        for kind in [Kind::Sqlite, Kind::Postgres] {
            if kind == Kind::Postgres && postgres::server().is_none() {
                continue;
            }
            let restored = |path| {
                let database = Database::create(kind);
                greymatters(&["restore"]).arg(path).on(&database).run().succeeded();
                Server::start(database)
            };
            load.check(&restored(&late));
            let (before, path, after) = &early;
            let restored = restored(path);
            let reached = restored.reader.edition();
            assert!((*before..=*after).contains(&reached), "{reached} is not from {before} to {after}");
            assert_eq!(editions(&restored.editor), (1..=reached).collect::<Vec<_>>(), "editions are dense");
        }
    }
}
