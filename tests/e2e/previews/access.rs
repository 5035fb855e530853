//! Valid and invalid preview tokens. A preview changes nothing.

use serde_json::{Value, json};

use super::{NO_STORE, ask, everything, get, link};
use crate::support::{Answer, Client, Server};

/// Asserts that a token is refused in the same way, however it is sent.
#[track_caller]
fn assert_refused(client: &Client, token: &str, message: &str) {
    let document = "{ articles { totalCount nodes { title } } }";
    for answer in [ask(client, token, document), get(client, token, document)] {
        let (status, code, text) = answer.error();
        assert_eq!((status, code.as_str()), (403, "FORBIDDEN"), "{token}: {text}");
        assert!(text.starts_with(message), "{token}: {text}");
        assert_eq!(answer.json()["data"], Value::Null);
    }
}

fn revoke(editor: &Client, id: &str) -> Answer {
    let document = "mutation ($id: ID!) {
        previewRevoke(id: $id) { preview { id revokedAt } token url userErrors { code path message } }
    }";
    editor.ask_with(document, &json!({"id": id}))
}

const UNKNOWN: &str = "the preview token is not known";

both! {
    fn an_invalid_token_shows_nothing(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        assert_refused(reader, "gmp_AAAA", UNKNOWN);
        let (_, token) = link(editor, json!({"articleId": draft.id}));
        let text = token.strip_prefix("gmp_").unwrap();
        assert_eq!(text.len(), 75);
        // One character of the id, the expiry or the signature is changed.
        for place in [0, 10, 20, 22, 30, 31, 33, 50, 73, 74] {
            let mut changed: Vec<char> = text.chars().collect();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            assert_refused(reader, &format!("gmp_{}", changed.into_iter().collect::<String>()), UNKNOWN);
        }
        for other in [
            String::new(), "gmp_".into(), text.into(), format!("GMP_{text}"), format!("{token}A"), format!("{token}%3D"),
            token[..token.len() - 1].into(), format!("gmp_{}", "A".repeat(75)), format!("gmp_{}", "A".repeat(4000)),
            editor.key().unwrap().into(),
        ] {
            assert_refused(reader, &other, UNKNOWN);
        }
        let non_utf8 = reader.raw(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\nx-preview: gmp_\xff\r\ncontent-type: application/json\r\n\
              accept: application/graphql-response+json\r\n\
              content-length: 26\r\nconnection: close\r\n\r\n{\"query\":\"{ __typename }\"}",
        );
        assert!(non_utf8.starts_with("HTTP/1.1 403"), "{non_utf8}");
        // A request with several tokens, or a malformed one, is refused. It never gets public content instead.
        for query in [format!("preview={token}&preview={token}"), "preview=%FF".into(), "preview=".into()] {
            let answer = reader.get(&format!("/graphql?query=%7B__typename%7D&{query}"), &[("accept", "application/graphql-response+json")]);
            assert_eq!(answer.status, 403, "{query}: {}", answer.text);
        }
        // Another publication signs tokens with another key.
        let elsewhere = env.server();
        let there = elsewhere.editor.create(json!({"title": "There", "body": "x"}));
        let (_, foreign) = link(&elsewhere.editor, json!({"articleId": there.id}));
        assert_refused(reader, &foreign, UNKNOWN);
        assert_refused(&elsewhere.reader, &token, UNKNOWN);
        // Another node of the same publication accepts it.
        let beside = server.beside();
        assert_eq!(ask(&beside.reader, &token, "{ articles { totalCount } }").data()["articles"]["totalCount"], 1);
    }

    fn a_link_expires(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let (id, token) = link(editor, json!({"articleId": draft.id}));
        let (other, lasting) = link(editor, json!({"asOf": "2998-01-01T00:00:00Z", "expiresInSeconds": 7_776_000}));
        let open = || editor.data("{ desk { previews { id articleId asOf } } }")["desk"]["previews"].take();
        assert_eq!(open(), json!([
            {"id": other, "articleId": null, "asOf": "2998-01-01T00:00:00Z"},
            {"id": id, "articleId": draft.id, "asOf": null},
        ]));
        shows!(revoke(editor, &id), @r#"
        {
          "data": {
            "previewRevoke": {"preview": {"id": "preview_…", "revokedAt": "…"}, "token": null, "url": null, "userErrors": []}
          }
        }
        "#);
        let again = revoke(editor, &id).data();
        assert_eq!(again["previewRevoke"]["userErrors"], json!([]), "a link can be revoked twice");
        assert_refused(reader, &token, "the preview was revoked");
        assert_eq!(open().as_array().unwrap().len(), 1);
        assert_eq!(ask(reader, &lasting, "{ edition { number } }").status, 200, "the other link still works");
        server.database().execute("UPDATE preview SET expires_at = 1000000");
        assert_refused(reader, &lasting, "the preview expired at 1970-01-01T00:00:01Z");
        assert_eq!(open(), json!([]));
        let unknown = revoke(editor, "preview_01ja0000000000000000000000").data();
        assert_eq!(unknown["previewRevoke"]["userErrors"][0]["code"], "NOT_FOUND");
    }

    fn deleted_and_archived_articles_are_not_shown(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let write = |name: &str, id: &str| {
            let document = format!("mutation ($id: ID!) {{ {name}(id: $id, expectedVersion: 1) {{ userErrors {{ code }} }} }}");
            assert_eq!(editor.data_with(&document, &json!({"id": id}))[name]["userErrors"], json!([]));
        };
        let draft = editor.create(json!({"title": "Secret", "body": "x"}));
        let (_, token) = link(editor, json!({"articleId": draft.id}));
        write("articleArchive", &draft.id);
        let document = "{ articles { nodes { title } } }";
        let shown_archived = ask(reader, &token, document);
        assert_eq!(shown_archived.error().1, "BAD_USER_INPUT", "{}", shown_archived.text);
        assert!(!shown_archived.text.contains("Secret"), "{}", shown_archived.text);
        let refused_link = editor.data_with(
            "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token userErrors { code path } } }",
            &json!({"id": draft.id}),
        );
        assert_eq!(
            refused_link["previewCreate"],
            json!({"token": null, "userErrors": [{"code": "INVALID_STATE", "path": ["input", "articleId"]}]})
        );
        write("articleUnarchive", &draft.id);
        assert_eq!(ask(reader, &token, document).data()["articles"]["nodes"][0]["title"], "Secret");
        write("articleDelete", &draft.id);
        assert_refused(reader, &token, "the article that the preview showed was deleted");
    }

    fn a_preview_that_cannot_be_shown_is_refused(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        let id = editor.create(json!({"title": "Draft"})).id;
        for (input, code, path) in [
            (json!({}), "REQUIRED", vec!["input"]),
            (json!({"articleId": id, "asOf": "2998-01-01T00:00:00Z"}), "INVALID", vec!["input"]),
            (json!({"asOf": "1998-01-01T00:00:00Z"}), "IN_PAST", vec!["input", "asOf"]),
            (json!({"articleId": "article_01ja0000000000000000000000"}), "NOT_FOUND", vec!["input", "articleId"]),
            (json!({"articleId": "tag_01ja0000000000000000000000"}), "INVALID", vec!["input", "articleId"]),
            (json!({"articleId": id, "expiresInSeconds": 0}), "INVALID", vec!["input", "expiresInSeconds"]),
            (json!({"articleId": id, "expiresInSeconds": 7_776_001}), "INVALID", vec!["input", "expiresInSeconds"]),
        ] {
            let made = editor.data_with(
                "mutation ($input: PreviewInput!) { previewCreate(input: $input) { token preview { id } userErrors { code path } } }",
                &json!({"input": input}),
            );
            assert_eq!(
                made["previewCreate"],
                json!({"token": null, "preview": null, "userErrors": [{"code": code, "path": path}]}), "{input}"
            );
        }
        let writer = server.client_with(&["content:write", "content:publish"]);
        let refused = writer.ask_with(
            "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token } }", &json!({"id": id})
        );
        assert_eq!(refused.error().1, "FORBIDDEN");
    }

    fn a_preview_writes_nothing(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        editor.label("tag", json!({"name": "News"}));
        let draft = editor.create(json!({"title": "Draft", "body": "x", "tags": ["news"]}));
        let (_, token) = link(editor, json!({"articleId": draft.id}));
        let (_, later) = link(editor, json!({"asOf": "2998-01-01T00:00:00Z"}));
        let dump = || editor.ask("{ edition { number at } desk {
            articles { totalCount nodes { id version state publishedVersion updatedAt firstPublishedAt } }
            audit(first: 100) { nodes { sequence action } } previews { id } } redirects { nodes { slug } } }").text;
        let before = dump();
        let mutation = r#"mutation { articleCreate(input: { title: "No" }) { article { id } } }"#;
        for client in [editor, reader] {
            let answer = ask(client, &token, mutation);
            assert_eq!(answer.status, 400, "{}", answer.text);
        }
        for token in [&token, &later] {
            for _ in 0..5 {
                assert_eq!(ask(reader, token, &everything("draft")).header("cache-control"), Some(NO_STORE));
            }
            // These documents fail in one field, read nothing, or are invalid.
            ask(reader, token, r#"{ articles(first: 1000) { nodes { slug } } edition { number } }"#);
            ask(reader, token, "{ __typename }");
            ask(reader, token, "{ nothing }");
            assert_eq!(ask(editor, token, "{ desk { previews { id } } }").header("cache-control"), Some(NO_STORE));
        }
        assert_eq!(dump(), before);
        assert_eq!(reader.data(r#"{ article(by: { slug: "draft" }) { slug } }"#)["article"], Value::Null);
        assert_eq!(editor.publish(&draft), 2, "the previews used up no edition, and block no writer");
    }

    fn a_browser_is_redirected_to_graphiql(env: &Env) {
        let server = env.server();
        let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        let page = server.reader.get("/graphql?preview=gmp_abc", &html);
        assert_eq!((page.status, page.header("location")), (307, Some("/graphiql?preview=gmp_abc")));
        let bare = server.reader.get("/graphql", &html);
        assert_eq!((bare.status, bare.header("location")), (307, Some("/graphiql")));
        let asks = server.reader.get("/graphql?query=%7B__typename%7D", &html);
        assert_eq!(asks.status, 200);
        let explorer = server.reader.get("/graphiql?preview=gmp_abc", &html);
        assert_eq!(explorer.status, 200);
    }

    fn the_preview_page_is_configurable(env: &Env) {
        let site = "https://www.example/{slug}?draft={token}";
        let server = env.server_with(&[("GREYMATTERS_PREVIEW_URL", site)]);
        let draft = server.editor.create(json!({"title": "Draft", "slug": "a-draft"}));
        let made = server.editor.data_with(
            "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token url } }", &json!({"id": draft.id})
        )["previewCreate"].take();
        let token = made["token"].as_str().unwrap();
        assert_eq!(made["url"], format!("https://www.example/a-draft?draft={token}"));
    }
}
