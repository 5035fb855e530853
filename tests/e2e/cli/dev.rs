//! `greymatters dev`.

use std::fs;

use crate::support::{CommandExt, Folder, Server, greymatters};

#[test]
fn the_second_start_of_dev_keeps_content_and_key() {
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
fn the_key_file_of_dev_is_readable_only_by_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("home");
    let server = Server::dev(&format!("sqlite:{}", folder.path.join("dev.db").display()), &folder.path);
    let key_file = folder.path.join("dev.db.key");
    assert_eq!(fs::read_to_string(&key_file).unwrap().trim(), server.banner_key());
    assert_eq!(fs::metadata(&key_file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_of_dev_with_too_few_scopes_is_replaced() {
    let folder = Folder::new("home");
    let url = format!("sqlite:{}", folder.path.join("dev.db").display());
    let old =
        greymatters(&["key", "create", "--scope", "content:write", "--database-url", &url]).run().succeeded();
    fs::write(folder.path.join("dev.db.key"), &old).unwrap();
    let server = Server::dev(&url, &folder.path);
    assert_ne!(server.banner_key(), old.trim());
    server
        .reader
        .with_key(&server.banner_key())
        .data("{ keys { totalCount } desk { articles { totalCount } } }");
}
