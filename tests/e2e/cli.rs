//! The command line.

use std::fs;
use std::net::TcpListener;

use crate::support::{CommandExt, Env, Folder, Kind, Server, greymatters, scratch};

/// An environment for what has nothing to do with the kind of database.
const ENV: Env = Env { kind: Kind::Sqlite };

#[test]
fn help_teaches() {
    let help = greymatters(&["--help"]).run().succeeded();
    for word in ["dev", "serve", "migrate", "import", "key", "schema", "First steps", "GREYMATTERS_LOG"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let serve = greymatters(&["serve", "--help"]).run().succeeded();
    for word in [
        "--listen",
        "GREYMATTERS_LISTEN",
        "127.0.0.1:8080",
        "--database-url",
        "GREYMATTERS_DATABASE_URL",
        "sqlite:PATH",
        "postgres://",
        "SIGTERM",
    ] {
        assert!(serve.contains(word), "{word}: {serve}");
    }
    let import = greymatters(&["import", "markdown", "--help"]).run().succeeded();
    for word in ["--dry-run", "--map", "--overwrite", "--require-alt", "title=headline", "taxonomy.yaml"] {
        assert!(import.contains(word), "{word}: {import}");
    }
    let key = greymatters(&["key", "create", "--help"]).run().succeeded();
    for word in ["content:write", "content:publish", "Authorization: Bearer", "export KEY=$("] {
        assert!(key.contains(word), "{word}: {key}");
    }
}

#[test]
fn help_does_not_tell_the_password_in_the_environment() {
    let help = greymatters(&["serve", "--help"])
        .env("GREYMATTERS_DATABASE_URL", "postgres://user:opensesame@host/database")
        .run()
        .succeeded();
    assert!(!help.contains("opensesame"), "{help}");
}

#[test]
fn a_command_line_that_is_wrong_says_what_would_be_right() {
    for (arguments, told) in [
        (vec!["sevre"], "serve"),
        (vec!["serve"], "--database-url <URL>"),
        (vec!["serve", "--database-url", "sqlite:x.db", "--listen", "8080"], "--listen <ADDR:PORT>"),
        (vec!["key", "create", "--database-url", "sqlite:x.db"], "--scope <SCOPE>"),
        (
            vec!["key", "create", "--database-url", "sqlite:x.db", "--scope", "all"],
            "there are `content:write`, `content:publish`, `content:read-drafts` and `admin`",
        ),
        (
            vec!["migrate", "--database-url", "mysql://u:opensesame@h/d"],
            "use `sqlite:greymatters.db` or `postgres://user:password@host/database`",
        ),
        (vec!["schema", "--log", "info,sqlx=loud"], "is not a list of levels: use one like `info`"),
    ] {
        let complaint = greymatters(&arguments).run().failed();
        assert!(complaint.contains(told), "{arguments:?}: {complaint}");
        assert!(!complaint.contains("opensesame"), "{complaint}");
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let path = scratch::path("novel.db");
    let text = "It was a dark and stormy night. ".repeat(200);
    fs::write(&path, &text).unwrap();
    let url = format!("sqlite:{}", path.display());
    for command in [&["serve"][..], &["migrate"], &["dev"], &["key", "create", "--scope", "content:write"]] {
        let complaint = greymatters(command).args(["--database-url", &url]).run().failed();
        let expected = format!(
            "error: `{}` is not an SQLite database: name another file, or move this one away to start afresh\n",
            path.display()
        );
        assert!(complaint.ends_with(&expected), "{command:?}: {complaint}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_database_that_cannot_be_reached() {
    let folder = scratch::path("nowhere");
    let url = format!("sqlite:{}", folder.join("x.db").display());
    let complaint = greymatters(&["migrate", "--database-url", &url]).run().failed();
    assert!(complaint.contains("nowhere/x.db"), "{complaint}");
    // A server that is not there: refused at once, and without the password.
    let complaint =
        greymatters(&["migrate", "--database-url", "postgres://u:opensesame@127.0.0.1:1/d"]).run().failed();
    assert!(complaint.contains("does not answer") && !complaint.contains("opensesame"), "{complaint}");
}

#[test]
fn a_busy_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = ENV.database();
    let complaint = greymatters(&["serve", "--listen", &address]).on(&database).run().failed();
    let expected = format!(
        "error: {address} is in use by another program: stop it, or choose another address with --listen\n"
    );
    assert!(complaint.ends_with(&expected), "{complaint}");
}

#[test]
fn the_first_start_of_dev_and_the_second() {
    let folder = Folder::new("home");
    let url = format!("sqlite:{}", folder.path.join("dev.db").display());
    let first = Server::dev(&url, &folder.path);
    for line in ["35 articles, edition 1", "/graphiql", "/graphql", "/healthz", "gmk_", "A first query"] {
        assert!(first.banner().contains(line), "{line}: {}", first.banner());
    }
    let key = first.banner_key();
    assert_eq!(first.reader.data("{ articles { totalCount } }")["articles"]["totalCount"], 35);
    let article = first.reader.with_key(&key).published(serde_json::json!({"title": "Mine"}));
    drop(first);

    let second = Server::dev(&url, &folder.path);
    assert!(second.banner().contains("36 articles, edition 2"), "{}", second.banner());
    assert_eq!(second.banner_key(), key, "the key is the same");
    second.reader.with_key(&key).update(&article, serde_json::json!({"title": "Still mine"}));
}

#[test]
fn the_key_of_dev_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("home");
    let server = Server::dev(&format!("sqlite:{}", folder.path.join("dev.db").display()), &folder.path);
    let kept = folder.path.join("dev.db.key");
    assert_eq!(fs::read_to_string(&kept).unwrap().trim(), server.banner_key());
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
}

both! {
    fn a_key_is_printed_alone(env: &Env) {
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

    fn serve_refuses_to_start_while_nobody_could_write(env: &Env) {
        let database = env.database();
        let complaint = greymatters(&["serve", "--listen", "127.0.0.1:0"]).on(&database).run().failed();
        assert!(complaint.contains("there is no API key yet, so nobody could write"), "{complaint}");
        assert!(
            complaint.contains("greymatters key create --name editors --scope content:write --scope content:publish"),
            "{complaint}"
        );
    }

    fn migrating_again_does_nothing(env: &Env) {
        let database = env.database();
        let migrate = || greymatters(&["migrate"]).on(&database).run().succeeded();
        assert!(migrate().starts_with("The database is up to date: "));
        assert_eq!(migrate(), "The database is up to date.\n");
    }

    fn many_may_migrate_at_once(env: &Env) {
        let database = env.database();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| greymatters(&["migrate"]).on(&database).run().succeeded());
            }
        });
        assert_eq!(greymatters(&["migrate"]).on(&database).run().succeeded(), "The database is up to date.\n");
    }

    fn what_was_written_is_there_after_a_restart(env: &Env) {
        let mut server = env.server();
        server.editor.published(serde_json::json!({"title": "One"}));
        server.terminate();
        assert!(server.ended().success());
        let server = server.beside();
        assert_eq!(server.reader.slugs(""), ["one"]);
        assert_eq!(server.reader.edition(), 1);
        server.editor.published(serde_json::json!({"title": "Two"}));
        assert_eq!(server.reader.edition(), 2);
    }

    fn what_was_acknowledged_outlives_the_server(env: &Env) {
        let server = env.server();
        server.editor.published(serde_json::json!({"title": "One"}));
        server.kill();
        assert_eq!(server.beside().reader.slugs(""), ["one"]);
    }

    fn a_server_that_is_told_to_stop_gives_its_requests_their_time(env: &Env) {
        let mut server = env.server();
        let document = "mutation { articleCreate(input: { title: \"T\" }) { article { id } } }";
        let done = std::thread::scope(|scope| {
            let editor = server.editor.clone();
            let (started, ready) = std::sync::mpsc::channel();
            let writer = scope.spawn(move || {
                let mut written = 0;
                while let Some(answer) = editor.try_ask(document) {
                    // What is answered is answered whole.
                    answer.data();
                    written += 1;
                    let _ = started.send(());
                }
                written
            });
            ready.recv().unwrap();
            server.terminate();
            writer.join().unwrap()
        });
        assert!(server.ended().success());
        let stopped = server.wait_for_log(|line| line["message"] == "stopped");
        assert!(done > 0, "{stopped}");
    }

    fn secrets_are_not_logged(env: &Env) {
        let server = env.server();
        let server = server.beside_logging("trace");
        let key = server.editor.key().unwrap().to_owned();
        server.editor.published(serde_json::json!({"title": "One"}));
        let wrong = server.reader.with_key("gmk_opensesame");
        assert_eq!(wrong.ask("{ edition { number } }").status, 401);
        server.wait_for_log(|line| line["status"] == 401);
        let log = server.log().join("\n");
        assert!(log.contains("answered"));
        assert!(!log.contains(&key["gmk_".len()..]), "the key is in the log");
        assert!(!log.contains("opensesame"), "what was sent as a key is in the log");
    }

    fn the_log_is_json_with_the_id_of_the_request(env: &Env) {
        let server = env.server();
        server.reader.send("GET", "/healthz", &[("x-request-id", "abc-1")], Vec::new());
        let line = server.wait_for_log(|line| line["message"] == "answered" && line["span"]["id"] == "abc-1");
        assert_eq!(line["status"], 200);
        assert_eq!(line["span"]["path"], "/healthz");
        assert_eq!(line["level"], "INFO");
    }
}
