//! One small file for each habit of a site generator.

use serde_json::{Value, json};

use crate::support::{Client, Folder};

/// The text, the HTML and the dates of an article.
fn article(reader: &Client, slug: &str) -> Value {
    let document = "query ($slug: String!) { article(by: { slug: $slug }) {
        title publishedAt updatedAt locale heroImage { url alt } tags { slug } topics { slug } body { html text }
    } }";
    reader.data_with(document, &json!({"slug": slug}))["article"].take()
}

fn html(reader: &Client, slug: &str) -> String {
    article(reader, slug)["body"]["html"].as_str().unwrap_or_default().to_owned()
}

both! {
    /// What is not public in the source, not yet or not any more, must not become public by an import.
    fn embargoed_and_expired_files_are_drafts(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("early.md", "---\ntitle: Early\ndate: 2024-01-01\npublishDate: 2931-01-01\n---\nText.\n")
            .write("late.md", "---\ntitle: Late\ndate: 2024-01-01\nexpiryDate: 2024-02-01\n---\nText.\n")
            .write("open.md", "---\ntitle: Open\ndate: 2024-01-01\nexpiryDate: 2931-01-01\n---\nText.\n");
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("1 imported, 0 updated, 0 unchanged, 2 drafts, 0 refused"), "{report}");
        assert!(report.contains("expiry date"), "{report}");
        let statuses = ["early", "late", "open"].map(|slug| server.reader.get(&format!("/v1/articles/{slug}"), &[]).status);
        assert_eq!(statuses, [404, 404, 200]);
    }

    fn tags_of_all_template_languages_keep_what_they_show(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        let dated = "---\ntitle: T\ndate: 2024-02-03\n---\n";
        folder
            .write("eleventy.md", format!("{dated}{{% Img src=\"image/ward.png\", alt=\"A bright ward\" %}}\n"))
            .write("hugo.md", format!(
                "{dated}{{{{< photo-left src=\"w.png\" alt=\"A ward\" caption=\"Ward 4\" >}}}}\n\n\
                 {{{{< pull-quote text=\"Care is a conversation.\" cite=\"A nurse\" >}}}}\n\n\
                 {{{{< ring title=\"What is triage?\" >}}}}Sorting.{{{{< /ring >}}}}\n\n\
                 {{{{< button href=\"https://example.org\" text=\"Book\" >}}}}\n"
            ))
            .write("zola.md", "+++\ntitle = \"T\"\ndate = 2024-02-03\n+++\n{{ youtube(id=\"abc-1\") }}\n\n{% quote(author=\"A nurse\") %}\nListen.\n{% end %}\n")
            .write("astro.mdx", format!(
                "{dated}import ward from './ward.png'\n\n<Image src={{ward}} alt=\"A ward\" />\n\n{{/* hidden */}}\n\n\
                 <Callout title=\"Wash\">\nYour *hands*.\n</Callout>\n\n<Spacer />\n\nThe end.\n"
            ));
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("4 imported"), "{report}");
        assert!(report.contains("dropped    <Spacer>: 1 in 1 file, first in astro.mdx:"), "{report}");
        assert!(!report.contains("{{<") && !report.contains("{%"), "{report}");
        let reader = &server.reader;
        assert!(html(reader, "eleventy").contains("<img src=\"/image/ward.png\" alt=\"A bright ward\""), "{}", html(reader, "eleventy"));
        let hugo = html(reader, "hugo");
        for part in [
            "<img src=\"/w.png\" alt=\"A ward\"", "<em>Ward 4</em>", "<blockquote>\n<p>Care is a conversation.</p>\n<p>– A nurse</p>",
            "What is triage?</h2>\n<p>Sorting.</p>", "<a href=\"https://example.org\"", ">Book</a>",
        ] {
            assert!(hugo.contains(part), "{part}: {hugo}");
        }
        let zola = html(reader, "zola");
        assert!(zola.contains("watch?v=abc-1") && zola.contains("<blockquote>\n<p>Listen.</p>\n<p>– A nurse</p>"), "{zola}");
        let astro = html(reader, "astro");
        for part in ["<img src=\"/ward.png\" alt=\"A ward\"", "<strong>Wash</strong>", "Your <em>hands</em>.", "<p>The end.</p>"] {
            assert!(astro.contains(part), "{part}: {astro}");
        }
        assert!(!astro.contains("hidden") && !astro.contains("import"), "{astro}");
    }

    fn dates_come_from_where_each_generator_keeps_them(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("old.md", "+++\ntitle = \"Old news\"\npath = \"2019/05/11/old-news\"\n[taxonomies]\ntags = [\"flu\"]\ncategories = [\"Care\"]\n+++\nText.\n")
            .write("2021/03/09/note.md", "---\ntitle: A note\n---\nText.\n")
            .write("2020-01-31-post.md", "---\ntitle: A post\nlastmod: 2020-02-01\n---\nText.\n")
            .write("undated.md", "---\ntitle: Undated\n---\nText.\n");
        let refused = folder.import(server.database(), &["--undated", "refuse", "--dry-run"]).succeeded();
        assert!(refused.contains("refused    undated.md: there is no date: add `date: 2024-05-31`"), "{refused}");
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("undated    1 file has no date (first undated.md): saved as drafts."), "{report}");
        assert!(report.contains("3 imported, 0 updated, 0 unchanged, 1 drafts, 0 refused"), "{report}");
        let dates = |slug: &str| {
            let found = article(&server.reader, slug);
            (found["publishedAt"].as_str().unwrap_or_default()[..10].to_owned(), found["updatedAt"].as_str().unwrap_or_default()[..10].to_owned())
        };
        let same = |day: &str| (day.to_owned(), day.to_owned());
        assert_eq!(dates("old-news"), same("2019-05-11"));
        assert_eq!(dates("note"), same("2021-03-09"));
        assert_eq!(dates("post"), ("2020-01-31".to_owned(), "2020-02-01".to_owned()));
        let found = article(&server.reader, "old-news");
        assert_eq!((&found["tags"], &found["topics"]), (&json!([{"slug": "flu"}]), &json!([{"slug": "care"}])));

        // The file is the same, and only an option has changed: readers see no update.
        let report = folder.import(server.database(), &["--image-base", "/media/", "--undated", "now"]).succeeded();
        assert!(report.contains("0 imported"), "{report}");
        assert_eq!(dates("note"), same("2021-03-09"));
        assert_eq!(article(&server.reader, "undated")["title"], "Undated");
        // An article that is public stays so when its file changes.
        folder.write("undated.md", "---\ntitle: Undated again\n---\nText.\n");
        folder.import(server.database(), &[]).succeeded();
        assert_eq!(article(&server.reader, "undated")["title"], "Undated again");
    }

    fn pictures_of_a_bundle_have_an_address(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        let text = "---\ntitle: A tour\ndate: 2022-02-03\nimage: hall.png\nalt: The hall\n---\n![Lift](lift.png) and [the map](map.pdf)\n\n`![x](y.png)`\n";
        folder.write("2022/02/tour/index.md", text);
        folder.import(server.database(), &[]).succeeded();
        let found = article(&server.reader, "tour");
        assert_eq!(found["heroImage"], json!({"url": "/2022/02/tour/hall.png", "alt": "The hall"}));
        let html = found["body"]["html"].as_str().unwrap();
        for part in ["src=\"/2022/02/tour/lift.png\"", "href=\"/2022/02/tour/map.pdf\"", "<code>![x](y.png)</code>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let report = folder.import(server.database(), &["--image-base", "https://cdn.example/site"]).succeeded();
        assert!(report.contains("1 updated"), "{report}");
        let found = article(&server.reader, "tour");
        assert_eq!(found["heroImage"]["url"], "https://cdn.example/site/2022/02/tour/hall.png");
        assert_eq!(found["updatedAt"], "2022-02-03T00:00:00Z", "only the address has changed");
    }

    fn an_element_that_closes_itself_hides_nothing(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder.write("a.md", "---\ntitle: T\ndate: 2022-02-03\n---\nStart.\n\n<script src=\"/x.js\" />\n\n<iframe src=\"https://video.example/1\" />\n\nThe end.\n");
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("dropped    <script>: 1 in 1 file, first in a.md:7"), "{report}");
        let text = article(&server.reader, "a")["body"]["text"].take();
        assert_eq!(text, "Start.\n\nEmbedded content from video.example\n\nThe end.");
    }
}
