//! `greymatters import markdown`.

mod generators;
mod identity;
mod labels;
mod links;
mod report;

use serde_json::{Value, json};

use crate::support::{Answer, Client, Folder, Saved};

const POST: &str = "---\ntitle: Flu shots\ndate: 2024-02-03\ntags: [flu]\n---\nText of the *post*.\n";

const FIELDS: &str = "fragment Fields on Article {
    slug title deck excerpt locale publishedAt updatedAt version externalRef aliases
    heroImage { url alt caption credit } seo { title description }
    authors { name } topics { path { name } } tags { name slug } body { text }
}";

/// What readers see at these slugs.
fn articles(reader: &Client, slugs: &[&str]) -> Answer {
    let articles: Vec<_> = slugs
        .iter()
        .enumerate()
        .map(|(place, slug)| format!("a{place}: article(by: {{ slug: \"{slug}\" }}) {{ ...Fields }}"))
        .collect();
    reader.ask(&format!("{{ {} }} {FIELDS}", articles.join(" ")))
}

/// The slug of the article that a slug leads to.
fn leads_to(reader: &Client, slug: &str) -> Value {
    let document = "query ($slug: String!) { article(by: { slug: $slug }) { slug } }";
    reader.data_with(document, &json!({"slug": slug}))["article"]["slug"].take()
}

both! {
    fn files_of_jekyll_and_hugo_are_imported(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("_posts/2023-05-06-jekyll-post.md", r#"---
layout: post
title: "Jekyll &amp; friends"
subtitle: On habits
description: "A *teaser*."
categories: [Prevention, "Care > Clinics"]
tags: flu, Patient Safety
author: Ann Lee, MD, Bo Ek
image:
  path: /assets/ward.jpg
  alt: A ward
  caption: At night
redirect_from:
  - /2020/old-post.html
last_modified_at: 2023-06-01 09:30:00 -0500
---
Read {{ page.title }} now. <!-- a note -->

{% include figure.html src="/x.png" alt="X" %}
"#);
        folder.write("content/posts/hugo-post/index.es.md", r#"+++
title = "Hugo habits"
date = 2022-07-08T10:00:00-04:00
lastmod = 2022-07-09
slug = "the-hugo-slug"
summary = "Short."
aliases = ["/blog/hugo/"]
tags = ["flu"]
topics = ["Prevention"]
authors = ["Bo Ek"]
featured_image = "/h.png"
featured_image_alt = "H"
keywords = ["vaccines"]
[seo]
title = "For engines"
+++
{{< figure src="/f.png" alt="F" caption="Fig" >}}

Text.
"#);
        folder.write("plain.md", "# Just a heading\n\nAnd a text.\n");
        let report = folder.import(server.database(), &["--verbose", "--undated", "now"]).succeeded();
        assert!(report.contains("3 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused"), "{report}");
        shows!(articles(&server.reader, &["jekyll-post", "the-hugo-slug"]), @r#"
        {
          "data": {
            "a0": {
              "slug": "jekyll-post",
              "title": "Jekyll & friends",
              "deck": "On habits",
              "excerpt": "A teaser.",
              "locale": "en",
              "publishedAt": "2023-05-06T00:00:00Z",
              "updatedAt": "2023-06-01T14:30:00Z",
              "version": 1,
              "externalRef": "blog/_posts/2023-05-06-jekyll-post.md",
              "aliases": ["/2020/old-post.html"],
              "heroImage": {"url": "/assets/ward.jpg", "alt": "A ward", "caption": "At night", "credit": null},
              "seo": {"title": null, "description": "A teaser."},
              "authors": [{"name": "Ann Lee, MD"}, {"name": "Bo Ek"}],
              "topics": [{"path": [{"name": "Prevention"}]}, {"path": [{"name": "Care"}, {"name": "Clinics"}]}],
              "tags": [{"name": "flu", "slug": "flu"}, {"name": "Patient Safety", "slug": "patient-safety"}],
              "body": {"text": "Read Jekyll & friends now."}
            },
            "a1": {
              "slug": "the-hugo-slug",
              "title": "Hugo habits",
              "deck": null,
              "excerpt": "Short.",
              "locale": "es",
              "publishedAt": "2022-07-08T14:00:00Z",
              "updatedAt": "2022-07-09T00:00:00Z",
              "version": 1,
              "externalRef": "blog/content/posts/hugo-post/index.es.md",
              "aliases": ["/blog/hugo/"],
              "heroImage": {"url": "/h.png", "alt": "H", "caption": null, "credit": null},
              "seo": {"title": "For engines", "description": null},
              "authors": [{"name": "Bo Ek"}],
              "topics": [{"path": [{"name": "Prevention"}]}],
              "tags": [{"name": "flu", "slug": "flu"}, {"name": "vaccines", "slug": "vaccines"}],
              "body": {"text": "Fig\n\nText."}
            }
          }
        }
        "#);
        for (alias, slug) in [("old-post", "jekyll-post"), ("hugo", "the-hugo-slug"), ("plain", "plain")] {
            assert_eq!(leads_to(&server.reader, alias), slug);
        }
        let data = server.reader.data("{ topics { name children { name } } authors { nodes { name } } }");
        assert_eq!(data, json!({
            "topics": [{"name": "Prevention", "children": []}, {"name": "Care", "children": [{"name": "Clinics"}]}],
            "authors": {"nodes": [{"name": "Ann Lee, MD"}, {"name": "Bo Ek"}]},
        }));
    }

    fn a_repeated_import_changes_nothing(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("a.md", POST).write("b.md", POST.replace("Flu", "Measles"));
        let report = folder.import(server.database(), &[]).succeeded();
        assert_eq!(report, "2 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused\ncreated 1 tag\nThe publication is at edition 1.\n");
        let report = folder.import(server.database(), &[]).succeeded();
        assert_eq!(report, "0 imported, 0 updated, 2 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n");
        assert_eq!(server.reader.edition(), 1);

        folder.write("a.md", POST.replace("*post*", "new post"));
        let report = folder.import(server.database(), &["-v"]).succeeded();
        assert!(report.contains("updated    a.md\nunchanged  b.md\n0 imported, 1 updated, 1 unchanged"), "{report}");
        let data = server.reader.data(r#"{ edition { number } article(by: { slug: "a" }) { version publishedAt body { text } } }"#);
        assert_eq!(data, json!({
            "edition": {"number": 2},
            "article": {"version": 2, "publishedAt": "2024-02-03T00:00:00Z", "body": {"text": "Text of the new post."}},
        }));
    }

    fn edited_articles_are_not_overwritten_without_a_flag(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("a.md", POST);
        folder.import(server.database(), &[]).succeeded();
        let id = server.reader.data(r#"{ article(by: { slug: "a" }) { id } }"#)["article"]["id"].as_str().unwrap().to_owned();
        let article = server.editor.update(&Saved { id, version: 1 }, json!({"title": "Edited here"}));
        server.editor.publish(&article);
        let title = || server.reader.data(r#"{ article(by: { slug: "a" }) { title } }"#)["article"]["title"].take();

        // The file has not changed: nothing to refuse.
        assert!(folder.import(server.database(), &[]).succeeded().contains("1 unchanged"));
        folder.write("a.md", POST.replace("Flu shots", "From the file"));
        let refused = folder.import(server.database(), &["--strict"]);
        assert_eq!(refused.code, Some(2));
        let expected = "refused    a.md: the article was edited or withdrawn here since the file was imported (it is at \
                        version 2): import with --overwrite to replace the edits (they stay in earlier versions), or leave \
                        the file out\n";
        assert!(refused.stdout.starts_with(expected), "{}", refused.stdout);
        assert_eq!(title(), "Edited here");
        assert!(folder.import(server.database(), &["--overwrite"]).succeeded().contains("1 updated"));
        assert_eq!(title(), "From the file");
        let article = server.editor.update(&Saved { version: 3, ..article }, json!({"title": "Edited again"}));
        server.editor.publish(&article);
        assert!(folder.import(server.database(), &["--overwrite"]).succeeded().contains("1 updated"));
        assert_eq!(title(), "From the file", "though the file has not changed since");
        assert!(folder.import(server.database(), &[]).succeeded().contains("1 unchanged"));
    }

    fn withdrawn_articles_stay_withdrawn(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("a.md", POST);
        folder.import(server.database(), &[]).succeeded();
        let id = server.reader.data(r#"{ article(by: { slug: "a" }) { id } }"#)["article"]["id"].take();
        server.editor.data_with(
            "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { edition { number } } }",
            &json!({"id": id}),
        );
        assert!(folder.import(server.database(), &[]).succeeded().contains("1 unchanged"));
        folder.write("a.md", POST.replace("Flu", "The flu"));
        assert!(folder.import(server.database(), &[]).succeeded().starts_with("refused    a.md: the article was edited or withdrawn here"));
        assert_eq!(leads_to(&server.reader, "a"), Value::Null);
        assert!(folder.import(server.database(), &["--overwrite"]).succeeded().contains("1 updated"));
        assert_eq!(leads_to(&server.reader, "a"), "a");
    }

    fn a_dry_run_stores_nothing(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("a.md", POST).write("b.md", "---\ntitle: B\ndate: 2024-02-30\n---\nText.\n");
        let report = folder.import(server.database(), &["--dry-run"]).succeeded();
        assert!(report.contains("1 imported, 0 updated, 0 unchanged, 0 drafts, 1 refused"), "{report}");
        assert!(report.ends_with("This was a dry run: nothing was changed.\n"), "{report}");
        let data = server.reader.data("{ edition { number } articles { totalCount } tags { totalCount } }");
        assert_eq!(data, json!({"edition": {"number": 0}, "articles": {"totalCount": 0}, "tags": {"totalCount": 0}}));
        // It says beforehand what then happens.
        let real = folder.import(server.database(), &[]).succeeded();
        assert_eq!(real.lines().find(|line| line.contains("imported,")), report.lines().find(|line| line.contains("imported,")));
    }

    fn a_file_is_refused_with_its_line_and_the_reason(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder
            .write("date.md", "---\ntitle: A\n\ndate: 2024-02-30\n---\nText.\n")
            .write("open.md", "---\ntitle: A\nText.\n")
            .write("untitled.md", "---\ntags: [a]\n---\nText.\n")
            .write("yaml.md", "---\ntitle: A\ntags: [a\n---\nText.\n")
            .write("toml.md", "+++\ntitle = A\n+++\nText.\n")
            .write("latin1.md", b"---\ntitle: caf\xe9\n---\nText.\n")
            .write("empty.md", "---\ntitle: Empty\ndate: 2024-01-01\n---\n")
            .write("long.md", format!("---\ntitle: Long\n---\n{}\n", "a".repeat((1 << 20) + 1)))
            .write("locale.md", "---\ntitle: A\nlang: english please\n---\nText.\n")
            .write("tag.md", format!("---\ntitle: A\ntags: [{}]\n---\nText.\n", "t".repeat(301)))
            .write("fine.md", POST);
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        refused    date.md:4: `date`: `2024-02-30`: this day does not exist
        refused    empty.md: the body is empty: write it before publishing
        refused    latin1.md:2: this line holds bytes that are not UTF-8: save the file with the encoding UTF-8
        refused    locale.md: `locale`: `english please` is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)
        refused    long.md: the body is 1048578 bytes long and may have 1048576 (1 MiB): split the article
        refused    open.md:1: the front matter that begins here does not end: put a line with only `---` after its last key
        refused    tag.md: tag `ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt`: the name has 301 characters and may have 300: shorten it
        refused    toml.md:2: the front matter is not TOML: string values must be quoted, expected literal string
        refused    untitled.md:1: `title`: there is no title: add `title: …` to the front matter, or start the text with a `# Heading`
        refused    yaml.md:3: the front matter is not YAML: unclosed bracket '['; put the value in quotes
        1 imported, 0 updated, 0 unchanged, 0 drafts, 10 refused
        created 1 tag
        The publication is at edition 1.
        ") }
        assert_eq!(server.reader.slugs(""), ["fine"]);
        // Whatever the others named was not made.
        assert_eq!(server.reader.data("{ tags { nodes { slug } } }"), json!({"tags": {"nodes": [{"slug": "flu"}]}}));
        assert_eq!(folder.import(server.database(), &["--strict"]).code, Some(2));
    }

    fn two_files_with_the_same_slug(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder
            .write("a/post.md", POST)
            .write("b/post.md", POST.replace("Flu", "Measles"))
            .write("c.md", "---\ntitle: C\ndate: 2024-01-01\nslug: post\n---\nText.\n");
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.starts_with("refused    c.md: the slug `post` belongs to article_"), "{report}");
        let numbered = "conflict   b/post.md: the slug `post` belongs to another article: this one has `post-2`, unless you name one in `slug`\n";
        assert!(report.contains(numbered), "{report}");
        assert_eq!(leads_to(&server.reader, "post-2"), "post-2", "one that is only a file's name is numbered");
        // And stays so.
        assert!(folder.import(server.database(), &[]).succeeded().contains("2 unchanged"));
    }

    fn a_picture_without_alternative_text(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder
            .write("hero.md", "---\ntitle: Hero\ndate: 2024-01-01\nimage: /hero.png\n---\nText.\n")
            .write("inline.md", "---\ntitle: Inline\ndate: 2024-01-01\n---\nText.\n\n![](/ward.png)\n");
        let report = folder.import(server.database(), &["--require-alt"]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        refused    hero.md: the hero image has no alternative text: say in `heroImage.alt` what it shows
        refused    inline.md:7: the image `/ward.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`
        0 imported, 0 updated, 0 unchanged, 0 drafts, 2 refused
        Nothing public has changed.
        ") }
        assert_eq!(server.reader.edition(), 0);
        let report = folder.import(server.database(), &["--verbose"]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        imported   hero.md
          note     hero.md:1: the image `/hero.png` has no alternative text and was left out
        refused    inline.md:7: the image `/ward.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`
        dropped    hero image without alternative text: 1 in 1 file, first in hero.md:1
        1 imported, 0 updated, 0 unchanged, 0 drafts, 1 refused
        The publication is at edition 1.
        ") }
        let hero = server.reader.data(r#"{ article(by: { slug: "hero" }) { heroImage { url } } }"#);
        assert_eq!(hero["article"]["heroImage"], Value::Null);
    }

    fn drafts_and_future_dates(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder
            .write("draft.md", "---\ntitle: Draft\ndraft: true\ndate: 2024-01-01\n---\nText.\n")
            .write("_drafts/idea.md", "---\ntitle: Idea\n---\nText.\n")
            .write("later.md", "---\ntitle: Later\ndate: 2999-01-01\n---\nText.\n")
            .write("now.md", POST);
        let report = folder.import(server.database(), &["-v"]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        draft      _drafts/idea.md
        draft      draft.md
        draft      later.md
          note     later.md:1: its date is in the future: saved as a draft
        imported   now.md
        1 imported, 0 updated, 0 unchanged, 3 drafts, 0 refused
        created 1 tag
        The publication is at edition 1.
        ") }
        assert_eq!(server.reader.slugs(""), ["now"]);
        // What is a draft again is public no longer.
        folder.write("now.md", POST.replace("title:", "draft: true\ntitle:"));
        folder.import(server.database(), &[]).succeeded();
        assert_eq!(server.reader.slugs(""), [""; 0]);
        // And what no longer is one becomes public.
        folder.write("draft.md", "---\ntitle: Draft\ndate: 2024-01-01\n---\nText.\n");
        folder.import(server.database(), &[]).succeeded();
        assert_eq!(server.reader.slugs(""), ["draft"]);
    }

    fn keys_can_be_mapped_to_other_names(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("a.md", "---\nheadline: Mapped\ndate: 2024-01-01\nseries: One\ncategory: Not this\nmeta: { node: 77 }\n---\nText.\n");
        let mapping = ["--map", "title=headline", "--map", "topics=series", "--map", "external_ref=meta.node"];
        folder.import(server.database(), &mapping).succeeded();
        let data = server.reader.data(r#"{ article(by: { externalRef: "77" }) { title topics { name } } }"#);
        assert_eq!(data, json!({"article": {"title": "Mapped", "topics": [{"name": "One"}]}}));
        let complaint = folder.import(server.database(), &["--map", "colour=red"]).failed();
        assert!(complaint.contains("--map") && complaint.contains("colour"), "{complaint}");
    }

    fn a_taxonomy_file_is_imported(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder
            .write("taxonomy.yaml", "topics:\n  - name: Care\n    children:\n      - name: Clinics\n        slug: our-clinics\n        description: All of them.\nauthors:\n  - name: Ann Lee\n    title: Editor\n    bio: Writes.\ntags:\n  - Flu\n")
            .write("a.md", "---\ntitle: A\ndate: 2024-01-01\ntopics: [our-clinics]\nauthors: [ann-lee]\n---\nText.\n");
        folder.import(server.database(), &[]).succeeded();
        let answer = server.reader.ask(r#"{
            article(by: { slug: "a" }) { topics { name description path { name } } authors { name jobTitle bio } }
            tags { nodes { name articleCount } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "article": {
              "topics": [
                {
                  "name": "Clinics",
                  "description": "All of them.",
                  "path": [{"name": "Care"}, {"name": "Clinics"}]
                }
              ],
              "authors": [{"name": "Ann Lee", "jobTitle": "Editor", "bio": "Writes."}]
            },
            "tags": {"nodes": [{"name": "Flu", "articleCount": 0}]}
          }
        }
        "#);
    }

    fn template_tags_are_replaced_or_removed(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("liquid.md", "---\ntitle: Liquid\ndate: 2024-01-01\n---\n{% if page.x %}Hidden{% endif %}{% comment %}No{% endcomment %}\n\
            {% highlight html %}\n<b>{{ code }}</b>\n{% endhighlight %}\n\n{% raw %}{{ shown }}{% endraw %}\n\n\
            <script>alert('x')</script>\n\n[link]({{ site.baseurl }}/x/)\n\nEnd. {{ site.unknown }}\n");
        folder.write("hugo.md", "+++\ntitle = \"Hugo\"\ndate = 2024-01-01\n+++\n{{< youtube abc >}}\n\n{{% note %}}Inside{{% /note %}}\n\n[x]({{< ref \"y.md\" >}})\n\nEnd.\n");
        folder.import(server.database(), &[]).succeeded();
        let answer = server.reader.ask("{ articles(orderBy: { field: TITLE, direction: ASC }) { nodes { slug body { html text } } } }");
        shows!(answer, @r#"
        {
          "data": {
            "articles": {
              "nodes": [
                {
                  "slug": "hugo",
                  "body": {
                    "html": "<p><a href=\"https://www.youtube.com/watch?v=abc\" rel=\"noopener noreferrer\">Video on YouTube</a></p>\n<p>Inside</p>\n<p><a href=\"/y/\">x</a></p>\n<p>End.</p>\n",
                    "text": "Video on YouTube\n\nInside\n\nx\n\nEnd."
                  }
                },
                {
                  "slug": "liquid",
                  "body": {
                    "html": "<p>Hidden</p>\n<pre><code class=\"language-html\">&lt;b&gt;&lt;/b&gt;\n</code></pre>\n<p>{{ shown }}</p>\n\n<p><a href=\"/x/\">link</a></p>\n<p>End.</p>\n",
                    "text": "Hidden\n\n<b></b>\n\n{{ shown }}\n\nlink\n\nEnd."
                  }
                }
              ]
            }
          }
        }
        "#);
    }

    fn an_empty_folder(env: &Env) {
        let database = env.database();
        let folder = Folder::new("blog");
        folder.write("notes.txt", "no").write(".hidden.md", POST).write("README.md", POST);
        let complaint = folder.import(&database, &[]).failed();
        assert!(complaint.contains("blog contains no Markdown files (*.md, *.markdown, *.mdx)"), "{complaint}");
        let missing = Folder { path: folder.path.join("missing") };
        assert!(missing.import(&database, &[]).failed().contains("missing"), "the folder is named");
    }

    fn hundreds_of_files_are_imported(env: &Env) {
        // Given by whoever has one: every file becomes a readable article, or is refused with its reason.
        let Some(path) = std::env::var_os("GREYMATTERS_TEST_CORPUS") else { return };
        let server = env.server();
        let folder = Folder { path: path.into() };
        let report = folder.import(server.database(), &[]).succeeded();
        let mut after = Value::Null;
        loop {
            let page = server.reader.data_with(
                "query ($after: String) { articles(first: 50, after: $after) {
                    nodes { slug title body { markdown html text } } pageInfo { hasNextPage endCursor }
                } }",
                &json!({"after": after}),
            );
            for node in page["articles"]["nodes"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let body = &node["body"];
                assert!(!text(&body["html"]).contains("<script"), "{}", node["slug"]);
                assert!(!text(&body["text"]).trim().is_empty() || text(&body["html"]).contains("<img"), "{}", node["slug"]);
                assert!(!text(&node["title"]).contains("&amp;"), "{}", node["slug"]);
                // What is shown as code may well show a template.
                let code = text(&body["html"]).contains("<code");
                let visible = text(&body["text"]);
                assert!(code || !(visible.contains("{%") || visible.contains("{{")), "{}: {visible}", node["slug"]);
            }
            after = page["articles"]["pageInfo"]["endCursor"].clone();
            if page["articles"]["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let again = folder.import(server.database(), &[]).succeeded();
        assert!(again.contains("0 imported, 0 updated"), "{report}\n{again}");
    }

    fn archived_articles_are_not_overwritten(env: &Env) {
        let server = env.server();
        let folder = Folder::new("blog");
        folder.write("2024-01-01-one.md", "---\ntitle: One\n---\nText.\n");
        folder.import(server.database(), &[]).succeeded();
        let data = server.editor.data("{ article(by: { slug: \"one\" }) { id } }");
        let put_away = "mutation ($id: ID!) {
            articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } }
            articleArchive(id: $id, expectedVersion: 1) { article { state } userErrors { message } }
        }";
        let archived = server.editor.data_with(put_away, &json!({"id": data["article"]["id"]}));
        assert_eq!(archived["articleArchive"]["article"]["state"], "ARCHIVED", "{archived:#}");
        folder.write("2024-01-01-one.md", "---\ntitle: One again\n---\nText.\n");
        folder.write("2024-01-02-two.md", "---\ntitle: Two\n---\nText.\n");
        let report = folder.import(server.database(), &["--overwrite"]).succeeded();
        assert!(report.contains("1 imported, 0 updated, 0 unchanged, 0 drafts, 1 refused"), "{report}");
        assert!(report.contains("the article was archived here: take it out of the archive"), "{report}");
        assert_eq!(server.reader.slugs(""), ["two"]);
    }
}
