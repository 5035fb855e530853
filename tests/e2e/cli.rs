//! The command line.

mod dev;
mod keys;

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

use crate::support::{CommandExt, Env, Kind, Server, greymatters, scratch};

/// The environment for tests that do not depend on the kind of database.
const ENV: Env = Env { kind: Kind::Sqlite };

#[test]
fn help_explains_flags_and_variables() {
    let help = greymatters(&["--help"]).run().succeeded();
    for word in [
        "dev",
        "serve",
        "migrate",
        "import",
        "key",
        "health",
        "completions",
        "schema",
        "First steps",
        "GREYMATTERS_LOG",
    ] {
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
    for word in [
        "--dry-run",
        "--map",
        "--map-tag",
        "--missing",
        "--undated",
        "--slugs",
        "--image-base",
        "--report",
        "--overwrite",
        "--require-alt",
        "title=headline",
        "taxonomy.yaml",
    ] {
        assert!(import.contains(word), "{word}: {import}");
    }
    let key = greymatters(&["key", "create", "--help"]).run().succeeded();
    for word in [
        "content:write",
        "content:publish",
        "content:read-drafts",
        "admin",
        "Authorization: Bearer",
        "export KEY=$(",
        "gmk_[A-Za-z0-9_-]{43}",
        "--expires 90d",
    ] {
        assert!(key.contains(word), "{word}: {key}");
    }
    for (command, word) in [
        ("list", "--format json"),
        ("revoke", "revoke gmk_"),
        ("rotate", "--overlap 24h"),
        ("rotate", "30 days"),
    ] {
        let help = greymatters(&["key", command, "--help"]).run().succeeded();
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn help_hides_passwords_from_the_environment() {
    let help = greymatters(&["serve", "--help"])
        .env("GREYMATTERS_DATABASE_URL", "postgres://user:opensesame@host/database")
        .run()
        .succeeded();
    assert!(!help.contains("opensesame"), "{help}");
}

#[test]
fn an_invalid_command_line_suggests_a_correction() {
    for (arguments, expected) in [
        (vec!["sevre"], "serve"),
        (vec!["serve"], "--database-url <URL>"),
        (vec!["serve", "--database-url", "sqlite:x.db", "--listen", "8080"], "--listen <ADDR:PORT>"),
        (vec!["key", "create", "--database-url", "sqlite:x.db"], "--scope <SCOPE>"),
        (
            vec!["key", "create", "--database-url", "sqlite:x.db", "--scope", "all"],
            "use `content:write`, `content:publish`, `content:read-drafts` or `admin`",
        ),
        (
            vec!["migrate", "--database-url", "mysql://u:opensesame@h/d"],
            "use `sqlite:greymatters.db` or `postgres://user:password@host/database`",
        ),
        (vec!["schema", "--log", "info,sqlx=loud"], "is not a list of levels: use one like `info`"),
        (vec!["schema", "--log", ""], "is not a list of levels: use one like `info`"),
        (vec!["schema", "--log", "info,"], "is not a list of levels: use one like `info`"),
    ] {
        let complaint = greymatters(&arguments).run().failed();
        assert!(complaint.contains(expected), "{arguments:?}: {complaint}");
        assert!(!complaint.contains("opensesame"), "{complaint}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let help = greymatters(&["serve", "--help"]).run().succeeded();
    let variables = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    let variables: Vec<_> = variables.filter(|name| name.starts_with("GREYMATTERS_")).collect();
    assert!(variables.len() > 40, "{variables:?}");
    let database = ENV.database();
    let mut serve = greymatters(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::start_command(serve.envs(variables.iter().map(|name| (name, ""))), database);
    assert_eq!(server.reader.get("/readyz", &[]).status, 200);
    // The log has its default settings.
    assert!(
        server.log().iter().any(|line| line.contains("INFO") && line.contains("listening")),
        "{:?}",
        server.log()
    );
    let mut migrate = greymatters(&["migrate"]);
    let complaint = migrate.env("GREYMATTERS_DATABASE_URL", "").run().failed();
    assert!(complaint.contains("--database-url <URL>"), "{complaint}");
}

#[test]
fn a_file_that_is_not_a_database_is_not_changed() {
    let path = scratch::path("novel.db");
    let text = "It was a dark and stormy night. ".repeat(200);
    fs::write(&path, &text).unwrap();
    let url = format!("sqlite:{}", path.display());
    for command in [&["serve"][..], &["migrate"], &["dev"], &["key", "create", "--scope", "content:write"]] {
        let complaint = greymatters(command).args(["--database-url", &url]).run().failed();
        let expected = format!(
            "error: `{}` is not an SQLite database: name another file, or move this file to start with a new database\n",
            path.display()
        );
        assert!(complaint.ends_with(&expected), "{command:?}: {complaint}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn an_unreachable_database_is_reported() {
    let folder = scratch::path("nowhere");
    let url = format!("sqlite:{}", folder.join("x.db").display());
    let complaint = greymatters(&["migrate", "--database-url", &url]).run().failed();
    assert!(complaint.contains("nowhere/x.db"), "{complaint}");
    // No server listens on this port. The error appears at once, and without the password.
    let complaint =
        greymatters(&["migrate", "--database-url", "postgres://u:opensesame@127.0.0.1:1/d"]).run().failed();
    assert!(complaint.contains("does not answer") && !complaint.contains("opensesame"), "{complaint}");
}

#[test]
fn a_misspelt_variable_is_refused_with_a_suggestion() {
    for command in [&["serve"][..], &["migrate"], &["schema"]] {
        let complaint = greymatters(command).env("GREYMATTERS_DATABSE_URL", "sqlite:x.db").run().failed();
        let expected =
            "error: the variable GREYMATTERS_DATABSE_URL is unknown: did you mean GREYMATTERS_DATABASE_URL?";
        assert!(complaint.starts_with(expected), "{command:?}: {complaint}");
    }
    // `--help` works in any case.
    greymatters(&["--help"]).env("GREYMATTERS_DATABSE_URL", "sqlite:x.db").run().succeeded();
}

#[test]
fn unknown_variables_cause_a_warning_unless_kubernetes_sets_them() {
    let ended = greymatters(&["schema"])
        .env("GREYMATTERS_FLAVOUR", "vanilla")
        .env("GREYMATTERS_PORT", "tcp://10.0.0.1:80")
        .env("GREYMATTERS_SERVICE_HOST", "10.0.0.1")
        .env("GREYMATTERS_PORT_80_TCP_ADDR", "10.0.0.1")
        .run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("GREYMATTERS_FLAVOUR") && ended.stderr.contains("WARN"), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[test]
fn an_incomplete_site_address_is_refused() {
    for (flag, value) in [
        ("--site-url", "journal.example.org"),
        ("--site-url", "//journal.example.org"),
        ("--site-url", "https://journal.example.org/?a=b"),
        ("--site-url", ""),
        ("--preview-url", "/preview?token={token}"),
        ("--preview-url", "https://journal.example.org/preview"),
    ] {
        let complaint = greymatters(&["serve", "--database-url", "sqlite:x.db", flag, value]).run().failed();
        assert!(complaint.contains(flag), "{flag} {value}: {complaint}");
        assert!(
            complaint.contains("https://journal.example.org") || complaint.contains("{token}"),
            "{complaint}"
        );
    }
}

#[test]
fn the_server_can_listen_on_a_host_name() {
    let server = Server::listening(ENV.database(), &["--listen", "localhost:0"]);
    let port = server.address.port();
    let localhost = (Ipv4Addr::LOCALHOST, port);
    assert!(TcpStream::connect(localhost).is_ok() || TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok());
    let complaint =
        greymatters(&["serve", "--database-url", "sqlite:x.db", "--listen", "no-such-host.invalid:80"])
            .run()
            .failed();
    assert!(
        complaint.contains("--listen: the host name in no-such-host.invalid:80 cannot be resolved"),
        "{complaint}"
    );
}

#[test]
fn health_checks_a_running_server() {
    let mut server = ENV.server();
    let listen = server.address.to_string();
    let urls = ["", "/", "/readyz", "/readyz/"].map(|path| format!("http://{listen}{path}"));
    let by_url = urls.iter().map(|url| vec!["health", "--url", url]);
    let commands: Vec<_> = by_url.chain([vec!["health", "--listen", &listen]]).collect();
    for arguments in &commands {
        let answer = greymatters(arguments).run().succeeded();
        assert!(answer.contains("\"status\":\"ready\""), "{arguments:?}: {answer}");
    }
    server.terminate();
    assert!(server.ended().success());
    for arguments in &commands {
        let ended = greymatters(arguments).run();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("/readyz: "), "{ended:?}");
    }
    // This server accepts connections, but does not answer.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = silent.local_addr().unwrap().to_string();
    let complaint = greymatters(&["health", "--listen", &listen, "--timeout", "100ms"]).run().failed();
    assert!(complaint.contains("timeout"), "{complaint}");
}

#[test]
fn shells_complete_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = greymatters(&["completions", shell]).run().succeeded();
        for word in ["serve", "health", "database-url"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = ENV.database();
    let complaint = greymatters(&["serve", "--listen", &address]).on(&database).run().failed();
    let expected = format!(
        "error: {address} is in use by another program: stop it, or choose another address with --listen\n"
    );
    assert!(complaint.ends_with(&expected), "{complaint}");
}

both! {
    fn serve_refuses_to_start_without_a_usable_key(env: &Env) {
        let database = env.database();
        let complaint = greymatters(&["serve", "--listen", "127.0.0.1:0"]).on(&database).run().failed();
        assert!(complaint.contains("there is no valid API key"), "{complaint}");
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

    fn concurrent_migrations_succeed(env: &Env) {
        let database = env.database();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| greymatters(&["migrate"]).on(&database).run().succeeded());
            }
        });
        assert_eq!(greymatters(&["migrate"]).on(&database).run().succeeded(), "The database is up to date.\n");
    }

    fn writes_survive_a_restart(env: &Env) {
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

    fn acknowledged_writes_survive_a_kill(env: &Env) {
        let server = env.server();
        server.editor.published(serde_json::json!({"title": "One"}));
        server.kill();
        assert_eq!(server.beside().reader.slugs(""), ["one"]);
    }

    fn a_stopping_server_finishes_its_requests(env: &Env) {
        let mut server = env.server();
        let document = "mutation { articleCreate(input: { title: \"T\" }) { article { id } } }";
        let done = std::thread::scope(|scope| {
            let editor = server.editor.clone();
            let (started, ready) = std::sync::mpsc::channel();
            let writer = scope.spawn(move || {
                let mut written = 0;
                while let Some(answer) = editor.try_ask(document) {
                    // Every answer is complete.
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
        assert!(!log.contains("opensesame"), "the invalid key is in the log");
    }
}
