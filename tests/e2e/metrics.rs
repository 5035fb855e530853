//! The metrics of the server, for Prometheus.

use std::collections::HashMap;

use serde_json::json;

use crate::support::{CommandExt, Env, Kind, Server, greymatters};

/// The values, by name and labels.
fn values(text: &str) -> HashMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

fn scraped(server: &Server) -> HashMap<String, f64> {
    let answer = server.editor.get("/metrics", &[]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0")
    );
    values(&answer.text)
}

both! {
    fn answers_are_counted_by_route_operation_status_and_cache(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "One"}));
        let path = "/graphql?query=query%20Latest%7Barticles%7Bnodes%7Btitle%7D%7D%7D";
        let etag = server.reader.get(path, &[]).header("etag").unwrap().to_owned();
        for _ in 0..3 {
            server.reader.get(path, &[]);
        }
        server.reader.get(path, &[("if-none-match", &etag)]);
        server.reader.get("/v1/tags/none", &[]);
        server.reader.ask("{ nothing }");
        server.reader.ask("{ nothing }");
        let values = scraped(&server);
        let requests = |labels: &str| values.get(&format!("greymatters_http_requests_total{{{labels}}}")).copied();
        for (labels, expected) in [
            (r#"route="/graphql",operation="Latest",status="200",cache="miss""#, 1.0),
            (r#"route="/graphql",operation="Latest",status="200",cache="hit""#, 3.0),
            (r#"route="/graphql",operation="Latest",status="304",cache="not_modified""#, 1.0),
            (r#"route="/graphql",operation="",status="400",cache="bypass""#, 2.0),
            (r#"route="/v1/tags/{slug}",operation="",status="404",cache="bypass""#, 1.0),
        ] {
            assert_eq!(requests(labels), Some(expected), "{labels}: {values:#?}");
        }
        let value = |name: &str| *values.get(name).unwrap_or_else(|| panic!("{name}: {values:#?}"));
        assert_eq!(value(r#"greymatters_http_refusals_total{code="GRAPHQL_VALIDATION_FAILED"}"#), 2.0);
        assert_eq!(value(r#"greymatters_http_refusals_total{code="NOT_FOUND"}"#), 1.0);
        assert_eq!(value(r#"greymatters_http_request_duration_seconds_count{route="/graphql",cache="hit"}"#), 3.0);
        let parts = ["_seconds_bucket{", r#"le="+Inf""#, r#"route="/graphql""#, r#"cache="hit""#];
        let bucket = values.iter().find(|(name, _)| parts.iter().all(|part| name.contains(part)));
        assert_eq!(*bucket.unwrap().1, 3.0);
        assert_eq!(value("greymatters_edition"), 1.0);
        assert!(value("greymatters_database_unconfirmed_seconds") < 60.0);
        let pool = if env.kind == Kind::Sqlite { "read" } else { "any" };
        assert!(value(&format!("greymatters_database_connections_max{{pool=\"{pool}\"}}")) >= 4.0);
        assert!(value(&format!("greymatters_database_connections_in_use{{pool=\"{pool}\"}}")) <= 24.0);
        assert!(value(&format!("greymatters_database_connections_waited_for{{pool=\"{pool}\"}}")) >= 0.0);
        assert_eq!(value("greymatters_deadline_overdue_seconds"), 0.0);
        assert!(value(r#"greymatters_cache_bytes{cache="answers"}"#) >= 0.0);
        assert!(value("greymatters_connections") >= 1.0);
        assert!(value("greymatters_connections_accepted_total") >= 9.0);
        let version = format!("greymatters_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        assert_eq!(value(&version), 1.0);
    }

    fn metrics_need_any_key(env: &Env) {
        let server = env.server();
        assert_eq!(server.client_with(&["content:write"]).get("/metrics", &[]).status, 200);
        let refused = server.reader.get("/metrics", &[]);
        assert_eq!((refused.status, refused.json()["code"].as_str()), (401, Some("UNAUTHENTICATED")));
        assert!(refused.header("www-authenticate").is_some());
        assert_eq!(server.reader.with_key("gmk_wrong").get("/metrics", &[]).status, 401);
    }

    fn the_number_of_operation_names_is_limited(env: &Env) {
        let server = env.server();
        for n in 0..130 {
            server.reader.data(&format!("query Name{n} {{ __typename }}"));
        }
        server.reader.data(&format!("query {} {{ __typename }}", "N".repeat(150)));
        let values = scraped(&server);
        let names = values.keys().filter(|name| name.contains("operation=\"Name")).count();
        assert_eq!(names, 100);
        let other = r#"greymatters_http_requests_total{route="/graphql",operation="other",status="200",cache="miss"}"#;
        assert_eq!(values.get(other), Some(&31.0), "{values:#?}");
    }
}

#[test]
fn the_metrics_address_needs_no_key() {
    let database = Env { kind: Kind::Sqlite }.database();
    greymatters(&["key", "create", "--scope", "admin"]).on(&database).run().succeeded();
    let server = Server::with_flags(database, &["--metrics-listen", "localhost:0"]);
    let line = server.wait_for_log(|line| line["message"] == "serving metrics");
    let address = line["address"].as_str().unwrap().parse().unwrap();
    let metrics = server.reader.at(address).get("/metrics", &[]);
    assert_eq!(metrics.status, 200);
    assert_eq!(metrics.header("x-content-type-options"), Some("nosniff"));
    assert!(values(&metrics.text).contains_key("greymatters_edition"));
    // Connections to this address have the same limits as others.
    let answer = server.reader.at(address).raw(b"GET /metrics HTTP/1.1\r\nhost x\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.contains("x-content-type-options: nosniff"),
        "{answer}"
    );
    // This address answers nothing else.
    assert_eq!(server.reader.at(address).get("/graphql?query={__typename}", &[]).status, 404);
}

#[test]
fn every_metric_is_in_the_readme() {
    let server = Env { kind: Kind::Sqlite }.server();
    server.reader.ask("{ nothing }");
    server.reader.data("{ __typename }");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let text = server.editor.get("/metrics", &[]).text;
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, _) = line.split_once(' ').unwrap();
        assert!(readme.contains(&format!("`{name}")), "{name} is not in the README");
    }
}
