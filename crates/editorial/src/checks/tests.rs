use domain::{Id, Image, Locale, Seo, TagId, TopicId};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// An article with which nothing is wrong.
fn sound() -> Content {
    Content {
        slug: Slug::parse("own").unwrap(),
        locale: Locale::english(),
        title: "A title of a sensible length".to_owned(),
        deck: None,
        excerpt: Some("A teaser that is neither too short nor too long for a page of results.".to_owned()),
        body: "Some text.".to_owned(),
        hero_image: None,
        seo: Seo::default(),
        authors: Vec::new(),
        topics: vec![TopicId::new(NOW, [0; 10])],
        tags: vec![TagId::new(NOW, [0; 10])],
        aliases: Vec::new(),
        published_at: None,
    }
}

fn check_all(content: &Content) -> Vec<Issue> {
    let policy = Policy { site_url: Some("https://www.example".to_owned()), ..Policy::default() };
    let targets = HashMap::from([
        (Slug::parse("public").unwrap(), LinkTarget::Public),
        (Slug::parse("draft").unwrap(), LinkTarget::NotPublic),
    ]);
    check(content, &richtext::render(&content.body), &policy, NOW, &targets)
}

fn codes(content: &Content) -> Vec<(IssueCode, Severity)> {
    check_all(content).into_iter().map(|issue| (issue.code, issue.severity)).collect()
}

fn of_body(body: &str) -> Vec<(IssueCode, Severity)> {
    codes(&Content { body: body.to_owned(), ..sound() })
}

#[test]
fn nothing_is_wrong_with_what_is_sound() {
    assert_eq!(check_all(&sound()), []);
}

#[test]
fn what_cannot_be_published_is_an_error() {
    use IssueCode::{AltTextMissing, BodyEmpty, InternalLinkBroken, PublishedAtInFuture};
    use Severity::Error;
    assert_eq!(of_body(" \n"), [(BodyEmpty, Error)]);
    assert_eq!(of_body("![](/a.png)"), [(AltTextMissing, Error)]);
    assert_eq!(of_body("[the draft](/blog/draft/)"), [(InternalLinkBroken, Error)]);
    assert_eq!(of_body("[the draft](https://www.example/draft.html?x)"), [(InternalLinkBroken, Error)]);
    assert_eq!(of_body("[a part](#nowhere)"), [(InternalLinkBroken, Error)]);
    let late = Content { published_at: Some(Timestamp::from_second(1).unwrap()), ..sound() };
    assert_eq!(codes(&late), [(PublishedAtInFuture, Error)]);
}

#[test]
fn what_is_for_the_editor_to_judge_is_a_warning() {
    use IssueCode::*;
    let warned = |content: Content, code| {
        assert_eq!(codes(&content), [(code, Severity::Warning)], "{content:?}");
    };
    warned(Content { title: "Short".to_owned(), ..sound() }, TitleLength);
    warned(Content { excerpt: Some("Short.".to_owned()), ..sound() }, DescriptionLength);
    warned(Content { excerpt: None, ..sound() }, DescriptionLength);
    warned(Content { tags: Vec::new(), ..sound() }, TagMissing);
    warned(Content { topics: Vec::new(), ..sound() }, TopicMissing);
    let body = |text: &str| Content { body: text.to_owned(), ..sound() };
    warned(body("# One"), HeadingLevelOne);
    warned(body("## Two\n\n#### Four"), HeadingLevelSkipped);
    warned(body("[Click here!](https://other.example/x)"), LinkTextVague);
    warned(body("[the page](/no-such-page)"), InternalLinkBroken);
    warned(
        body(&"Organizational communication necessitates interdisciplinary collaboration. ".repeat(30)),
        ReadingLevelHigh,
    );
    for alt in ["IMG_1234.jpg", "img_1234", "ward", "Image", "a photo of", "Photo 3", "DSC-0042"] {
        warned(body(&format!("![{alt}](/pictures/ward.jpg)")), AltTextUseless);
        let hero = Image {
            url: "/pictures/ward.jpg".to_owned(),
            alt: Some(alt.to_owned()),
            caption: None,
            credit: None,
            width: None,
            height: None,
        };
        warned(Content { hero_image: Some(hero), ..sound() }, AltTextUseless);
    }
}

#[test]
fn what_is_fine_is_not_reported() {
    for body in [
        "## Two\n\n### Three\n\n## Two again\n\n### Three again",
        "[the flu guide](/blog/public) and [this part](#part)\n\n## Part",
        "[its own address](/own)",
        "[a leaflet](/files/leaflet.pdf), [mail](mailto:a@b.example), [elsewhere](https://other.example/draft)",
        "![A nurse shows a form to a photographer](/pictures/ward.jpg)",
        "A note.[^1]\n\n[^1]: It says so.",
    ] {
        assert_eq!(of_body(body), [], "{body}");
    }
}

#[test]
fn errors_come_first_and_each_is_told_once() {
    let body = "[here](/x) [here](/x) [here](/x)\n\n![](/a.png)".to_owned();
    use IssueCode::{AltTextMissing, InternalLinkBroken, LinkTextVague};
    use Severity::{Error, Warning};
    let found = of_body(&body);
    assert_eq!(found, [(AltTextMissing, Error), (LinkTextVague, Warning), (InternalLinkBroken, Warning)]);
}

#[test]
fn there_is_an_end_to_what_is_told() {
    for body in [
        (0..20_000).map(|n| format!("![]({n}.png)\n")).collect::<String>(),
        (0..20_000).map(|n| format!("[here](/a{n})\n")).collect(),
        (0..20_000).map(|n| format!("# h{n}\n")).collect(),
    ] {
        assert_eq!(of_body(&body).len(), 100);
    }
}

#[test]
fn the_slugs_of_internal_links_are_told_once() {
    let rich = richtext::render("[a](/x/b) [a](b.html#c) [a](https://other.example/d) [a](#e) [a](f.pdf)");
    let slugs: Vec<_> = internal_slugs(&rich, &Policy::default()).iter().map(ToString::to_string).collect();
    assert_eq!(slugs, ["b"]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(body: String, title: String, alt: String) {
        let _ = check_all(&Content { body: format!("{body}\n\n![{alt}](x)[{title}]({alt})"), title, ..sound() });
    }
}
