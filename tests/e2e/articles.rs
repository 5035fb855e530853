//! Reading articles: lists, single articles and their fields.

mod bodies;
mod filters;

use serde_json::{Value, json};

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

    fn an_article_has_all_its_fields(env: &Env) {
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
                "url": "/sample/alt-text-radiology-desk.svg",
                "alt": "A radiology technologist at a standing desk describes a poster to a colleague who is listening with her eyes closed",
                "caption": "The telephone test, performed in person. If your listener can picture it, the sentence works.",
                "credit": "Drawn for the sample publication",
                "width": 640,
                "height": 400
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
                    "url": "/sample/alt-text-blue-awning.svg",
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
            // The article was imported with this alias, the last part of its address on another site.
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
          },
          "extensions": {
            "warnings": [
              {
                "argument": "where.tags.any",
                "code": "SLUG_UNKNOWN",
                "message": "`where.tags.any`: nothing ever had the slug `no-such-tag`, so it finds nothing",
                "path": ["articles"]
              }
            ]
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
        // An editor does not find it either: the types for readers have no drafts.
        for client in [&server.reader, &server.editor] {
            assert_eq!(client.data_with(document, &json!({"id": draft.id})), json!({
                "article": null, "slug": null, "externalRef": null, "node": null, "nodes": [null],
                "articles": {"totalCount": 0, "nodes": []},
            }));
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
