//! Reading articles: which ones, in which order, with what of them.

use serde_json::{Value, json};

use crate::support::{Client, Folder};

/// The slugs that a filter finds, latest first.
fn found(reader: &Client, filter: &str) -> Vec<String> {
    reader.slugs(&format!("(first: 100, where: {filter})"))
}

/// How many articles a filter finds; the list and the count must agree.
fn count(reader: &Client, filter: &str) -> usize {
    let data =
        reader.data(&format!("{{ articles(first: 100, where: {filter}) {{ totalCount nodes {{ id }} }} }}"));
    let listed = data["articles"]["nodes"].as_array().unwrap().len();
    assert_eq!(data["articles"]["totalCount"], json!(listed), "{filter}");
    listed
}

both! {
    fn the_latest_articles_come_first(env: &Env) {
        let answer = env.sample().reader.ask("{
            articles(first: 3) { nodes { slug title publishedAt } }
        }");
        shows!(answer, @r#"
        {
          "data": {
            "articles": {
              "nodes": [
                {
                  "slug": "style-guide-people-open",
                  "title": "A Style Guide People Open Without Being Told",
                  "publishedAt": "2026-08-25T12:30:00Z"
                },
                {
                  "slug": "attribution-good-enough-to-act-on",
                  "title": "Attribution That Is Good Enough to Act On",
                  "publishedAt": "2026-07-07T00:00:00Z"
                },
                {
                  "slug": "chatbot-that-knows-its-limits",
                  "title": "A Hospital Chatbot Should Know Its Limits",
                  "publishedAt": "2026-05-19T13:00:00Z"
                }
              ]
            }
          }
        }
        "#);
    }

    fn one_article_with_all_fields(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            article(by: { slug: "write-alt-text-that-says-something" }) { id }
            found: article(by: { slug: "alt-text-that-says-something" }) {
                id slug locale title deck excerpt publishedAt updatedAt version edition { number } externalRef aliases
                heroImage { url alt caption credit width height }
                authors { id name slug jobTitle articleCount }
                topics { id name parent { slug } path { name } }
                tags { id name slug version }
                seo { title description }
                body { wordCount readingTimeMinutes outline { level anchor text } images { url alt title } }
            }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "article": null,
            "found": {
              "id": "article_…",
              "slug": "alt-text-that-says-something",
              "locale": "en",
              "title": "Write Alt Text That Says Something",
              "deck": null,
              "excerpt": "Alternative text is a sentence for someone who cannot see the picture. Four questions that get a hospital team to good ones quickly.",
              "publishedAt": "2022-01-18T14:00:00Z",
              "updatedAt": "2022-01-18T14:00:00Z",
              "version": 1,
              "edition": {"number": 1},
              "externalRef": "sample/2022-01-18-alt-text-that-says-something.md",
              "aliases": [],
              "heroImage": {
                "url": "https://images.example/alt-text-radiology-desk.jpg",
                "alt": "A radiology technologist at a standing desk describes a poster to a colleague who is listening with her eyes closed",
                "caption": "The telephone test, performed in person. If your listener can picture it, the sentence works.",
                "credit": "Photo by Ines Callowell",
                "width": null,
                "height": null
              },
              "authors": [
                {
                  "id": "author_…",
                  "name": "Helen Stavros",
                  "slug": "helen-stavros",
                  "jobTitle": "Content and accessibility editor",
                  "articleCount": 6
                }
              ],
              "topics": [
                {
                  "id": "topic_…",
                  "name": "Accessibility",
                  "parent": {"slug": "content"},
                  "path": [{"name": "Content"}, {"name": "Accessibility"}]
                }
              ],
              "tags": [
                {"id": "tag_…", "name": "accessibility", "slug": "accessibility", "version": 1},
                {"id": "tag_…", "name": "WCAG", "slug": "wcag", "version": 1},
                {"id": "tag_…", "name": "photography", "slug": "photography", "version": 1},
                {"id": "tag_…", "name": "content strategy", "slug": "content-strategy", "version": 1},
                {"id": "tag_…", "name": "SEO", "slug": "seo", "version": 1}
              ],
              "seo": {
                "title": null,
                "description": "Alternative text is a sentence for someone who cannot see the picture. Four questions that get a hospital team to good ones quickly."
              },
              "body": {
                "wordCount": 532,
                "readingTimeMinutes": 3,
                "outline": [
                  {
                    "level": 2,
                    "anchor": "start-with-the-job-not-the-picture",
                    "text": "Start with the job, not the picture"
                  },
                  {"level": 2, "anchor": "the-telephone-test", "text": "The telephone test"},
                  {"level": 2, "anchor": "things-to-leave-out", "text": "Things to leave out"},
                  {"level": 2, "anchor": "make-it-somebodys-job", "text": "Make it somebody's job"}
                ],
                "images": [
                  {
                    "url": "https://images.example/alt-text-blue-awning.jpg",
                    "alt": "A hospital entrance under a blue awning, with a wheelchair ramp on the left and a drop-off lane in front",
                    "title": null
                  }
                ]
              }
            }
          }
        }
        "#);
    }

    fn a_body_is_available_in_every_format(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({
            "title": "Forms of a text",
            "body": "# One\n\nSome *text* with a [link](https://example.org/a?b=1&c=2), and `code`.\n\n\
                     ![A ward](/ward.png \"At night\")\n\n<script>alert(1)</script>\n\n## One\n\n- [x] done\n\n\
                     | a | b |\n| - | -: |\n| 1 | 2 |\n",
        }));
        let answer = server.reader.ask_with("query ($id: ID!) {
            article(by: { id: $id }) {
                excerpt
                short: excerpt(maxLength: 12)
                body {
                    markdown html text wordCount readingTimeMinutes
                    outline { level anchor text } images { url alt title }
                }
            }
        }", &json!({"id": article.id}));
        shows!(answer, @r##"
        {
          "data": {
            "article": {
              "excerpt": "One Some text with a link, and code. One • [x] done a b 1 2",
              "short": "One Some…",
              "body": {
                "markdown": "# One\n\nSome *text* with a [link](https://example.org/a?b=1&c=2), and `code`.\n\n![A ward](/ward.png \"At night\")\n\n<script>alert(1)</script>\n\n## One\n\n- [x] done\n\n| a | b |\n| - | -: |\n| 1 | 2 |\n",
                "html": "<h1 id=\"one\">One</h1>\n<p>Some <em>text</em> with a <a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener noreferrer\">link</a>, and <code>code</code>.</p>\n<p><img src=\"/ward.png\" alt=\"A ward\" title=\"At night\" loading=\"lazy\"></p>\n\n<h2 id=\"one-1\">One</h2>\n<ul>\n<li><input type=\"checkbox\" disabled=\"\" checked=\"\"> done</li>\n</ul>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n</table>\n",
                "text": "One\n\nSome text with a link, and code.\n\nOne\n\n• [x] done\n\na\tb\n1\t2",
                "wordCount": 15,
                "readingTimeMinutes": 1,
                "outline": [
                  {"level": 1, "anchor": "one", "text": "One"},
                  {"level": 2, "anchor": "one-1", "text": "One"}
                ],
                "images": [{"url": "/ward.png", "alt": "A ward", "title": "At night"}]
              }
            }
          }
        }
        "##);
    }

    fn an_article_is_found_by_id_slug_former_slug_and_external_reference(env: &Env) {
        let reader = &env.sample().reader;
        let by_slug = reader.data(r#"{ article(by: { slug: "find-a-doctor-is-a-data-problem" }) { id externalRef } }"#);
        let article = &by_slug["article"];
        let document = "query ($by: ArticleBy!) { article(by: $by) { id externalRef } }";
        for by in [
            json!({"id": article["id"]}),
            json!({"externalRef": article["externalRef"]}),
            // The last part of an address under which it was published elsewhere.
            json!({"slug": "provider-directory-tips"}),
        ] {
            assert_eq!(reader.data_with(document, &json!({"by": by})), by_slug, "{by}");
        }
    }

    fn an_unknown_article_is_null(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            slug: article(by: { slug: "no-such-article" }) { id }
            noSlug: article(by: { slug: "No such article!" }) { id }
            id: article(by: { id: "article_01h455vb4pex5vsknk084sn02q" }) { id }
            externalRef: article(by: { externalRef: "elsewhere/1" }) { id }
            tag(slug: "no-such-tag") { id }
            topic(slug: "no-such-topic") { id }
            author(slug: "no-such-author") { id }
            node(id: "tag_01h455vb4pex5vsknk084sn02q") { id }
            nodes(ids: ["topic_01h455vb4pex5vsknk084sn02q", "author_01h455vb4pex5vsknk084sn02q"]) { id }
            articles(where: { tags: { any: ["no-such-tag"] } }) { totalCount nodes { id } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "slug": null,
            "noSlug": null,
            "id": null,
            "externalRef": null,
            "tag": null,
            "topic": null,
            "author": null,
            "node": null,
            "nodes": [null, null],
            "articles": {"totalCount": 0, "nodes": []}
          }
        }
        "#);
    }

    fn drafts_are_never_shown(env: &Env) {
        let reader = &env.sample().reader;
        let answer = reader.ask(r#"{
            article(by: { slug: "wayfinding-starts-on-the-website" }) { id }
            byRef: article(by: { externalRef: "sample/2026-10-27-wayfinding-starts-on-the-website.md" }) { id }
            articles(where: { publishedAt: { gte: "2026-10-01T00:00:00Z" } }) { totalCount nodes { id } }
        }"#);
        shows!(answer, @r#"{"data": {"article": null, "byRef": null, "articles": {"totalCount": 0, "nodes": []}}}"#);
        let everything = reader.data("{ articles(first: 100) { totalCount nodes { slug } } }");
        assert_eq!(everything["articles"]["totalCount"], 35);
        assert!(!everything.to_string().contains("wayfinding"), "{everything}");
    }

    fn a_draft_is_not_found_by_its_id(env: &Env) {
        let server = env.server();
        let draft = server.editor.create(json!({"title": "Not yet", "body": "x", "externalRef": "cms/1"}));
        let document = "query ($id: ID!) {
            article(by: { id: $id }) { id }
            slug: article(by: { slug: \"not-yet\" }) { id }
            externalRef: article(by: { externalRef: \"cms/1\" }) { id }
            node(id: $id) { id }
            nodes(ids: [$id]) { id }
            articles { totalCount nodes { id } }
        }";
        // Not even to an editor: the types of readers cannot hold one.
        for client in [&server.reader, &server.editor] {
            assert_eq!(client.data_with(document, &json!({"id": draft.id})), json!({
                "article": null, "slug": null, "externalRef": null, "node": null, "nodes": [null],
                "articles": {"totalCount": 0, "nodes": []},
            }));
        }
    }

    fn filtered_by_tags(env: &Env) {
        let reader = &env.sample().reader;
        let seo = found(reader, r#"{ tags: { any: ["seo"] } }"#);
        let privacy = found(reader, r#"{ tags: { any: ["privacy"] } }"#);
        let analytics = found(reader, r#"{ tags: { any: ["analytics"] } }"#);
        assert!(seo.len() > 10 && privacy.len() > 5 && analytics.len() > 8);

        let either = found(reader, r#"{ tags: { any: ["privacy", "seo"] } }"#);
        assert!(either.iter().all(|slug| seo.contains(slug) || privacy.contains(slug)));
        assert!(seo.iter().chain(&privacy).all(|slug| either.contains(slug)));

        let both = found(reader, r#"{ tags: { all: ["privacy", "analytics"] } }"#);
        let expected: Vec<_> = privacy.iter().filter(|slug| analytics.contains(slug)).collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), expected);
        assert!(!both.is_empty());

        let neither = count(reader, r#"{ tags: { none: ["privacy", "seo"] } }"#);
        assert_eq!(neither + either.len(), 35);

        let mixed = found(reader, r#"{ tags: { any: ["seo", "analytics"], all: ["privacy"], none: ["hipaa"] } }"#);
        let expected: Vec<_> = privacy
            .iter()
            .filter(|slug| seo.contains(slug) || analytics.contains(slug))
            .filter(|slug| !found(reader, r#"{ tags: { any: ["hipaa"] } }"#).contains(slug))
            .collect();
        assert_eq!(mixed.iter().collect::<Vec<_>>(), expected);
        // A tag that does not exist is on no article.
        assert_eq!(count(reader, r#"{ tags: { all: ["seo", "no-such-tag"] } }"#), 0);
        assert_eq!(count(reader, r#"{ tags: { none: ["no-such-tag"] } }"#), 35);
    }

    fn filtered_by_topic_with_and_without_descendants(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            withDescendants: articles(where: { topics: { in: ["accessibility"] } }) {
                totalCount nodes { slug topics { slug } }
            }
            itself: articles(where: { topics: { in: ["accessibility"], includeDescendants: false } }) {
                totalCount nodes { slug }
            }
            either: articles(where: { topics: { in: ["email", "local-search"] } }) { totalCount }
            root: articles(where: { topics: { in: ["content"] } }) { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "withDescendants": {
              "totalCount": 3,
              "nodes": [
                {"slug": "captions-and-transcripts", "topics": [{"slug": "accessibility"}]},
                {"slug": "translate-the-task", "topics": [{"slug": "multilingual-content"}]},
                {"slug": "alt-text-that-says-something", "topics": [{"slug": "accessibility"}]}
              ]
            },
            "itself": {
              "totalCount": 2,
              "nodes": [{"slug": "captions-and-transcripts"}, {"slug": "alt-text-that-says-something"}]
            },
            "either": {"totalCount": 5},
            "root": {"totalCount": 8}
          }
        }
        "#);
    }

    fn filtered_by_author(env: &Env) {
        let reader = &env.sample().reader;
        let helen = found(reader, r#"{ authors: { any: ["helen-stavros"] } }"#);
        let dana = found(reader, r#"{ authors: { any: ["dana-whitfield"] } }"#);
        let together = found(reader, r#"{ authors: { all: ["helen-stavros", "dana-whitfield"] } }"#);
        assert_eq!(together, ["chatbot-that-knows-its-limits"]);
        let either = count(reader, r#"{ authors: { any: ["helen-stavros", "dana-whitfield"] } }"#);
        assert_eq!(either, helen.len() + dana.len() - together.len());
        assert_eq!(count(reader, r#"{ authors: { none: ["helen-stavros", "dana-whitfield"] } }"#), 35 - either);
        let told = reader.data(r#"{ author(slug: "helen-stavros") { articleCount } }"#);
        assert_eq!(told["author"]["articleCount"], json!(helen.len()));
    }

    fn filtered_by_a_range_of_dates(env: &Env) {
        let reader = &env.sample().reader;
        let year = r#"{ publishedAt: { gte: "2023-01-01T00:00:00Z", lt: "2024-01-01T00:00:00Z" } }"#;
        assert_eq!(count(reader, year), 7);
        // The bounds: 2024-10-16T00:00:00Z is the date of an article.
        let at = |bounds: &str| count(reader, &format!("{{ publishedAt: {{ {bounds} }} }}"));
        let before = at(r#"lt: "2024-10-16T00:00:00Z""#);
        assert_eq!(at(r#"lte: "2024-10-16T00:00:00Z""#), before + 1);
        assert_eq!(at(r#"gt: "2024-10-16T00:00:00Z""#), 35 - before - 1);
        assert_eq!(at(r#"gte: "2024-10-16T00:00:00Z""#), 35 - before);
        // The same instant with another offset.
        assert_eq!(at(r#"lt: "2024-10-15T20:00:00-04:00""#), before);
        assert_eq!(at(r#"gte: "2024-10-16T00:00:00Z", lte: "2024-10-16T00:00:00Z""#), 1);
        assert_eq!(at(r#"gt: "2025-01-01T00:00:00Z", lt: "2024-01-01T00:00:00Z""#), 0);
    }

    fn filtered_by_combined_conditions(env: &Env) {
        let reader = &env.sample().reader;
        let privacy = r#"{ tags: { any: ["privacy"] } }"#;
        let email = r#"{ topics: { in: ["email"] } }"#;
        let recent = r#"{ publishedAt: { gte: "2024-01-01T00:00:00Z" } }"#;
        let sets = [privacy, email, recent].map(|filter| found(reader, filter));
        let all = found(reader, &format!("{{ and: [{privacy}, {email}, {recent}] }}"));
        let expected: Vec<_> = sets[0].iter().filter(|s| sets[1].contains(s) && sets[2].contains(s)).collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), expected);
        assert_eq!(all, ["automation-that-knows-when-to-stop"]);

        let any = count(reader, &format!("{{ or: [{privacy}, {email}] }}"));
        let overlap = sets[0].iter().filter(|slug| sets[1].contains(slug)).count();
        assert_eq!(any, sets[0].len() + sets[1].len() - overlap);
        assert_eq!(count(reader, &format!("{{ not: {{ or: [{privacy}, {email}] }} }}")), 35 - any);
        assert_eq!(count(reader, &format!("{{ not: {{ not: {privacy} }} }}")), sets[0].len());
        // Nothing named is no filter; what is named beside each other must all hold.
        assert_eq!(count(reader, "{}"), 35);
        assert_eq!(count(reader, "{ not: {} }"), 0);
        assert_eq!(found(reader, r#"{ tags: { any: ["privacy"] }, topics: { in: ["email"] }, not: {
            publishedAt: { lt: "2024-01-01T00:00:00Z" } } }"#), all);
    }

    fn filtered_by_language(env: &Env) {
        let server = env.server();
        for (title, locale) in [("Alta", Some("es")), ("Discharge", None), ("Salida", Some("es_us"))] {
            server.editor.published(json!({"title": title, "locale": locale}));
        }
        let answer = server.reader.ask(r#"{
            es: articles(where: { locale: "es" }) { nodes { title locale } }
            esUs: articles(where: { locale: "es-US" }) { nodes { title locale } }
            en: articles(where: { locale: "EN" }) { nodes { title locale } }
            fr: articles(where: { locale: "fr" }) { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "es": {"nodes": [{"title": "Alta", "locale": "es"}]},
            "esUs": {"nodes": [{"title": "Salida", "locale": "es-US"}]},
            "en": {"nodes": [{"title": "Discharge", "locale": "en"}]},
            "fr": {"totalCount": 0}
          }
        }
        "#);
    }

    fn sorted_in_every_order(env: &Env) {
        let reader = &env.sample().reader;
        let listed = |order: &str| {
            let document =
                format!("{{ articles(first: 100, orderBy: {order}) {{ nodes {{ title publishedAt updatedAt }} }} }}");
            let nodes = reader.data(&document)["articles"]["nodes"].as_array().unwrap().clone();
            assert_eq!(nodes.len(), 35);
            nodes
        };
        for (field, key) in [("PUBLISHED_AT", "publishedAt"), ("UPDATED_AT", "updatedAt"), ("TITLE", "title")] {
            let up = listed(&format!("{{ field: {field}, direction: ASC }}"));
            let keys: Vec<_> = up.iter().map(|node| node[key].as_str().unwrap().to_lowercase()).collect();
            assert!(keys.is_sorted(), "{field}: {keys:#?}");
            let mut down = listed(&format!("{{ field: {field} }}"));
            down.reverse();
            assert_eq!(up, down, "{field}");
        }
    }

    fn equal_dates_are_sorted_the_same_way_everywhere(env: &Env) {
        let folder = Folder::new("ties");
        for number in 0..9 {
            folder.write(&format!("{number}.md"), "---\ntitle: Same\ndate: 2024-01-01\n---\nText.\n");
        }
        let server = env.server();
        folder.import(server.database(), &[]).succeeded();
        for field in ["PUBLISHED_AT", "UPDATED_AT", "TITLE"] {
            let order = format!("orderBy: {{ field: {field}, direction: ASC }}");
            let all = server.reader.slugs(&format!("({order}, first: 100)"));
            assert_eq!(all.len(), 9);
            let mut down = server.reader.slugs(&format!("(orderBy: {{ field: {field} }}, first: 100)"));
            down.reverse();
            assert_eq!(all, down, "{field}");
            let pages: Vec<_> = (0..9).flat_map(|skip| {
                server.reader.slugs(&format!("({order}, first: 1, offset: {skip})"))
            }).collect();
            assert_eq!(all, pages, "{field}");
        }
    }

    fn every_node_is_found_by_its_id(env: &Env) {
        let reader = &env.sample().reader;
        let ids = reader.data(r#"{
            article(by: { slug: "alt-text-that-says-something" }) { id }
            tag(slug: "wcag") { id }
            topic(slug: "email") { id }
            author(slug: "jordan-ashby") { id }
        }"#);
        let ids: Vec<&Value> = ["article", "tag", "topic", "author"].iter().map(|kind| &ids[kind]["id"]).collect();
        let answer = reader.ask_with("query ($ids: [ID!]!, $id: ID!) {
            nodes(ids: $ids) {
                __typename id
                ... on Article { title } ... on Tag { name } ... on Topic { name } ... on Author { name }
            }
            node(id: $id) { ... on Topic { slug } }
        }", &json!({"ids": [ids[3], ids[0], ids[2], ids[0], ids[1]], "id": ids[2]}));
        shows!(answer, @r#"
        {
          "data": {
            "nodes": [
              {"__typename": "Author", "id": "author_…", "name": "Jordan Ashby"},
              {"__typename": "Article", "id": "article_…", "title": "Write Alt Text That Says Something"},
              {"__typename": "Topic", "id": "topic_…", "name": "Email"},
              {"__typename": "Article", "id": "article_…", "title": "Write Alt Text That Says Something"},
              {"__typename": "Tag", "id": "tag_…", "name": "WCAG"}
            ],
            "node": {"slug": "email"}
          }
        }
        "#);
    }
}
