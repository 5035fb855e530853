//! Migrations of a database of an earlier version, with its content.

use serde_json::json;

use crate::support::{CommandExt, Kind, greymatters};

const DESK: &str = "{
    desk {
        articles(orderBy: { field: CREATED_AT }) { nodes {
            id title state version withdrawal { reason at } workingCopy { tags { slug } authors { slug } topics { slug } }
        } }
        byTitle: articles(orderBy: { field: TITLE, direction: ASC }) { nodes { title } }
        found: articles(where: { title: \"ÉCLAIR\", tags: { any: [\"news\"] } }) { nodes { title } }
    }
    articles { nodes { title tags { slug } } }
    byTitle: articles(orderBy: { field: TITLE, direction: ASC }) { nodes { title } }
    redirects { nodes { slug kind } }
}";

/// Statements that undo all migrations after the first one.
pub(crate) fn first_version(kind: Kind) -> String {
    let added = [
        "title",
        "title_folded",
        "review",
        "review_version",
        "review_by",
        "review_at",
        "review_comment",
        "schedule_version",
        "schedule_by",
        "schedule_at",
        "schedule_zone",
        "schedule_resolution",
        "schedule_expires_at",
        "schedule_expires_zone",
        "schedule_expires_resolution",
        "expires_at",
        "expires_zone",
        "expires_resolution",
        "archived_at",
        "withdrawn_at",
        "redirect_url",
        "last_reviewed_at",
        "review_due_at",
        "reviewer",
        "import_source",
        "import_path",
        "import_id",
        "import_bytes",
        "title_sort",
        "withdraw_note",
        "schedule_note",
        "corrections",
    ];
    let article = match kind {
        Kind::Postgres => format!(
            "DROP TRIGGER audit_append_only ON audit;
             ALTER TABLE article {};
             DROP INDEX IF EXISTS article_updated, article_created;
             DROP TABLE audit;
             DROP FUNCTION audit_is_append_only();",
            added.map(|column| format!("DROP COLUMN {column}")).join(", ")
        ),
        // SQLite cannot drop a column with a foreign key, so the table is created again.
        Kind::Sqlite => "PRAGMA foreign_keys = OFF;
             PRAGMA legacy_alter_table = ON;
             CREATE TABLE article_before (id BLOB NOT NULL PRIMARY KEY, external_ref TEXT UNIQUE, version INTEGER NOT NULL,
                 state TEXT NOT NULL, published_version INTEGER, published_edition INTEGER,
                 redirect_to BLOB REFERENCES article (id), created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
                 first_published_at INTEGER, source_digest BLOB, source_version INTEGER) STRICT;
             INSERT INTO article_before SELECT id, external_ref, version, state, published_version, published_edition,
                 redirect_to, created_at, updated_at, first_published_at, source_digest, source_version FROM article;
             DROP TABLE article;
             ALTER TABLE article_before RENAME TO article;
             DROP TABLE audit;"
            .to_owned(),
    };
    format!(
        "{article}
         DROP TABLE person;
         DROP TABLE topic_redirect;
         DROP TABLE author_redirect;
         ALTER TABLE publication DROP COLUMN corrections;
         ALTER TABLE tag DROP COLUMN deleted_at;
         ALTER TABLE topic DROP COLUMN merged_into;
         ALTER TABLE topic DROP COLUMN deleted_at;
         ALTER TABLE author DROP COLUMN version;
         ALTER TABLE author DROP COLUMN merged_into;
         DROP TABLE working_label;
         DROP TABLE preview;
         DROP TABLE signing_key;
         ALTER TABLE api_key DROP COLUMN prefix;
         ALTER TABLE api_key DROP COLUMN expires_at;
         ALTER TABLE api_key DROP COLUMN last_used_at;
         ALTER TABLE api_key DROP COLUMN revoked_at;
         ALTER TABLE api_key DROP COLUMN created_by;
         DROP TABLE day_count;
         DROP INDEX article_slug_former;
         ALTER TABLE article_slug DROP COLUMN former;
         DROP TABLE idempotency_key;
         DROP INDEX IF EXISTS publication_by_id;
         DROP INDEX publication_live_title_sort;
         ALTER TABLE publication DROP COLUMN title_sort;
         ALTER TABLE edition DROP COLUMN mark;
         ALTER TABLE edition_counter DROP COLUMN empty_mark;
         ALTER TABLE edition_counter DROP COLUMN mark;
         ALTER TABLE edition_counter DROP COLUMN taxonomy_mark;
         DELETE FROM seaql_migrations WHERE version NOT LIKE '%_publication_core';"
    )
}

both! {
    fn migrations_keep_all_content(env: &Env) {
        let mut server = env.server();
        let editor = server.editor.clone();
        for (kind, name) in [("tag", "News"), ("topic", "Care"), ("author", "Ann")] {
            editor.label(kind, json!({"name": name}));
        }
        let filed = json!({"title": "Éclair", "aliases": ["/old/cream-puff"], "tags": ["news"], "topics": ["care"], "authors": ["ann"]});
        let first = editor.published(filed);
        editor.update(&first, json!({"title": "Zwei Éclairs"}));
        editor.create(json!({"title": "Draft", "tags": ["news"]}));
        editor.published(json!({"title": "Äpfel"}));
        let gone = editor.published(json!({"title": "Gone"}));
        let withdraw = "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } } }";
        assert_eq!(editor.data_with(withdraw, &json!({"id": gone.id}))["articleWithdraw"]["userErrors"], json!([]));
        let before = editor.data(DESK);
        assert_eq!(before["desk"]["found"]["nodes"], json!([{"title": "Zwei Éclairs"}]));
        assert_eq!(before["byTitle"]["nodes"], json!([{"title": "Äpfel"}, {"title": "Éclair"}]));
        let former = json!([{"slug": "cream-puff", "kind": "ARTICLE"}, {"slug": "gone", "kind": "GONE"}]);
        assert_eq!(before["redirects"]["nodes"], former);
        server.terminate();
        server.ended();

        server.database().execute(&first_version(env.kind));
        let migrated = greymatters(&["migrate"]).on(server.database()).run().succeeded();
        assert_eq!(migrated, "The database is up to date: 12 migrations were applied.\n");
        let after = server.beside();
        assert_eq!(after.editor.data(DESK), before);
        // The migrated database can be written to.
        let next = after.editor.create(json!({"title": "Next", "body": "x"}));
        after.editor.publish(&next);
    }
}
