//! The connection breaks during a commit. The server finds out whether the write was stored, or answers that the
//! outcome is unknown.

use serde_json::{Value, json};

use crate::shim::{Call, EIO, Shim};
use crate::support::postgres::Cluster;
use crate::support::{Answer, Client, CommandExt, Database, Kind, Server, greymatters, sql, within};

const CREATE: &str = "mutation ($input: ArticleInput!) {
    articleCreate(input: $input) { article { id version } userErrors { message } }
}";

/// Tries to create an article in a request with this id.
fn create(editor: &Client, request_id: &str) -> Answer {
    let variables = json!({"input": {"title": request_id, "body": "Some text.", "slug": request_id}});
    let body = json!({"query": CREATE, "variables": variables}).to_string();
    editor.post(&[("content-type", "application/json"), ("x-request-id", request_id)], body)
}

/// The entries of the audit log for a request.
fn entries(editor: &Client, request_id: &str) -> Vec<Value> {
    let document =
        "query ($id: String) { desk { audit(where: {requestId: $id}) { nodes { action requestId } } } }";
    let data = editor.data_with(document, &json!({"id": request_id}));
    data["desk"]["audit"]["nodes"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_unknown(answer: &Answer, request_id: &str) {
    let (status, code, message) = answer.error();
    assert_eq!((status, code.as_str()), (503, "OUTCOME_UNKNOWN"), "{message}");
    assert_eq!(answer.header("retry-after"), None);
    assert_eq!(answer.json()["errors"][0]["extensions"]["requestId"], request_id);
    assert!(message.contains(&format!("audit(where: {{requestId: \"{request_id}\"}})")), "{message}");
}

#[track_caller]
fn assert_not_done(answer: &Answer) {
    let (status, code, message) = answer.error();
    assert_eq!((status, code.as_str()), (503, "SERVICE_UNAVAILABLE"), "{message}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

both! {
    fn each_audit_entry_has_its_request_id(env: &Env) {
        let server = env.server();
        assert_eq!(create(&server.editor, "first-request").status, 200);
        assert_eq!(create(&server.editor, "second-request").status, 200);
        let expected = json!([{"action": "ARTICLE_CREATED", "requestId": "second-request"}]);
        assert_eq!(json!(entries(&server.editor, "second-request")), expected);
        assert_eq!(entries(&server.editor, "another").len(), 0);
        let printed = greymatters(&["audit"]).on(server.database()).run().succeeded();
        assert!(printed.contains(r#""requestId":"first-request""#), "{printed}");
        // Entries without a request have no id: the key was created on the command line.
        assert!(printed.contains(r#""requestId":null"#), "{printed}");
    }
}

/// A server on SQLite with a shim that makes its disk fail.
fn server_with_shim() -> Option<(Shim, Server)> {
    let shim = Shim::of("test.db")?;
    let server = Server::start_with(Database::migrated(Kind::Sqlite), &shim.settings());
    server.may_log_errors();
    Some((shim, server))
}

#[test]
fn an_unsynced_write_does_not_come_back_after_a_crash() {
    let Some((shim, server)) = server_with_shim() else { return };
    assert_eq!(create(&server.editor, "before").status, 200);
    // The server also writes by itself, so another write may meet the fault instead.
    let refused = (0..5).map(|attempt| format!("refused-{attempt}")).find(|name| {
        shim.fail(Call::Sync, EIO, 1);
        let answer = create(&server.editor, name);
        let is_refused = answer.status != 200;
        if is_refused {
            assert_not_done(&answer);
        }
        is_refused
    });
    server.kill();
    let again = server.beside();
    assert_eq!(entries(&again.editor, &refused.unwrap()).len(), 0);
    assert_eq!(entries(&again.editor, "before").len(), 1);
}

#[test]
fn a_write_on_a_failing_disk_has_an_unknown_outcome() {
    let Some((shim, server)) = server_with_shim() else { return };
    assert_eq!(create(&server.editor, "before").status, 200);
    shim.keep_failing(Call::Sync, EIO);
    assert_unknown(&create(&server.editor, "unknown"), "unknown");
    shim.heal(Call::Sync);
    // The next write decides the outcome.
    assert_eq!(create(&server.editor, "after").status, 200);
    let stored = entries(&server.editor, "unknown").len();
    server.kill();
    let again = server.beside();
    assert_eq!(entries(&again.editor, "unknown").len(), stored);
    assert_eq!(entries(&again.editor, "after").len(), 1);
}

/// A server with its own cluster. Commits wait for a standby that does not exist.
fn server_waiting_for_standby(name: &str) -> Option<(Cluster, Server)> {
    let cluster = Cluster::start(name)?;
    let server = Server::start(Database::at(&cluster.url()));
    server.may_log_errors();
    assert_eq!(create(&server.editor, "before").status, 200);
    for statement in [
        "ALTER ROLE postgres SET synchronous_commit = 'on'",
        "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
        "SELECT pg_reload_conf()",
        // Existing connections do not have the new setting, so they are closed.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    ] {
        sql::postgres(&cluster.url(), statement).unwrap();
    }
    within("the server is ready", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
    Some((cluster, server))
}

/// Creates an article in a request with this id. Calls `act` while the commit waits.
fn create_and_interrupt(cluster: &Cluster, server: &Server, request_id: &str, act: impl Fn()) -> Answer {
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| create(&server.editor, request_id));
        within("the commit waits", || {
            (sql::number(&cluster.url(), waits).ok()? > 0 || answer.is_finished()).then_some(())
        });
        act();
        answer.join().unwrap()
    })
}

#[test]
fn a_write_that_was_stored_before_its_connection_broke_is_answered_as_usual() {
    let Some((cluster, server)) = server_waiting_for_standby("kept") else { return };
    let answer = create_and_interrupt(&cluster, &server, "kept", || {
        let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        sql::postgres(&cluster.url(), terminate).unwrap();
    });
    assert_eq!(answer.data()["articleCreate"]["userErrors"], json!([]));
    assert_eq!(entries(&server.editor, "kept").len(), 1);
}

#[test]
fn a_write_has_an_unknown_outcome_when_the_database_fails_during_the_commit() {
    let Some((cluster, server)) = server_waiting_for_standby("unknown") else { return };
    let answer = create_and_interrupt(&cluster, &server, "unknown", || cluster.stop());
    assert_unknown(&answer, "unknown");
    cluster.start_again();
    within("the server is ready", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
    assert_eq!(entries(&server.editor, "unknown").len(), 1, "the audit log shows that the write was stored");
}

/// Makes PostgreSQL terminate each connection that commits an entry of the audit log.
const END_AT_COMMIT: &str = "
    CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER end_connection AFTER INSERT ON audit
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_connection()";

#[test]
fn a_write_whose_connection_breaks_before_the_commit_is_not_done() {
    if crate::support::postgres::server().is_none() {
        return;
    }
    let server = Server::start(Database::migrated(Kind::Postgres));
    server.may_log_errors();
    let article = server.editor.create(json!({"title": "An article"}));
    server.database().execute(END_AT_COMMIT);
    // Creating an article is a single statement, and updating one is a transaction.
    assert_not_done(&create(&server.editor, "not-done"));
    let update = "mutation ($id: ID!) {
        articleUpdate(id: $id, expectedVersion: 1, input: {title: \"Another\"}) { userErrors { message } }
    }";
    assert_not_done(&server.editor.ask_with(update, &json!({"id": article.id})));
    server.database().execute("DROP TRIGGER end_connection ON audit");
    assert_eq!(entries(&server.editor, "not-done").len(), 0);
    assert_eq!(create(&server.editor, "done").status, 200);
    assert_eq!(server.editor.update(&article, json!({"title": "Another"})).version, 2);
}
