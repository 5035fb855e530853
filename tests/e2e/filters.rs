//! Filters: dates without a time, ids, and what is said about slugs that find nothing.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server};

const LIST: &str = "query ($where: ArticleWhere) { articles(where: $where) { nodes { slug } } }";

/// The slugs that a filter finds.
#[track_caller]
fn found(reader: &Client, filter: &Value) -> Vec<String> {
    let data = reader.data_with(LIST, &json!({"where": filter}));
    let nodes = data["articles"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
}

/// The slugs in an answer over REST.
#[track_caller]
fn over_rest(reader: &Client, query: &str) -> Vec<String> {
    let answer = reader.get(&format!("/v1/articles?{query}"), &[]);
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let list = answer.json();
    list["articles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["slug"].as_str().unwrap().to_owned())
        .collect()
}

/// Asserts that a request is refused because of an argument, and returns the message.
#[track_caller]
fn refusal(answer: &Answer, argument: &str) -> String {
    let body = answer.json();
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{body:#}");
    assert_eq!(error["extensions"]["argument"], argument, "{body:#}");
    error["message"].as_str().unwrap().to_owned()
}

fn publish_at(server: &Server, dates: &[(&str, &str)]) {
    for (slug, at) in dates {
        server.editor.published(json!({"title": slug, "slug": slug, "publishedAt": at}));
    }
}

both! {
    fn a_date_is_a_day_of_the_publication(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_TIME_ZONE", "America/Chicago")]);
        let reader = &server.reader;
        // In Chicago, 2024 begins and ends at 6:00 in UTC. On 10 March, the clocks are put forward.
        publish_at(&server, &[
            ("before", "2024-01-01T05:59:59.999999Z"), ("first", "2024-01-01T06:00:00Z"),
            ("spring", "2024-03-11T04:59:59.999999Z"), ("after-spring", "2024-03-11T05:00:00Z"),
            ("last", "2025-01-01T05:59:59.999999Z"), ("next", "2025-01-01T06:00:00Z"),
        ]);
        for (range, expected) in [
            (json!({"gte": "2024-01-01", "lte": "2024-12-31"}), &["last", "after-spring", "spring", "first"][..]),
            (json!({"gte": "2024-01-01", "lt": "2025-01-01"}), &["last", "after-spring", "spring", "first"]),
            (json!({"gt": "2023-12-31", "lt": "2024-03-10"}), &["first"]),
            (json!({"gte": "2024-03-10", "lte": "2024-03-10"}), &["spring"]),
            (json!({"gt": "2024-12-31"}), &["next"]),
            (json!({"lt": "2024-01-01"}), &["before"]),
            (json!({"lte": "2023-12-31"}), &["before"]),
            // Beside instants.
            (json!({"gte": "2024-12-31T00:00:00Z", "lte": "2024-12-31"}), &["last"]),
            (json!({"gte": "2024-03-10", "gt": "2024-03-11T05:00:00Z", "lt": "2025-01-01"}), &["last"]),
            (json!({"gt": "2024-06-01", "lt": "2024-06-01"}), &[]),
        ] {
            assert_eq!(found(reader, &json!({"publishedAt": range})), expected, "{range}");
            let query: Vec<_> = range.as_object().unwrap().iter()
                .map(|(bound, at)| format!("publishedAt.{bound}={}", at.as_str().unwrap())).collect();
            assert_eq!(over_rest(reader, &query.join("&")), expected, "{query:?}");
            let count = reader.data_with("query ($where: ArticleWhere) { articles(where: $where) { totalCount } }", &json!({"where": {"publishedAt": range}}));
            assert_eq!(count["articles"]["totalCount"], expected.len(), "{range}");
        }
        // Without the flag, a day is a day in UTC.
        let plain = env.server();
        publish_at(&plain, &[("before", "2023-12-31T23:59:59Z"), ("first", "2024-01-01T00:00:00Z")]);
        assert_eq!(found(&plain.reader, &json!({"publishedAt": {"gte": "2024-01-01"}})), ["first"]);
        assert_eq!(found(&plain.reader, &json!({"updatedAt": {"lt": "2024-01-01"}})), Vec::<String>::new());
    }

    fn editors_filter_by_dates_too(env: &Env) {
        let server = env.server();
        server.editor.create(json!({"title": "Now"}));
        let total = |filter: &str| {
            let data = server.editor.data(&format!("{{ desk {{ articles(where: {{ {filter} }}) {{ totalCount }} }} }}"));
            data["desk"]["articles"]["totalCount"].as_i64().unwrap()
        };
        assert_eq!((total(r#"changedSince: "2020-01-01""#), total(r#"changedSince: "2999-01-01""#)), (1, 0));
        let entries = |filter: &str| {
            let data = server.editor.data(&format!("{{ desk {{ audit(where: {{ {filter} }}) {{ nodes {{ action }} }} }} }}"));
            data["desk"]["audit"]["nodes"].as_array().unwrap().len()
        };
        assert!(entries(r#"since: "2020-01-01", until: "2999-01-01""#) > 0);
        assert_eq!(entries(r#"until: "2020-01-01""#), 0);
    }

    fn an_invalid_date_is_refused_with_its_name(env: &Env) {
        let reader = &env.sample().reader;
        for date in ["2024-02-30", "2024-1-1", "20240101", "2024-01-01T00:00:00", "yesterday", ""] {
            let answer = reader.ask_with(LIST, &json!({"where": {"publishedAt": {"gte": date}}}));
            let message = refusal(&answer, "where.publishedAt.gte");
            assert!(message.contains("2024-02-23T09:00:00Z") && message.contains("like 2024-02-23"), "{message}");
        }
        // What is not a range needs an instant.
        let document = r#"mutation { articleCreate(input: {title: "A", publishedAt: "2024-01-01"}) { userErrors { code path message } } }"#;
        let refused = &env.server().editor.data(document)["articleCreate"]["userErrors"][0];
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID"), &json!(["input", "publishedAt"])), "{refused}");
        assert!(refused["message"].as_str().unwrap().contains("has no time"), "{refused}");
    }

    fn a_time_zone_must_exist(env: &Env) {
        use crate::support::{CommandExt, greymatters};
        let database = env.migrated_database();
        let error = greymatters(&["serve", "--time-zone", "Mars/Olympus"]).on(&database).run().failed();
        assert!(error.contains("--time-zone") && error.contains("Europe/Berlin"), "{error}");
    }

    fn articles_by_id(env: &Env) {
        let server = env.server();
        let reader = &server.reader;
        let made: Vec<_> = ["a", "b", "c", "d"].iter()
            .map(|slug| server.editor.published(json!({"title": slug, "slug": slug, "tags": []}))).collect();
        let draft = server.editor.create(json!({"title": "Draft"}));
        let unknown = "article_00000000000000000000000000";
        let ids = |places: &[usize]| places.iter().map(|place| made[*place].id.clone()).collect::<Vec<_>>();
        assert_eq!(found(reader, &json!({"ids": ids(&[2, 0])})), ["c", "a"], "in the order of the list");
        assert_eq!(found(reader, &json!({"ids": [unknown, draft.id, made[1].id, made[1].id]})), ["b"]);
        assert_eq!(found(reader, &json!({"ids": [unknown]})), Vec::<String>::new());
        assert_eq!(found(reader, &json!({"not": {"ids": ids(&[0, 1, 2])}})), ["d"]);
        assert_eq!(found(reader, &json!({"ids": ids(&[0, 1]), "or": [{"ids": ids(&[1, 2])}, {"ids": ids(&[3])}]})), ["b"]);
        assert_eq!(over_rest(reader, &format!("id={},{}&id={}", made[0].id, made[3].id, made[1].id)), ["d", "b", "a"]);
        let counted = reader.data_with("query ($where: ArticleWhere) { articles(where: $where) { totalCount } }", &json!({"where": {"ids": ids(&[0, 1, 2])}}));
        assert_eq!(counted["articles"]["totalCount"], 3);
        // The id at the desk names the same article.
        let desk = server.editor.data_with("query ($id: ID!) { desk { article(id: $id) { id } } }", &json!({"id": made[0].id}));
        assert_eq!(found(reader, &json!({"ids": [desk["desk"]["article"]["id"]]})), ["a"]);
    }

    fn invalid_ids_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        for (ids, says) in [
            (json!([]), "empty list"), (json!(["x"]), "`where.ids`"), (json!(["tag_01h455vb4pex5vsknk084sn02q"]), "`where.ids`"),
        ] {
            let message = refusal(&reader.ask_with(LIST, &json!({"where": {"ids": ids}})), "where.ids");
            assert!(message.contains(says), "{ids}: {message}");
        }
        let many = vec!["article_00000000000000000000000000"; 201];
        let refused = reader.ask_with(LIST, &json!({"where": {"ids": many}})).json();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
        let rest = reader.get("/v1/articles?id=x", &[]);
        assert_eq!((rest.status, rest.json()["parameter"].as_str()), (400, Some("id")), "{rest:?}");
    }

    fn text_that_cannot_be_a_slug_is_refused_with_the_slug_that_was_meant(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        editor.label("tag", json!({"name": "A/B testing", "slug": "experiments"}));
        editor.label("topic", json!({"name": "Digital Front Door"}));
        editor.label("author", json!({"name": "Renée Kowalczyk"}));
        for (filter, argument, text, meant) in [
            (json!({"tags": {"any": ["SEO"]}}), "where.tags.any", "SEO", "seo"),
            (json!({"tags": {"all": ["a/b Testing"]}}), "where.tags.all", "a/b Testing", "experiments"),
            (json!({"tags": {"none": ["experiments", "Flu shots!"]}}), "where.tags.none", "Flu shots!", "flu-shots"),
            (json!({"topics": {"in": ["Digital Front Door"]}}), "where.topics.in", "Digital Front Door", "digital-front-door"),
            (json!({"authors": {"any": ["Renée Kowalczyk"]}}), "where.authors.any", "Renée Kowalczyk", "renee-kowalczyk"),
            (json!({"or": [{"not": {"tags": {"any": ["SEO"]}}}]}), "where.or.not.tags.any", "SEO", "seo"),
        ] {
            let message = refusal(&reader.ask_with(LIST, &json!({"where": filter})), argument);
            for part in [argument, text, meant] {
                assert!(message.contains(&format!("`{part}`")), "{part}: {message}");
            }
        }
        let rest = reader.get("/v1/articles?tag=experiments,SEO", &[]);
        let problem = rest.json();
        assert_eq!((rest.status, &problem["code"], &problem["parameter"]), (400, &json!("BAD_USER_INPUT"), &json!("tag")));
        assert_eq!(problem["detail"], "`tag` has `SEO`, which is not a slug: did you mean `seo`?");
        let tags = refusal(&reader.ask(r#"{ tags(where: {slugs: ["SEO"]}) { totalCount } }"#), "where.slugs");
        assert!(tags.contains("`seo`"), "{tags}");
        let desk = refusal(&editor.ask(r#"{ desk { articles(where: {tags: {any: ["SEO"]}}) { totalCount } } }"#), "where.tags.any");
        assert!(desk.contains("`seo`"), "{desk}");
    }

    fn a_slug_that_never_existed_adds_a_warning(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        let tag = editor.label("tag", json!({"name": "Flu"}));
        editor.published(json!({"title": "A", "tags": ["flu"]}));
        let document = r#"query Q($with: Boolean! = true) {
            one: articles(where: {tags: {any: ["flu", "nothing"], none: ["nobody"]}}) { nodes { slug } }
            two: articles(where: {or: [{topics: {in: ["nowhere"]}}, {tags: {any: ["flu"]}}]}) @include(if: $with) { totalCount }
            tags(where: {slugs: ["nothing"]}) { totalCount }
        }"#;
        let warning = |path: &str, argument: &str, slug: &str| json!({
            "message": format!("`{argument}`: nothing ever had the slug `{slug}`, so it finds nothing"),
            "path": [path], "code": "SLUG_UNKNOWN", "argument": argument,
        });
        // The first answer is made, the second one comes from the cache, and the third one from another node.
        let other = server.beside_with("info", &[("GREYMATTERS_CACHE_MIB", "0")]);
        let answers = [reader, reader, &other.reader].map(|reader| reader.ask(document));
        let first = answers[0].json();
        assert_eq!(first["extensions"]["warnings"], json!([
            warning("one", "where.tags.any", "nothing"),
            warning("one", "where.tags.none", "nobody"),
            warning("tags", "where.slugs", "nothing"),
            warning("two", "where.or.topics.in", "nowhere"),
        ]));
        assert_eq!(first["data"]["one"]["nodes"], json!([{"slug": "a"}]));
        for answer in &answers {
            assert_eq!((answer.status, &answer.text), (200, &answers[0].text));
        }
        // A former slug has existed, and so has that of a merged tag.
        let rename = r#"mutation ($id: ID!) { tagRename(id: $id, expectedVersion: 1, name: "Influenza", slug: "influenza") { userErrors { message } } }"#;
        assert_eq!(editor.data_with(rename, &json!({"id": tag}))["tagRename"]["userErrors"], json!([]));
        let plain = reader.ask(r#"{ articles(where: {tags: {any: ["flu", "influenza"]}}) { nodes { slug } } }"#).json();
        assert_eq!(plain, json!({"data": {"articles": {"nodes": [{"slug": "a"}]}}}));
        // So has that of a deleted label, which finds nothing.
        let unused = editor.label("topic", json!({"name": "Unused"}));
        let delete = "mutation ($id: ID!) { topicDelete(id: $id, expectedVersion: 1) { userErrors { message } } }";
        assert_eq!(editor.data_with(delete, &json!({"id": unused}))["topicDelete"]["userErrors"], json!([]));
        let deleted = reader.ask(r#"{ articles(where: {topics: {in: ["unused"]}}) { totalCount } }"#).json();
        assert_eq!(deleted, json!({"data": {"articles": {"totalCount": 0}}}));
        // The warning ends when the slug exists.
        editor.label("tag", json!({"name": "Nothing"}));
        editor.label("tag", json!({"name": "Nobody"}));
        editor.label("topic", json!({"name": "Nowhere"}));
        assert_eq!(reader.ask(document).json().get("extensions"), None);
        // Editors are warned, too.
        let desk = editor.ask(r#"{ desk { articles(where: {authors: {any: ["no-one"]}}) { totalCount } } }"#).json();
        assert_eq!(desk["extensions"]["warnings"][0]["path"], json!(["desk", "articles"]), "{desk}");
    }

    fn warnings_over_rest(env: &Env) {
        let reader = &env.sample().reader;
        let path = "/v1/articles?tag=seo,no-such-tag&topic=no-such-topic&first=1";
        let answers = [reader.get(path, &[]), reader.get(path, &[])];
        assert_eq!(answers[0].json()["warnings"], json!([
            {"code": "SLUG_UNKNOWN", "parameter": "tag", "detail": "`tag`: nothing ever had the slug `no-such-tag`, so it finds nothing"},
            {"code": "SLUG_UNKNOWN", "parameter": "topic", "detail": "`topic`: nothing ever had the slug `no-such-topic`, so it finds nothing"},
        ]));
        assert_eq!((answers[0].status, &answers[0].text), (200, &answers[1].text));
        assert!(answers[0].header("etag").is_some());
        let description = reader.get("/openapi.json", &[]).json();
        crate::rest::assert_described(&description, "/v1/articles", &answers[0]);
        let tags = reader.get("/v1/tags?slug=no-such-tag", &[]);
        assert_eq!(tags.json()["warnings"][0]["parameter"], "slug");
        crate::rest::assert_described(&description, "/v1/tags", &tags);
        assert_eq!(reader.get("/v1/articles?tag=seo", &[]).json().get("warnings"), None);
    }
}
