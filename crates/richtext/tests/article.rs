//! Tests one realistic article with every construct, and further constructs one by one.

use richtext::{Heading, InlineImage, Link, plain, render};

#[test]
fn a_realistic_article_is_rendered() {
    let document = render(include_str!("article.md"));
    assert_eq!(document.html, include_str!("article.html"));
    assert_eq!(document.text, include_str!("article.txt").trim_end());
    let heading = |level, id: &str, text: &str| Heading { level, id: id.into(), text: text.into() };
    assert_eq!(
        document.outline,
        [
            heading(1, "why-alt-text-matters--how", "Why alt text matters & how"),
            heading(2, "checklist", "Checklist"),
            heading(2, "numbers", "Numbers"),
            heading(2, "checklist-1", "Checklist"),
        ]
    );
    assert_eq!(
        document.images,
        [
            InlineImage {
                url: "https://cdn.example.org/nurse.jpg".into(),
                alt: "Nurse at a desk".into(),
                title: Some("At work".into()),
            },
            InlineImage { url: "/chart.png".into(), alt: "Chart".into(), title: None },
        ]
    );
    let link = |url: &str, text: &str| Link { url: url.into(), text: text.into() };
    assert_eq!(
        document.links,
        [
            link("/staff", "staff"),
            link("https://example.org/?a=1&b=2", "search engines"),
            link("mailto:press@example.org", "press@example.org"),
            link("http://www.example.org/help", "www.example.org/help"),
            link("#checklist", "the guide"),
        ]
    );
    assert_eq!((document.word_count, document.reading_time_minutes), (96, 1));
}

#[test]
fn an_empty_body_renders_to_nothing() {
    assert_eq!(render(""), richtext::RichText::default());
    assert_eq!(render("\n \t\n<!-- a -->\n").text, "");
}

#[test]
fn commonmark_constructs_are_rendered() {
    for (markdown, html) in [
        ("Setext\n===", "<h1 id=\"setext\">Setext</h1>\n"),
        ("a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>\n"),
        ("    code", "<pre><code>code\n</code></pre>\n"),
        ("*a **b** c*", "<p><em>a <strong>b</strong> c</em></p>\n"),
        ("[a]\n\n[a]: /b 'c'", "<p><a href=\"/b\" title=\"c\">a</a></p>\n"),
        ("3) a\n4) b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("\\*a\\* &copy; &#x1F600;", "<p>*a* © 😀</p>\n"),
        ("``a ` b``", "<p><code>a ` b</code></p>\n"),
        ("a < b > c & d", "<p>a &lt; b &gt; c &amp; d</p>\n"),
    ] {
        assert_eq!(render(markdown).html, html);
    }
}

#[test]
fn raw_html_is_repaired() {
    for (raw, html) in [
        ("<div><p>a<p>b</div></div>c", "<div><p>a</p><p>b</p></div>c"),
        ("<div>a<b>b<i>c</b>d</i></div>", "<div>a<b>b<i>c</i></b>d</div>"),
        ("<div><a href=/a>b<a href=/c>d</div>", "<div><a href=\"/a\">b</a><a href=\"/c\">d</a></div>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<table>a<td>b<tr><th align=RIGHT>c</table>",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><th align=\"right\">c</th></tr></tbody></table>",
        ),
        ("<article><center>a</center></article>", "<div><div>a</div></div>"),
        ("<div title='x>\n<p>a</p>", "&lt;div title='x&gt;\n<p>a</p>"),
        ("<video src=a>Watch <a href=/b>here</a></video>", "<p>Watch <a href=\"/b\">here</a></p>\n"),
    ] {
        let got = render(raw).html;
        assert_eq!(got.trim_end(), html.trim_end(), "{raw}");
    }
}

#[test]
fn a_stray_script_tag_swallows_nothing() {
    let document = render("The <script> tag.\n\nAnother paragraph.");
    assert_eq!(document.text, "The tag.\n\nAnother paragraph.");
    assert_eq!(render("a <script>b < c</script> d <style>e</style>").text, "a d");
}

#[test]
fn a_broken_tag_swallows_no_markdown_after_it() {
    let document = render("<div title=\"oops>\n\nA \"quoted\" *word*.");
    assert!(document.html.ends_with("<p>A \"quoted\" <em>word</em>.</p>\n"), "{}", document.html);
}

#[test]
fn only_safe_urls_are_kept() {
    for (markdown, html) in [
        ("[a](//b.org)", "<p><a href=\"//b.org\" rel=\"noopener noreferrer\">a</a></p>\n"),
        ("[a](#b)", "<p><a href=\"#b\">a</a></p>\n"),
        ("[a](tel:+123)", "<p><a href=\"tel:+123\">a</a></p>\n"),
        ("[a](javascript:b)", "<p><a>a</a></p>\n"),
        ("[a](&#x6A;avascript&colon;b)", "<p><a>a</a></p>\n"),
        ("<a href=' java\nscript:b'>a</a>", "<p><a>a</a></p>\n"),
        ("![a](data:image/png;base64,AAAA)", "<p>a</p>\n"),
        ("![a](mailto:b)", "<p>a</p>\n"),
    ] {
        assert_eq!(render(markdown).html, html, "{markdown}");
    }
}

#[test]
fn only_plain_language_names_become_classes() {
    for (info, class) in [
        ("rust", " class=\"language-rust\""),
        ("c++ numbered", " class=\"language-c++\""),
        ("x\"onclick=y", ""),
        ("", ""),
    ] {
        let want = format!("<pre><code{class}>a\n</code></pre>\n");
        assert_eq!(render(&format!("```{info}\na\n```")).html, want);
    }
}

#[test]
fn headings_get_ids_and_texts() {
    let document = render("# ![Logo](/a)\n\n## 2024\n\n## Note[^1]\n\n##\n\n[^1]: b\n");
    let ids: Vec<_> = document.outline.iter().map(|h| (h.id.as_str(), h.text.as_str())).collect();
    assert_eq!(ids, [("logo", "Logo"), ("h-2024", "2024"), ("note", "Note"), ("h", "")]);
}

#[test]
fn titles_become_plain_text() {
    for (title, text) in [
        ("Tips &amp; tricks &#8217;24", "Tips & tricks ’24"),
        ("&amp;amp; &quot;x&quot;", "&amp; \"x\""),
        ("*Bold* _move_ <em>now</em>", "Bold move now"),
        ("_Emphasis_ first", "Emphasis first"),
        ("2014. A year", "2014. A year"),
        ("# 1 hospital", "# 1 hospital"),
        ("- dash", "- dash"),
        ("<div>a</div>b", "a b"),
        ("a<script>b</script> c", "a c"),
        ("[link](/a) `<b>` 3 < 4", "link <b> 3 < 4"),
        ("one\ntwo", "one two"),
        ("[a]: b", "[a]: b"),
        ("", ""),
    ] {
        assert_eq!(plain(title), text);
    }
}
