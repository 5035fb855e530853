//! Tests of the checks through the public function `check`.

use std::collections::HashMap;

use domain::{AuthorId, Content, Id, Image, Locale, Seo, Slug, TagId, Timestamp, TopicId};
use proptest::prelude::*;

use super::{
    BrokenBefore, Issue, IssueCode, LinkTarget, MOST_ISSUES, MOST_SLUGS, Policy, Severity, broken_links,
    check, internal_slugs,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Content that has no issues.
pub(crate) fn sample() -> Content {
    Content {
        slug: Slug::parse("flu-shots").unwrap(),
        locale: Locale::english(),
        title: "Who should get a flu shot this year".to_owned(),
        deck: Some("A short guide".to_owned()),
        excerpt: Some("Who should get a flu shot, when the best time is, and what to ask before.".to_owned()),
        body: "A shot helps most people. See [when to go](#when).\n\n## When\n\nGo in the fall.\n".to_owned(),
        hero_image: Some(Image {
            url: "https://images.example/nurse.jpg".to_owned(),
            alt: Some("A nurse gives a shot".to_owned()),
            caption: None,
            credit: None,
            width: None,
            height: None,
        }),
        seo: Seo::default(),
        authors: vec![AuthorId::new(NOW, [1; 10])],
        topics: vec![TopicId::new(NOW, [1; 10])],
        tags: vec![TagId::new(NOW, [1; 10])],
        aliases: Vec::new(),
        published_at: None,
    }
}

fn issues_of(content: &Content) -> Vec<Issue> {
    let targets = [("public", LinkTarget::Public), ("draft", LinkTarget::NotPublic)]
        .map(|(slug, target)| (Slug::parse(slug).unwrap(), target));
    let policy = Policy { site_url: Some("https://journal.example".to_owned()), ..Policy::default() };
    let rendered = richtext::render(&content.body);
    check(content, &rendered, &policy, NOW, &HashMap::from(targets), &BrokenBefore::None)
}

/// The issues without their messages.
fn briefly(content: &Content) -> Vec<(&'static str, Severity, String)> {
    issues_of(content)
        .into_iter()
        .map(|Issue { code, severity, path, message: _ }| (code.as_str(), severity, path.join(".")))
        .collect()
}

fn with_body(body: &str) -> Content {
    Content { body: body.to_owned(), ..sample() }
}

/// The only issue of a body.
fn only_issue(body: &str) -> Issue {
    let mut issues = issues_of(&with_body(body));
    assert_eq!(issues.len(), 1, "{body}: {issues:?}");
    issues.remove(0)
}

#[test]
fn a_good_article_has_no_issues() {
    assert_eq!(issues_of(&sample()), []);
}

#[test]
fn a_link_that_was_broken_before_is_a_warning() {
    let content = with_body("See [the hours](#hours) and [the draft](/draft), and [the plan](#plan).");
    let rendered = richtext::render(&content.body);
    let targets = HashMap::from([(Slug::parse("draft").unwrap(), LinkTarget::NotPublic)]);
    let policy = Policy { max_grade: None, ..Policy::default() };
    let severities = |before: &BrokenBefore| -> Vec<Severity> {
        check(&content, &rendered, &policy, NOW, &targets, before)
            .iter()
            .map(|issue| issue.severity)
            .collect()
    };
    assert_eq!(severities(&BrokenBefore::None), [Severity::Error; 3]);
    assert_eq!(severities(&BrokenBefore::All), [Severity::Warning; 3]);
    let earlier = richtext::render("[x](#hours) [y](/draft) [z](#plan)\n\n## Plan");
    let broken = broken_links(&earlier, &policy, &targets);
    assert_eq!(broken, ["#hours".to_owned(), "/draft".to_owned()].into());
    assert_eq!(
        severities(&BrokenBefore::Links(broken)),
        [Severity::Error, Severity::Warning, Severity::Warning]
    );
}

#[test]
fn html_that_is_removed_is_reported_with_its_line() {
    let issue = only_issue("Watch the tour.\n\n<iframe src=\"https://video.example/1\"></iframe>\n");
    assert_eq!((issue.code, issue.severity), (IssueCode::HtmlRemoved, Severity::Warning));
    assert_eq!(issue.message, "line 3: `<iframe>` is removed from the page: write a link to what it shows");
    assert_eq!(only_issue("A <mystery-box>thing</mystery-box>.").code, IssueCode::HtmlRemoved);
    assert_eq!(issues_of(&with_body("A <b>thing</b> and `<iframe>`.")), []);
}

#[test]
fn codes_are_unique_and_written_in_capitals() {
    let codes: std::collections::HashSet<_> = IssueCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), IssueCode::ALL.len());
    assert!(codes.iter().all(|code| code.bytes().all(|b| b == b'_' || b.is_ascii_uppercase())));
}

#[test]
fn errors_come_first_and_fields_come_before_the_body() {
    let content = Content {
        title: "Flu".to_owned(),
        hero_image: None,
        tags: Vec::new(),
        topics: Vec::new(),
        excerpt: None,
        published_at: Some(NOW + std::time::Duration::from_secs(60)),
        ..with_body(
            "# One\n\n#### Four\n\n![](/a.png) ![image](/b.png) [here](/public) [draft](draft) [x](/unknown)",
        )
    };
    use Severity::{Error, Warning};
    assert_eq!(
        briefly(&content),
        [
            ("ALT_TEXT_MISSING", Error, "body"),
            ("INTERNAL_LINK_BROKEN", Error, "body"),
            ("PUBLISHED_AT_IN_FUTURE", Error, "publishedAt"),
            ("TITLE_LENGTH", Warning, "title"),
            ("DESCRIPTION_LENGTH", Warning, "excerpt"),
            ("TOPIC_MISSING", Warning, "topics"),
            ("TAG_MISSING", Warning, "tags"),
            ("ALT_TEXT_USELESS", Warning, "body"),
            ("HEADING_LEVEL_ONE", Warning, "body"),
            ("HEADING_LEVEL_SKIPPED", Warning, "body"),
            ("LINK_TEXT_VAGUE", Warning, "body"),
            ("INTERNAL_LINK_BROKEN", Warning, "body"),
        ]
        .map(|(code, severity, path)| (code, severity, path.to_owned()))
    );
}

#[test]
fn a_body_without_content_is_empty() {
    for body in ["", " \n", "<!-- later -->"] {
        assert_eq!(only_issue(body).code, IssueCode::BodyEmpty, "{body}");
    }
    let content = Content { excerpt: None, ..with_body("") };
    assert_eq!(briefly(&content).len(), 1);
}

#[test]
fn the_hero_image_needs_a_meaningful_alternative_text() {
    let with_alt = |alt: &str| {
        let image = sample().hero_image.map(|image| Image { alt: Some(alt.to_owned()), ..image });
        issues_of(&Content { hero_image: image, ..sample() }).pop()
    };
    for alt in ["nurse", "Photo", "IMG_0001.jpg"] {
        let issue = with_alt(alt).unwrap();
        assert_eq!((issue.code, issue.path.join(".").as_str()), (IssueCode::AltTextUseless, "heroImage.alt"));
    }
    assert_eq!(with_alt("A nurse"), None);
}

#[test]
fn titles_and_descriptions_must_fit_search_result_pages() {
    let long = "word ".repeat(60);
    let seo = |title: Option<&str>, description: Option<&str>| Content {
        seo: Seo { title: title.map(str::to_owned), description: description.map(str::to_owned) },
        ..sample()
    };
    let found = |content: &Content| -> Vec<String> {
        briefly(content).into_iter().map(|(code, _, path)| format!("{code} {path}")).collect()
    };
    let title = Content { title: long.clone(), ..sample() };
    assert_eq!(found(&title), ["TITLE_LENGTH title"]);
    let mended =
        Content { seo: Seo { title: Some("A shorter title".to_owned()), description: None }, ..title };
    assert_eq!(found(&mended), Vec::<String>::new());
    assert_eq!(
        found(&seo(Some(&long), Some(&long))),
        ["TITLE_LENGTH seo.title", "DESCRIPTION_LENGTH seo.description"]
    );
    assert_eq!(
        found(&seo(Some("Flu"), Some("Flu"))),
        ["TITLE_LENGTH seo.title", "DESCRIPTION_LENGTH seo.description"]
    );
    assert_eq!(found(&seo(Some(" "), Some(" "))), Vec::<String>::new());
    assert_eq!(found(&Content { excerpt: Some(long.clone()), ..sample() }), ["DESCRIPTION_LENGTH excerpt"]);
    // An excerpt that is made from the body: one of the right length, and one that is too short.
    let made = Content { excerpt: None, ..sample() };
    assert_eq!(found(&made), Vec::<String>::new());
    assert_eq!(found(&Content { body: "Soon.".to_owned(), ..made }), ["DESCRIPTION_LENGTH excerpt"]);
}

#[test]
fn heading_levels_must_not_be_skipped() {
    for (body, code) in [
        ("# One", IssueCode::HeadingLevelOne),
        ("### Three", IssueCode::HeadingLevelSkipped),
        ("## Two\n\n#### Four\n\n#### Again", IssueCode::HeadingLevelSkipped),
    ] {
        assert_eq!(only_issue(body).code, code, "{body}");
    }
    assert!(issues_of(&with_body("## A\n\n### B\n\n#### C\n\n## D\n\n### E")).is_empty());
    assert_eq!(
        only_issue("## Two\n\n#### Doses").message,
        "the heading `Doses` has level 4 and follows level 2: make it `###`, or add a heading between them"
    );
}

#[test]
fn links_must_name_their_target_and_not_be_broken() {
    use Severity::{Error, Warning};
    for (body, code, severity) in [
        ("[click here](https://other.example)", IssueCode::LinkTextVague, Warning),
        ("[the doses](#doses)", IssueCode::InternalLinkBroken, Error),
        ("## A\n\n[the doses](#doses)", IssueCode::InternalLinkBroken, Error),
        ("## Doses {#how-much}\n\n[the doses](#doses)", IssueCode::InternalLinkBroken, Error),
        ("[a draft](https://journal.example/draft.html?x)", IssueCode::InternalLinkBroken, Error),
        ("[a page](/unknown)", IssueCode::InternalLinkBroken, Warning),
        ("[a page](/unknown) [again](/unknown)", IssueCode::InternalLinkBroken, Warning),
    ] {
        let issue = only_issue(body);
        assert_eq!((issue.code, issue.severity), (code, severity), "{body}");
    }
    for body in [
        "[an article](/public) [itself](/flu-shots) [a file](/unknown.pdf) [mail](mailto:a@b.example)",
        "[the top](#) [the top](#top) <https://other.example/unknown> a[^1]\n\n[^1]: note",
        "## Doses {#how-much}\n\n<a name=\"Side_1\"></a>Rest. [doses](#how-much) [effects](#Side_1)\n\n<h2 id=\"x.1\">X</h2>\n\n[x](#x.1)",
        "## Döse\n\n[doses](#döse) [doses](#d%C3%B6se) [home](https://journal.example/)",
    ] {
        assert_eq!(issues_of(&with_body(body)), [], "{body}");
    }
}

#[test]
fn each_internal_slug_is_returned_once() {
    let rendered =
        richtext::render("[a](/one) [b](two/) [c](/one.html) [d](https://journal.example/three) [e](#x)");
    let slugs = |policy| -> Vec<String> {
        internal_slugs(&rendered, &policy).iter().map(ToString::to_string).collect()
    };
    assert_eq!(slugs(Policy::default()), ["one", "two"]);
    let site_url = Some("https://journal.example/".to_owned());
    assert_eq!(slugs(Policy { site_url, ..Policy::default() }), ["one", "two", "three"]);
}

#[test]
fn texts_that_are_hard_to_read_get_a_warning() {
    let hard = "Contemporary epidemiological investigations consistently demonstrate considerable \
                methodological heterogeneity across international populations. "
        .repeat(4);
    let issue = only_issue(&hard);
    assert_eq!(issue.code, IssueCode::ReadingLevelHigh);
    assert!(issue.message.contains("and 12 is the highest allowed"), "{}", issue.message);
    let content = Content { locale: "de".parse().unwrap(), ..with_body(&hard) };
    assert_eq!(issues_of(&content), []);
    let policy = Policy { max_grade: None, ..Policy::default() };
    assert_eq!(
        check(
            &with_body(&hard),
            &richtext::render(&hard),
            &policy,
            NOW,
            &HashMap::new(),
            &BrokenBefore::None
        ),
        []
    );
}

#[test]
fn every_code_stays_when_there_are_too_many_issues() {
    let mut body: String =
        (0..5_000).map(|n| format!("![](/{n}.png) [here](/page-{n}) ![image](/{n}.png)\n")).collect();
    body.push_str("\n\n#### Four\n");
    let issues = issues_of(&with_body(&body));
    assert_eq!(issues.len(), MOST_ISSUES);
    for code in [
        IssueCode::AltTextMissing,
        IssueCode::AltTextUseless,
        IssueCode::LinkTextVague,
        IssueCode::InternalLinkBroken,
        IssueCode::HeadingLevelSkipped,
    ] {
        assert!(issues.iter().any(|issue| issue.code == code), "{code:?}");
    }
    assert!(issues.is_sorted_by_key(|issue| issue.severity));
    assert_eq!(internal_slugs(&richtext::render(&body), &Policy::default()).len(), MOST_SLUGS);
}

/// The sizes are moderate, because rendering is slow without optimisation.
#[test]
fn the_largest_texts_are_checked() {
    const SIZE: usize = 1 << 17;
    for unit in ["![](a)", "[here](b)\n\n", "#### a\n\n", "a. ", "a", "[x](#%41%%)", "Dr. "] {
        let body = unit.repeat(SIZE / unit.len());
        assert!(issues_of(&with_body(&body)).len() <= MOST_ISSUES);
    }
}

proptest! {
    #[test]
    fn checks_never_panic_and_return_no_duplicates(
        body in "([#*_`|\\[\\]()!:/.%?\\n a-e1-3-]|\\PC){0,120}",
        text in "\\PC{0,80}",
        url in "(https?:)?[/\\\\]{0,2}[a-z.%#?é/-]{0,30}",
    ) {
        let content = Content {
            title: text.clone(),
            excerpt: Some(text.clone()),
            hero_image: Some(Image { url, alt: Some(text), caption: None, credit: None, width: None, height: None }),
            ..with_body(&body)
        };
        let issues = issues_of(&content);
        prop_assert!(issues.len() <= MOST_ISSUES);
        prop_assert!(issues.is_sorted_by_key(|issue| issue.severity));
        let messages: std::collections::HashSet<_> = issues.iter().map(|issue| (issue.code, &issue.message)).collect();
        prop_assert_eq!(messages.len(), issues.len());
    }

    #[test]
    fn any_text_can_be_the_site_url(url in "\\PC{0,30}", site in "\\PC{0,20}") {
        let policy = Policy { site_url: Some(site), ..Policy::default() };
        let link = richtext::Link { url, text: String::new() };
        let rendered = richtext::RichText { links: vec![link], ..richtext::RichText::default() };
        prop_assert!(internal_slugs(&rendered, &policy).len() <= 1);
    }
}
