//! `greymatters key`.

use std::process::Stdio;

use super::ENV;
use crate::support::{CommandExt, greymatters};

#[test]
fn a_key_list_ends_quietly_at_a_closed_pipe() {
    let database = ENV.database();
    greymatters(&["key", "create", "--scope", "admin"]).on(&database).run().succeeded();
    let mut list = greymatters(&["key", "list"]);
    list.on(&database).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut list = list.spawn().unwrap();
    drop(list.stdout.take());
    let ended = list.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

both! {
    fn key_errors_name_flags_of_the_command_line(env: &Env) {
        let database = env.database();
        let key = |arguments: &[&str]| greymatters(&["key"]).args(arguments).on(&database).run();
        assert_eq!(key(&["list", "--format", "json"]).succeeded(), "");
        let secret = key(&["create", "--name", "a\u{1b}[31mred", "--scope", "admin"]).succeeded();
        let prefix = &secret[..12];
        for (arguments, expected) in [
            (&["create", "--scope", "admin", "--name", " "][..], "error: --name: the name is blank"),
            (&["create", "--scope", "admin", "--expires", "2020-01-01T00:00:00Z"], "error: --expires: the key would have expired"),
            (&["create", "--scope", "admin", "--expires", "999999999999d"], "error: --expires: the time is too far in the future"),
            (&["rotate", prefix, "--overlap", "31d"], "error: --overlap: the overlap is 2678400 seconds"),
            (&["rotate", prefix, "--overlap=-1h"], "it is not a duration like `90d`"),
            (&["revoke", "key_01h455vb4pex5vsknk084sn02q"], "error: there is no key `key_01h455vb4pex5vsknk084sn02q`: `greymatters key list`"),
            (&["revoke", "gmk_"], "error: there is no such key"),
            (&["revoke", ""], "error: there is no such key"),
        ] {
            let complaint = key(arguments).failed();
            assert!(complaint.contains(expected), "{arguments:?}: {complaint}");
        }
        let table = key(&["list"]).succeeded();
        assert!(table.contains("a\u{fffd}[31mred") && !table.contains('\u{1b}'), "{table}");
        assert!(!key(&["revoke", prefix]).succeeded().contains('\u{1b}'));
        for command in ["revoke", "rotate"] {
            let complaint = key(&[command, prefix]).failed();
            assert!(complaint.contains("error: KEY: the key was revoked at"), "{complaint}");
        }
        // The server does not start with a revoked key.
        let complaint = greymatters(&["serve", "--listen", "127.0.0.1:0"]).on(&database).run().failed();
        assert!(complaint.contains("there is no valid API key"), "{complaint}");
    }

    fn an_ambiguous_key_prefix_is_refused(env: &Env) {
        let database = env.database();
        let key = |arguments: &[&str]| greymatters(&["key"]).args(arguments).on(&database).run();
        for name in ["one", "two"] {
            key(&["create", "--name", name, "--scope", "admin"]).succeeded();
        }
        database.execute("UPDATE api_key SET prefix = 'gmk_Ab3dEf7h'");
        let complaint = key(&["revoke", "gmk_Ab3dEf7h"]).failed();
        assert!(complaint.contains("error: 2 keys begin with these characters: use the id of the key"), "{complaint}");
        let list = key(&["list", "--format", "json"]).succeeded();
        let newest: serde_json::Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
        assert_eq!(newest["name"], "two");
        key(&["revoke", newest["id"].as_str().unwrap()]).succeeded();
        // Only one of the two keys is still valid, so the prefix is unambiguous.
        assert!(key(&["revoke", "gmk_Ab3"]).succeeded().contains("(one) was revoked."));
    }

    fn key_create_prints_only_the_key(env: &Env) {
        let database = env.database();
        let made = greymatters(&["key", "create", "--name", "ci", "--scope", "content:write,content:publish"])
            .on(&database)
            .run();
        assert_eq!(made.code, Some(0), "{made:?}");
        let key = made.stdout.strip_suffix('\n').unwrap();
        let secret = key.strip_prefix("gmk_").unwrap();
        assert!(secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{key}");
        assert!(!made.stderr.contains(secret), "{}", made.stderr);
        let other = greymatters(&["key", "create", "--scope", "content:write"]).on(&database).run().succeeded();
        assert_ne!(other, made.stdout);
    }
}
