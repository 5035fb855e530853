//! Damaged backups, and killed backups and restores.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sha2::{Digest, Sha256};

use super::{back_up, backup_path, check};
use crate::support::{CommandExt, Database, Folder, Kind, Server, greymatters, scratch, sql};

/// Runs a command, and kills it when it prints this text.
pub(super) fn kill_when_it_prints(command: &mut Command, words: &str) {
    let mut process =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    scratch::watch(process.id());
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let printed: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.starts_with(words)).collect();
    process.kill().unwrap();
    assert!(!process.wait().unwrap().success(), "the command ended before it could be killed: {printed:?}");
    scratch::forget(process.id());
}

fn sample() -> Database {
    let database = Database::create(Kind::Sqlite);
    Folder::sample().import(&database, &[]).succeeded();
    database
}

#[test]
fn restore_detects_every_changed_byte_and_every_truncation() {
    let (database, backup) = (sample(), backup_path());
    back_up(&database, &backup).succeeded();
    let intact = fs::read(&backup).unwrap();
    let damaged = backup.with_file_name("damaged.gmbackup");
    let refused = |bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        let complaint = check(&damaged).failed();
        complaint.contains("is damaged") || complaint.contains("is not a backup")
    };
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let flips = (0..intact.len(), 1_u8..=255);
    runner
        .run(&flips, |(place, change)| {
            let mut bytes = intact.clone();
            bytes[place] ^= change;
            prop_assert!(refused(&bytes), "byte {} changed by {:#x}", place, change);
            Ok(())
        })
        .unwrap();
    runner
        .run(&(0..intact.len()), |length| {
            prop_assert!(refused(&intact[..length]), "cut off after {} bytes", length);
            Ok(())
        })
        .unwrap();
    // A changed byte at the beginning and at the end, and additional bytes.
    for place in (0..100).chain(intact.len() - 100..intact.len()).step_by(7) {
        let mut bytes = intact.clone();
        bytes[place] ^= 1;
        assert!(refused(&bytes), "byte {place}");
    }
    assert!(refused(&[intact.as_slice(), b"x"].concat()));
    // The refused restore does not create the database.
    let target = scratch::path("never.db");
    let url = format!("sqlite:{}", target.display());
    greymatters(&["restore", "--database-url", &url]).arg(&damaged).run().failed();
    assert!(!target.exists());
}

#[test]
fn a_backup_of_a_later_version_is_refused() {
    let (database, backup) = (sample(), backup_path());
    back_up(&database, &backup).succeeded();
    let later = backup.with_file_name("later.gmbackup");
    for change in [
        // The first backup has another format version.
        "UPDATE backup SET value = 2 WHERE name = 'format'",
        // The second backup has a migration that this version does not know.
        "INSERT INTO backup_migration (name) VALUES ('m20990101_000099_of_a_later_version')",
    ] {
        fs::copy(&backup, &later).unwrap();
        rewrite(&later, &format!("{change}; UPDATE backup SET value = '9.9.9' WHERE name = 'program'"));
        let target = scratch::path("never.db");
        let url = format!("sqlite:{}", target.display());
        let restored = greymatters(&["restore", "--database-url", &url]).arg(&later).run().failed();
        for complaint in [restored, check(&later).failed()] {
            let expected = "was made by a later version of the program (9.9.9): restore it with that version";
            assert!(complaint.contains(expected), "{change}: {complaint}");
        }
        assert!(!target.exists(), "no file was created");
    }
}

/// Changes a backup, and gives it a matching hash.
fn rewrite(backup: &Path, statements: &str) {
    const SEAL: &[u8] = b"greymatters backup, sha256 of all before this line:\n";
    let mut bytes = fs::read(backup).unwrap();
    bytes.truncate(bytes.len() - SEAL.len() - 32);
    fs::write(backup, bytes).unwrap();
    sql::sqlite(&format!("sqlite:{}", backup.display()), statements).unwrap();
    let mut bytes = fs::read(backup).unwrap();
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(SEAL);
    bytes.extend_from_slice(&digest);
    fs::write(backup, bytes).unwrap();
}

#[test]
fn a_file_that_is_not_a_backup_is_refused() {
    let database = sample();
    let file = database.url().strip_prefix("sqlite:").unwrap();
    let complaint = check(file.as_ref()).failed();
    assert!(
        complaint.contains("is not a backup: name a file that `greymatters backup` has made"),
        "{complaint}"
    );
    assert!(check("no-such-file".as_ref()).failed().contains("no-such-file: No such file"));
    let complaint = greymatters(&["restore", "x"]).run().failed();
    assert!(complaint.contains("--database-url"), "{complaint}");
    // A backup does not create a missing database.
    let missing = scratch::path("missing.db");
    let url = format!("sqlite:{}", missing.display());
    greymatters(&["backup", "--database-url", &url]).arg(backup_path()).run().failed();
    assert!(!missing.exists());
}

#[test]
fn a_full_disk_leaves_no_partial_backup() {
    let (database, backup) = (sample(), backup_path());
    // A limit of the file size has the same effect as a full disk.
    let limited = "trap '' XFSZ; ulimit -f 128; exec \"$@\"";
    let program = greymatters(&["backup"]);
    let ended = Command::new("sh")
        .args(["-c", limited, "sh"])
        .arg(program.get_program())
        .arg("backup")
        .arg(&backup)
        .on(&database)
        .run();
    let complaint = ended.failed();
    assert!(complaint.contains("test.gmbackup"), "{complaint}");
    assert_eq!(fs::read_dir(backup.parent().unwrap()).unwrap().count(), 0);
    back_up(&database, &backup).succeeded();
}

#[test]
fn the_files_of_an_sqlite_database_are_readable_only_by_their_owner() {
    for umask in ["000", "077", "0777"] {
        let folder = scratch::path("modes");
        fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("test.db").display());
        let program = greymatters(&[]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]).arg(program.get_program());
        command.env_remove("GREYMATTERS_DATABASE_URL");
        let key = ["key", "create", "--scope", "admin", "--database-url", &url];
        command.args(key).run().succeeded();
        let server = Server::serving("serve --listen 127.0.0.1:0", &url);
        server.reader.data("{ articles { totalCount } }");
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap()).collect();
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?} with umask {umask}", file.file_name());
        }
        drop(server);
        let _ = fs::remove_dir_all(&folder);
    }
}
