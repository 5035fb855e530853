//! The latest edition.

use serde_json::json;

use super::get;

both! {
    fn the_edition(env: &Env) {
        let server = env.server();
        shows!(get(&server.reader, "/v1/edition"), @r#"
        {"edition": {"number": 0, "mark": "…", "at": "…"}}
        "#);
        server.editor.published(json!({"title": "A"}));
        shows!(get(&server.reader, "/v1/edition"), @r#"
        {"edition": {"number": 1, "mark": "…", "at": "…"}}
        "#);
    }
}
