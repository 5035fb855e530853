use proptest::prelude::*;

use super::*;

fn article(file_name: &str, text: &str) -> SourceArticle {
    match parse(file_name, text.as_bytes(), &Settings::default()) {
        Ok(article) => article,
        Err(refusal) => panic!("{text:?} was refused: {refusal}"),
    }
}

fn with(front_matter: &str) -> SourceArticle {
    article("a.md", &format!("---\ntitle: T\n{front_matter}\n---\n"))
}

fn refusal(front_matter: &str) -> Refusal {
    let text = format!("---\ntitle: T\n{front_matter}\n---\n");
    parse("a.md", text.as_bytes(), &Settings::default()).unwrap_err()
}

#[test]
fn a_jekyll_post_is_parsed() {
    let text = "---\nlayout: post\ntitle: \"Flu &amp; *you*\"\nsubtitle: What to know\ndate: 2020-01-31 09:00:00 -0500\n\
        last_modified_at: 2020-02-01\nexpiryDate: 2030-01-01\ncategories: [Care, Care > Flu]\ntags: flu, winter , flu\n\
        author: Ann Lee, MD\nexcerpt: |\n  A <b>short</b>\n  word.\nimage: /a.jpg\nimage_alt: A ward\n\
        image_figcaption: The ward\nredirect_from:\n  - /old/\nid: 7\nlang: en_US\npublished: false\n\
        seo: {title: Flu, description: All about it}\npermalink: /2020/flu-and-you.html\n---\n\n# Flu & you\n\nWash.\n";
    let found = article("_posts/2020-01-30-flu.md", text);
    let expected = SourceArticle {
        title: "Flu & you".into(),
        slug: Some("flu-and-you".into()),
        file_slug: "flu".into(),
        deck: Some("What to know".into()),
        published_at: Some("2020-01-31T14:00:00Z".parse().unwrap()),
        updated_at: Some("2020-02-01T00:00:00Z".parse().unwrap()),
        expires_at: Some("2030-01-01T00:00:00Z".parse().unwrap()),
        draft: true,
        locale: Some("en-US".into()),
        tags: vec!["flu".into(), "winter".into()],
        topics: vec!["Care".into(), "Care > Flu".into()],
        authors: vec!["Ann Lee, MD".into()],
        excerpt: Some("A short word.".into()),
        image: Some(SourceImage {
            url: "/a.jpg".into(),
            alt: Some("A ward".into()),
            caption: Some("The ward".into()),
            credit: None,
            width: None,
            height: None,
        }),
        aliases: vec!["/old/".into()],
        external_ref: Some("7".into()),
        seo_title: Some("Flu".into()),
        seo_description: Some("All about it".into()),
        body: "Wash.\n".into(),
        notes: vec![],
        dropped: vec![],
    };
    assert_eq!(found, expected);
}

#[test]
fn a_hugo_bundle_is_parsed() {
    let text = "+++\ntitle = 'Flu'\ndate = 2020-01-31T09:00:00-05:00\ndraft = true\ntags = ['a']\naliases = ['/x']\n\
        [cover]\nimage = 'c.png'\nalt = 'C'\n[[authors]]\nname = 'Ann'\n+++\nSee {{ this }}.\n";
    let found = article("posts/2019-01-01-flu/index.es.md", text);
    assert_eq!((found.file_slug.as_str(), found.locale.as_deref()), ("flu", Some("es")));
    assert_eq!(found.published_at, "2020-01-31T14:00:00Z".parse().ok());
    assert!(found.draft);
    assert_eq!(found.authors, ["Ann"]);
    assert_eq!(
        found.image.map(|image| (image.url, image.alt)),
        Some(("/posts/2019-01-01-flu/c.png".into(), Some("C".into())))
    );
    assert_eq!(found.body, "See {{ this }}.\n");
}

#[test]
fn a_page_of_zola_is_parsed() {
    let text = "+++\ntitle = 'Old news'\npath = \"2019/05/11/old-news\"\n[taxonomies]\ntags = ['flu', 'wards']\n\
        categories = ['Care']\nauthors = ['Ann']\n[extra]\nimage = 'ward.png'\nalt = 'A ward'\n+++\nText.\n";
    let found = article("posts/news.md", text);
    assert_eq!(found.slug.as_deref(), Some("old-news"));
    assert_eq!(found.published_at, "2019-05-11T00:00:00Z".parse().ok());
    assert_eq!(
        (found.tags, found.topics, found.authors),
        (vec!["flu".to_owned(), "wards".to_owned()], vec!["Care".to_owned()], vec!["Ann".to_owned()],)
    );
    let image = found.image.unwrap();
    assert_eq!((image.url.as_str(), image.alt.as_deref()), ("/posts/ward.png", Some("A ward")));
}

#[test]
fn a_link_post_has_its_summary_and_its_link_as_text() {
    let text = "---\ntitle: T\nsummary: All *about* [wards].\nexternal_url: https://a.example/x\n---\n";
    assert_eq!(article("a.md", text).body, "All about \\[wards\\].\n\n[a.example](https://a.example/x)\n");
    assert_eq!(with("link: /x").body, "");
    assert_eq!(article("a.md", "---\ntitle: T\nlink: https://a.example\n---\nText.\n").body, "Text.\n");
}

#[test]
fn lists_are_parsed_in_every_format() {
    let cases: [(&str, &[&str]); 9] = [
        ("tags: [a, B]", &["a", "B"]),
        ("tags:\n- a\n- 2020\n-", &["a", "2020"]),
        ("tags: a, b", &["a", "b"]),
        ("tags: Care at home", &["Care at home"]),
        ("tags: [Research & care, a]\nkeywords: a, c", &["Research & care", "a", "c"]),
        ("tags: Research &amp; care", &["Research & care"]),
        ("tags: [{name: A, slug: b}, {slug: c}]", &["A", "c"]),
        ("tags: {name: A}", &["A"]),
        ("tags:", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(with(text).tags, expected, "{text}");
    }
    assert_eq!(with("author: ann\nauthors: [bo, Ann]").authors, ["ann", "bo"]);
    assert_eq!(with("redirects: /a").aliases, ["/a"]);
}

#[test]
fn images_are_parsed_in_every_format() {
    let image = |url: &str, alt: Option<&str>, caption: Option<&str>, credit: Option<&str>| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Some(SourceImage {
            url: url.into(),
            alt: own(alt),
            caption: own(caption),
            credit: own(credit),
            width: None,
            height: None,
        })
    };
    let cases = [
        ("image: a.png", image("/a.png", None, None, None)),
        ("image: a.png\nalt: A ward", image("/a.png", Some("A ward"), None, None)),
        ("image: ward 4.png", image("/ward%204.png", None, None, None)),
        ("image:\nhero: false", None),
        ("hero: true\nfeaturedImage: a.png", image("/a.png", None, None, None)),
        (
            "image: {src: a.png, alt: A &amp; B, caption: '<a href=\"/\">C</a>', credit: D}",
            image("/a.png", Some("A & B"), Some("C"), Some("D")),
        ),
        ("image: {path: a.png, alt_text: A}", image("/a.png", Some("A"), None, None)),
        ("cover:\n  image: a.png\n  alt: A\n  relative: true", image("/a.png", Some("A"), None, None)),
        ("hero: {image: {url: a.png, alt: A}}", image("/a.png", Some("A"), None, None)),
        ("images: [a.png, b.png]", image("/a.png", None, None, None)),
        ("hero_image: a.png\nimage_alt: A\nimage_credit: D", image("/a.png", Some("A"), None, Some("D"))),
        ("header:\n  image: a.png\n  caption: C", image("/a.png", None, Some("C"), None)),
    ];
    for (text, expected) in cases {
        assert_eq!(with(text).image, expected, "{text}");
    }
    let size = |text: &str| with(text).image.map(|image| (image.width, image.height));
    assert_eq!(size("image: {src: a.png, width: 640, height: '400'}"), Some((Some(640), Some(400))));
    assert_eq!(size("cover: {image: {url: a.png, width: 9}, height: 100%}"), Some((Some(9), None)));
    assert_eq!(size("image: {src: a.png, width: 0, height: -1}"), Some((None, None)));
    let left_out = with("image: {alt: A}");
    assert_eq!((left_out.image, left_out.dropped[0].line), (None, 3));
}

#[test]
fn slugs_come_only_from_permalinks_without_placeholders() {
    let cases = [
        ("slug: a-b", Some("a-b")),
        ("slug: /x/a-b/", Some("a-b")),
        ("permalink: /2020/01/a-b/", Some("a-b")),
        ("permalink: /a-b/index.html", Some("a-b")),
        ("url: https://site.example/x/a-b.html", Some("a-b")),
        ("permalink: /:year/:title/", None),
        ("permalink: pretty\nslug: x", Some("x")),
        ("permalink: /", None),
        ("url: https://site.example", None),
        ("a: 1", None),
    ];
    for (text, expected) in cases {
        assert_eq!(with(text).slug.as_deref(), expected, "{text}");
    }
}

#[test]
fn dates_and_draft_flags_are_read() {
    let day = |text: &str| with(text).published_at.map(|at| at.to_string()[..10].to_owned());
    assert_eq!(day("date: 2020-1-31").as_deref(), Some("2020-01-31"));
    assert_eq!(day("pubDate: 'Jan 31 2020'").as_deref(), Some("2020-01-31"));
    assert_eq!(day("published: 2020-01-31").as_deref(), Some("2020-01-31"));
    assert_eq!(day("published: true"), None);
    assert!(article("2020-01-31-a.md", "---\ntitle: T\n---\n").published_at.is_some());
    assert!(article("2023-02-30-a.md", "---\ntitle: T\ndate: 2023-02-28\n---\n").published_at.is_some());
    let wrong = parse("2023-02-30-a.md", b"---\ntitle: T\n---\n", &Settings::default()).unwrap_err();
    assert!(wrong.reason.contains("this day does not exist"), "{wrong}");

    let dated = |path: &str, front_matter: &str| {
        let found = article(path, &format!("---\ntitle: T\n{front_matter}\n---\n"));
        found.published_at.map(|at| at.to_string()[..10].to_owned())
    };
    assert_eq!(dated("2021/03/09/note.md", "a: 1").as_deref(), Some("2021-03-09"));
    assert_eq!(dated("blog/2021/3/9/note/index.md", "a: 1").as_deref(), Some("2021-03-09"));
    assert_eq!(dated("2021-03-09/note.md", "a: 1").as_deref(), Some("2021-03-09"));
    assert_eq!(dated("2021/03/note.md", "a: 1"), None);
    assert_eq!(dated("2021/13/09/note.md", "a: 1"), None);
    assert_eq!(dated("2021/03/09/note.md", "date: 2020-01-31").as_deref(), Some("2020-01-31"));
    assert_eq!(dated("note.md", "permalink: /2019/05/11/note.html").as_deref(), Some("2019-05-11"));

    for (text, draft) in [
        ("draft: true", true),
        ("draft: 'true'", true),
        ("published: no", true),
        ("status: Draft", true),
        ("a: 1", false),
    ] {
        assert_eq!(with(text).draft, draft, "{text}");
    }
}

#[test]
fn titles_and_excerpts_become_plain_text() {
    let heading = |text: &str| article("a.md", text);
    let found = heading("# A &amp; **B**\n\nText\n");
    assert_eq!((found.title.as_str(), found.body.as_str()), ("A & B", "Text\n"));
    let found = heading("---\ntitle: A\u{a0}B\n---\nA B\n===\n\nText");
    assert_eq!((found.title.as_str(), found.body.as_str()), ("A B", "Text\n"));
    let found = heading("---\ntitle: A\n---\n# Other\n");
    assert_eq!(found.body, "# Other\n");
    let found = heading("---\ntitle: A\n---\nThe *start*.\n<!--more-->\nRest");
    assert_eq!((found.excerpt.as_deref(), found.body.as_str()), (Some("The start."), "The *start*.\nRest\n"));
    let found = heading("---\ntitle: A\nexcerpt: ''\nsummary: S\ndescription: D\n---\nX<!--more-->");
    assert_eq!((found.excerpt.as_deref(), found.seo_description.as_deref()), (Some("S"), Some("D")));
}

#[test]
fn a_refusal_names_the_line_and_the_key() {
    let cases = [
        ("date: 2023-02-30", Some(3), "date", "this day does not exist"),
        ("a: 1\npubDate: soon", Some(4), "pubDate", "is not a date"),
        ("draft: maybe", Some(3), "draft", "true"),
        ("slug: [a]", Some(3), "slug", "not a list"),
        ("tags: [[a]]", Some(3), "tags", "list of lists"),
        ("authors:\n- name: A\n- role: B", Some(5), "authors", "name"),
        ("title: U", Some(3), "title", "twice"),
        ("aliases: [{a: b}]", Some(3), "aliases", "list of texts"),
    ];
    for (text, line, field, reason) in cases {
        let found = refusal(text);
        assert_eq!((found.line, found.field.as_deref()), (line, Some(field)), "{text}: {found}");
        assert!(found.reason.contains(reason), "{text}: {found}");
    }
    let untitled = parse("a.md", b"---\na: 1\n---\nText", &Settings::default()).unwrap_err();
    assert_eq!(untitled.to_string().split(':').next(), Some("line 1"));
    assert!(parse("a.md", b"Text", &Settings::default()).is_err());
    assert!(parse("a.md", b"", &Settings::default()).is_err());
}

#[test]
fn keys_can_be_overridden() {
    let keys = KeyMap::with_overrides(["topics=channel", "external_ref=legacy.node"]).unwrap();
    let text = b"---\ntitle: T\nchannel: Care\ncategories: X\nlegacy: {node: 12}\n---\n";
    let found = parse("a.md", text, &Settings { keys, ..Settings::default() }).unwrap();
    assert_eq!((found.topics, found.external_ref.as_deref()), (vec!["Care".to_owned()], Some("12")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_parsing_panic(name in ".{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&name, &bytes, &Settings::default());
    }

    #[test]
    fn no_front_matter_makes_parsing_panic(
        name in "(_drafts/|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}-?|index|é|\\.|/|[a-z.]){0,6}",
        fence in "---|\\+\\+\\+",
        lines in prop::collection::vec(
            "(title|date|tags|image|draft|seo|author|slug|permalink|é)( ?[:=] ?)([\\[\\]{}'\"a0-9:,|>&*!@#é \\-]|2020-0|\\{\\{|http://|[*_`<>\\[\\]()!\\\\]){0,14}", 0..8),
        body in "([#*_`<>!\\[\\]()\\\\=é \n-]|<!--more-->|text){0,30}",
    ) {
        let text = format!("{fence}\n{}\n{fence}\n{body}", lines.join("\n"));
        let _ = parse(&name, text.as_bytes(), &Settings::default());
    }

    #[test]
    fn making_a_line_plain_twice_changes_nothing(text in ".{0,80}|[*_`<>\\[\\]()!\\\\a é&;]{0,60}") {
        let line = plain::line(&text);
        prop_assert!(!line.contains('\n') && line.trim() == line && !line.contains("  "));
    }

    #[test]
    fn bodies_without_template_tags_stay_unchanged(body in "[a-z][a-zA-Z0-9 *_#|>\\[\\]()é👍-]{0,60}(\n[a-z*_-]{1,20}){0,4}") {
        let found = article("a.md", &format!("---\ntitle: T\n---\n\n{body}\n"));
        prop_assert_eq!(found.body, format!("{}\n", body.trim_end()));
    }
}
