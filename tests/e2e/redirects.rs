//! Redirects from former slugs: `redirect`, `redirects` and `article`.

use serde_json::{Value, json};

use crate::support::{Client, Saved, Server, within};

/// Withdraws an article. Returns the error if the withdrawal was refused.
#[track_caller]
fn withdraw(editor: &Client, article: &Saved, to: Option<&str>) -> Vec<(String, String)> {
    let document = "mutation ($id: ID!, $version: Int!, $reason: WithdrawReason!, $to: String) {
        articleWithdraw(id: $id, expectedVersion: $version, reason: $reason, redirectTo: $to) {
            userErrors { code path }
        }
    }";
    let reason = if to.is_some() { "REDIRECT" } else { "GONE" };
    let variables = json!({"id": article.id, "version": article.version, "reason": reason, "to": to});
    let data = editor.data_with(document, &variables);
    let errors = data["articleWithdraw"]["userErrors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(&error["code"]), text(&error["path"][0]))).collect()
}

#[track_caller]
fn assert_withdrawn(editor: &Client, article: &Saved, to: Option<&str>) {
    assert_eq!(withdraw(editor, article, to), [], "{to:?}");
}

/// The target of a slug: `>slug` of an article, an address, `gone`, or `-` for no redirect. Asserts that
/// `article` and the list of all redirects agree.
#[track_caller]
fn target(reader: &Client, slug: &str) -> String {
    let document = "query ($slug: String!) {
        redirect(slug: $slug) { slug kind httpStatus url withdrawnAt article { slug } }
        article(by: { slug: $slug }) { slug }
        redirects(first: 100) { nodes { slug kind httpStatus url withdrawnAt article { slug } } }
    }";
    let data = reader.data_with(document, &json!({"slug": slug}));
    let (redirect, article) = (&data["redirect"], &data["article"]);
    let listed = data["redirects"]["nodes"].as_array().unwrap().iter().find(|node| node["slug"] == slug);
    assert_eq!(listed.unwrap_or(&Value::Null), redirect, "the list has the same redirect");
    if redirect.is_null() {
        let own = article["slug"].as_str();
        assert!(own.is_none_or(|own| own == slug), "{data:#}");
        return "-".to_owned();
    }
    assert_eq!(redirect["slug"], slug);
    let status = if redirect["kind"] == "GONE" { 410 } else { 308 };
    assert_eq!(redirect["httpStatus"], status, "{data:#}");
    assert_eq!(redirect["article"], *article, "readers are sent to the same article: {data:#}");
    match redirect["kind"].as_str().unwrap() {
        "ARTICLE" => format!(">{}", article["slug"].as_str().unwrap()),
        "URL" => redirect["url"].as_str().unwrap().to_owned(),
        _ => {
            assert_eq!((&redirect["article"], &redirect["url"]), (&Value::Null, &Value::Null));
            "gone".to_owned()
        }
    }
}

fn articles(server: &Server, slugs: &[&str]) -> Vec<Saved> {
    slugs.iter().map(|slug| server.editor.published(json!({"title": slug, "slug": slug}))).collect()
}

both! {
    fn a_former_slug_leads_to_the_current_one(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let article = editor.published(json!({"title": "A", "slug": "a1", "aliases": ["/old/a0.html"]}));
        assert_eq!(target(reader, "a1"), "-", "the current slug of an article is not a redirect");
        assert_eq!(target(reader, "a0"), ">a1", "an alias redirects to the article");
        let article = editor.update(&article, json!({"slug": "a2"}));
        assert_eq!((target(reader, "a1"), target(reader, "a2")), ("-".into(), "-".into()), "the new slug is not public yet");
        editor.publish(&article);
        assert_eq!(target(reader, "a1"), ">a2");
        let answer = reader.ask(r#"{ redirect(slug: "a1") { slug kind httpStatus url withdrawnAt article { title } } }"#);
        shows!(answer, @r#"
        {
          "data": {
            "redirect": {
              "slug": "a1",
              "kind": "ARTICLE",
              "httpStatus": 308,
              "url": null,
              "withdrawnAt": null,
              "article": {"title": "A"}
            }
          }
        }
        "#);
        // A slug that was never public has no redirect, and becomes free for other articles.
        let article = editor.update(&article, json!({"slug": "never"}));
        let article = editor.update(&article, json!({"slug": "a3"}));
        editor.publish(&article);
        assert_eq!(target(reader, "never"), "-");
        editor.published(json!({"title": "Another", "slug": "never"}));
        // The article takes its first slug again. The current slug is not a redirect.
        let article = editor.update(&article, json!({"slug": "a1"}));
        editor.publish(&article);
        assert_eq!(["a0", "a1", "a2", "a3"].map(|slug| target(reader, slug)), [">a1", "-", ">a1", ">a1"]);
        assert_eq!(target(reader, "nobody"), "-");
        assert_eq!(target(reader, "Not a slug!"), "-");
    }

    fn a_withdrawn_article_leads_to_its_redirect(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let [a, b, c] = articles(&server, &["a", "b", "c"]).try_into().unwrap();
        let b = editor.update(&b, json!({"slug": "b-new"}));
        editor.publish(&b);
        // A former slug can name the target.
        assert_withdrawn(editor, &a, Some("b"));
        assert_eq!(target(reader, "a"), ">b-new");
        assert_withdrawn(editor, &c, Some("https://www.example/c?x=1#y"));
        assert_eq!(target(reader, "c"), "https://www.example/c?x=1#y");
        let data = reader.data(r#"{ redirect(slug: "c") { withdrawnAt } }"#);
        let at = data["redirect"]["withdrawnAt"].as_str().unwrap();
        let document = format!(r#"{{ desk {{ article(id: "{}") {{ withdrawal {{ reason at articleId url }} }} }} }}"#, c.id);
        let withdrawal = &editor.data(&document)["desk"]["article"]["withdrawal"];
        assert_eq!(
            *withdrawal,
            json!({"reason": "REDIRECT", "at": at, "articleId": null, "url": "https://www.example/c?x=1#y"})
        );
        // The redirect still leads to its target after the slug of the target has changed.
        let b = editor.update(&b, json!({"slug": "b-newest"}));
        editor.publish(&b);
        assert_eq!(["a", "b", "b-new"].map(|slug| target(reader, slug)), [">b-newest"; 3]);
        // An archived article keeps its redirect.
        let document = "mutation ($id: ID!) { articleArchive(id: $id, expectedVersion: 1) { userErrors { code } } }";
        assert_eq!(editor.data_with(document, &json!({"id": a.id}))["articleArchive"]["userErrors"], json!([]));
        assert_eq!(target(reader, "a"), ">b-newest");
    }

    fn a_chain_leads_to_its_end_at_once(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let [a, b, c, d] = articles(&server, &["a", "b", "c", "d"]).try_into().unwrap();
        assert_withdrawn(editor, &a, Some("b"));
        assert_withdrawn(editor, &b, Some("c"));
        assert_eq!(["a", "b"].map(|slug| target(reader, slug)), [">c"; 2]);
        assert_withdrawn(editor, &c, Some("https://www.example/c"));
        assert_eq!(["a", "b", "c"].map(|slug| target(reader, slug)), ["https://www.example/c"; 3]);
        // A republished article has its slug again, and redirects to it still work.
        editor.publish(&c);
        assert_eq!(["a", "b", "c"].map(|slug| target(reader, slug)), ["https://www.example/c", "https://www.example/c", "-"]);
        // While the end of a chain is withdrawn, the whole chain is gone.
        editor.publish(&a);
        editor.publish(&b);
        assert_withdrawn(editor, &a, Some("d"));
        assert_withdrawn(editor, &b, Some("d"));
        assert_withdrawn(editor, &d, None);
        assert_eq!(["a", "b", "d"].map(|slug| target(reader, slug)), ["gone"; 3]);
        editor.publish(&d);
        assert_eq!(["a", "b", "d"].map(|slug| target(reader, slug)), [">d", ">d", "-"]);
        let d = editor.update(&d, json!({"slug": "d2"}));
        editor.publish(&d);
        assert_withdrawn(editor, &d, Some("c"));
        assert_eq!(["a", "b", "d", "d2"].map(|slug| target(reader, slug)), [">c"; 4]);
    }

    fn a_redirect_never_leads_in_a_circle(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let [a, b] = articles(&server, &["a", "b"]).try_into().unwrap();
        let refused = |code: &str| vec![(code.to_owned(), "redirectTo".to_owned())];
        assert_eq!(withdraw(editor, &a, Some("a")), refused("REDIRECT_LOOP"));
        let a = editor.update(&a, json!({"slug": "a2"}));
        editor.publish(&a);
        assert_eq!(withdraw(editor, &a, Some("a")), refused("REDIRECT_LOOP"), "the former slug of the article would be a loop, too");
        assert_withdrawn(editor, &b, Some("a"));
        assert_eq!(withdraw(editor, &a, Some("b")), refused("REDIRECT_LOOP"), "a redirect to an article that redirects here would be a loop, too");
        for target in ["nobody", "", "/a", "a2/", "ftp://www.example/", "//www.example/", "javascript:alert(1)"] {
            assert_eq!(withdraw(editor, &a, Some(target)), refused("NOT_FOUND"), "{target}");
        }
        for target in ["https://", "https:///page", "http://?x", "https://www.example/a b", "https://www.example/\u{7}"] {
            assert_eq!(withdraw(editor, &a, Some(target)), refused("INVALID"), "{target}");
        }
        assert_eq!((target(reader, "a2"), target(reader, "b")), ("-".into(), ">a2".into()), "the article is still public");
        // Two articles can exchange their slugs.
        editor.publish(&b);
        assert_withdrawn(editor, &a, Some("b"));
        assert_eq!(["a", "a2", "b"].map(|slug| target(reader, slug)), [">b", ">b", "-"]);
    }

    fn an_ended_article_is_gone_until_it_is_published_again(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let [a, b] = articles(&server, &["a", "b"]).try_into().unwrap();
        assert_withdrawn(editor, &a, Some("b"));
        let document = r#"mutation ($id: ID!) {
            articlePublish(id: $id, expectedVersion: 1, expiresAt: "2999-01-01T00:00:00Z") { userErrors { code } }
        }"#;
        editor.data_with(document, &json!({"id": b.id}));
        server.database().execute("UPDATE article SET expires_at = 1000000 WHERE expires_at IS NOT NULL");
        within("the article ends", || (target(reader, "b") == "gone").then_some(()));
        assert_eq!(target(reader, "a"), "gone", "redirects to an ended article are gone");
        editor.publish(&b);
        assert_eq!(["a", "b"].map(|slug| target(reader, slug)), [">b", "-"]);
        assert_withdrawn(editor, &b, None);
        assert_eq!(["a", "b"].map(|slug| target(reader, slug)), ["gone"; 2]);
        editor.publish(&a);
        assert_eq!(["a", "b"].map(|slug| target(reader, slug)), ["-", "gone"]);
    }

    fn the_list_is_complete_and_sorted_by_slug(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        // In this order, a hyphen comes before digits, and digits come before letters.
        let slugs = ["a-b", "a", "aa", "a1", "a-1", "b", "ab", "a2", "a10", "zz-top", "zz", "c"];
        let made = articles(&server, &slugs);
        for (place, article) in made.iter().enumerate() {
            match place % 3 {
                0 => assert_withdrawn(editor, article, None),
                1 => {
                    let moved = editor.update(article, json!({"slug": format!("moved-{place}")}));
                    editor.publish(&moved);
                }
                _ => assert_withdrawn(editor, article, Some("https://www.example/")),
            }
        }
        editor.create(json!({"title": "Draft", "slug": "draft"}));
        editor.published(json!({"title": "Public", "slug": "public"}));
        let mut expected = slugs.map(str::to_owned);
        expected.sort_unstable();
        let page = |arguments: &str| {
            let data = reader.data(&format!(
                "{{ redirects({arguments}) {{
                    nodes {{ slug kind }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                }} }}"
            ));
            let nodes = data["redirects"]["nodes"].as_array().unwrap();
            let slugs: Vec<_> = nodes.iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect();
            (slugs, data["redirects"]["pageInfo"].clone())
        };
        assert_eq!(page("first: 100").0, expected);
        for size in [1, 5, 12] {
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            let (mut after, mut before) = (String::new(), String::new());
            loop {
                let (found, info) = page(&format!("first: {size}{after}"));
                assert_eq!(info["hasPreviousPage"], json!(!forward.is_empty()));
                forward.extend(found);
                after = format!(", after: {}", info["endCursor"]);
                if info["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(forward, expected, "pages of {size}");
            loop {
                let (found, info) = page(&format!("last: {size}{before}"));
                assert_eq!(info["hasNextPage"], json!(!backward.is_empty()));
                backward.splice(..0, found);
                before = format!(", before: {}", info["startCursor"]);
                if info["hasPreviousPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(backward, expected, "pages of {size}, backwards");
        }
    }

    fn a_redirect_to_the_articles_own_address_is_refused(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_SITE_URL", "https://www.example/")]);
        let article = server.editor.published(json!({"title": "One", "slug": "one"}));
        let withdraw = "mutation ($id: ID!, $to: String) {
            articleWithdraw(id: $id, expectedVersion: 1, reason: REDIRECT, redirectTo: $to) { userErrors { code path } }
        }";
        for to in ["https://www.example/blog/one/", "https://www.example/one.html?x=1#y"] {
            let refused = server.editor.data_with(withdraw, &json!({"id": article.id, "to": to}));
            let expected = json!([{"code": "REDIRECT_LOOP", "path": ["redirectTo"]}]);
            assert_eq!(refused["articleWithdraw"]["userErrors"], expected, "{to}");
        }
        let elsewhere = json!({"id": article.id, "to": "https://other.example/one"});
        assert_eq!(server.editor.data_with(withdraw, &elsewhere)["articleWithdraw"]["userErrors"], json!([]));
    }
}
