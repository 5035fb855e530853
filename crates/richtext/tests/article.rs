//! Tests one realistic article with every construct, and further constructs one by one.

use richtext::{Heading, InlineImage, Link, excerpt_of_html, render};

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
            heading(2, "mine", "Checklist"),
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
    assert_eq!(ids, [("logo", "Logo"), ("2024", "2024"), ("note", "Note")]);
}

/// The ids and texts of the outline, and the plain text.
fn outline(markdown: &str) -> (Vec<(String, String)>, String) {
    let document = render(markdown);
    let headings = document.outline.into_iter().map(|Heading { level: _, id, text }| (id, text));
    (headings.collect(), document.text)
}

#[test]
fn authors_give_headings_ids_in_every_dialect() {
    for markdown in [
        "## Opening hours {#hours}",
        "## Opening hours {: #hours }",
        "## Opening hours {: .wide #hours}",
        "## Opening hours {.wide #hours}",
        "## Opening hours\n{: #hours }",
        "## Opening hours\n{: .wide\n   #hours }\n",
        "{: #hours }\n## Opening hours",
        "## Opening hours {/*hours*/}",
        "## Opening hours {/* #hours */}",
        "## Opening hours {#hours} ##",
        "Opening hours {#hours}\n---",
        "<h2 id=\"hours\">Opening hours</h2>",
        "## <a name=\"hours\"></a>Opening hours",
        "## Opening hours <a id='hours'></a>",
        "## <a name=\"hours\" href=\"#hours\">Opening hours</a>",
        "## <span id=hours>Opening hours</span>",
    ] {
        let want = vec![("hours".to_owned(), "Opening hours".to_owned())];
        assert_eq!(outline(markdown), (want, "Opening hours".to_owned()), "{markdown}");
        assert_eq!(render(markdown).html.matches(" id=").count(), 1, "{markdown}");
    }
}

#[test]
fn ids_of_authors_take_precedence_and_are_unique() {
    let document = render(
        "## Cost\n\n## Prices {#cost}\n\n## Fees {#cost}\n\n<a name=\"Top_1\"></a>Text\n\n## X {#a\"b}",
    );
    let ids: Vec<_> = document.outline.iter().map(|heading| heading.id.as_str()).collect();
    assert_eq!(ids, ["cost-1", "cost", "fees", "x-ab"]);
    assert!(document.html.contains("<p><span id=\"Top_1\"></span>"), "{}", document.html);
    let mut targets: Vec<_> = document.targets.iter().map(String::as_str).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["Top_1", "cost", "cost-1", "fees", "x-ab"]);
}

#[test]
fn a_link_cannot_have_an_id_of_its_own() {
    for html in ["<a id=config href=/x>x</a>", "<a name=config href=/x>x</a>"] {
        let document = render(html);
        assert_eq!(document.html, "<p><span id=\"config\"></span><a href=\"/x\">x</a></p>\n");
    }
    assert_eq!(render("<a name=__proto__ href=/x>x</a>").html, "<p><a href=\"/x\">x</a></p>\n");
}

#[test]
fn attribute_lists_are_removed() {
    for (markdown, html) in [
        ("A lead.\n{: .lead }", "<p>A lead.</p>\n"),
        ("A lead.\n{: .lead\n   title=\"a b\" }", "<p>A lead.</p>\n"),
        ("{: .lead }\nA lead.", "<p>A lead.</p>\n"),
        ("A\n\n{: .lead }\n\nB", "<p>A</p>\n<p>B</p>\n"),
        ("[a](/b){: target=\"_blank\" } c", "<p><a href=\"/b\">a</a> c</p>\n"),
        ("[a](/b){target=_blank}", "<p><a href=\"/b\">a</a></p>\n"),
        ("*a*{: .x\n.y} b", "<p><em>a</em> b</p>\n"),
        ("- a\n- b\n{: .steps }", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("- {: .x} a", "<ul>\n<li>a</li>\n</ul>\n"),
        ("> a\n{: .note }", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("```\na\n```\n{: .big }", "<pre><code>a\n</code></pre>\n"),
        (
            "|a|\n|-|\n|b|\n{: .wide }",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n",
        ),
        (
            "|[a](/b){: .c}|\n|-|",
            "<table>\n<thead>\n<tr>\n<th><a href=\"/b\">a</a></th>\n</tr>\n</thead>\n</table>\n",
        ),
        ("A\n{: #a }", "<p><span id=\"a\"></span>A</p>\n"),
        ("{::nomarkdown}\n\n<b>x</b>\n\n{:/}", "<p><b>x</b></p>\n"),
    ] {
        assert_eq!(render(markdown).html.trim_start(), html, "{markdown}");
    }
}

#[test]
fn braces_in_prose_and_code_stay() {
    for markdown in [
        "A set {1, 2} and {x}.",
        "`{: .x}`",
        "The list {a: 1}",
        "*f*{x} and **g**{1, 2}",
        "## Use {name}",
        "{a, b}",
        "2^10 and ^",
        "a [toc] b",
    ] {
        let text = markdown.trim_start_matches("## ").replace(['*', '`'], "");
        assert_eq!(render(markdown).text, text);
    }
    assert_eq!(
        render("```\n## Hours {#hours}\n[[toc]]\n^\n:::tip\n```").text,
        "## Hours {#hours}\n[[toc]]\n^\n:::tip"
    );
}

#[test]
fn marks_without_text_are_removed() {
    for markdown in [
        "A\n\n[[toc]]\n\nB",
        "A\n\n[TOC]\n\nB",
        "A\n\n[[_TOC_]]\n\nB",
        "A\n\n- Contents\n{:toc}\n\nB",
        "A\n\n^\n\nB",
        "A\n\n<p></p>\n\n<div><p>&nbsp;</p></div>\n\n<strong></strong>\n\nB",
        "A\n\n##\n\nB",
        "A\n\n<p><script>x()</script></p>\n\nB",
    ] {
        let document = render(markdown);
        assert_eq!((document.text.as_str(), document.outline.len()), ("A\n\nB", 0), "{markdown}");
        let html: String = document.html.split_whitespace().collect();
        assert_eq!(html, "<p>A</p><p>B</p>", "{markdown}");
    }
    assert_eq!(render("a\n^\n").html, "<p>a</p>\n");
    assert_eq!(render("a<b> </b>b <i></i>").html, "<p>a b </p>\n");
    assert_eq!(render("<div>a<p></p>b</div>").text, "a\n\nb");
}

#[test]
fn alerts_of_every_dialect_look_alike() {
    let alert = |kind: &str, title: &str, body: &str| {
        format!(
            "<div class=\"markdown-alert markdown-alert-{kind}\">\n<p class=\"markdown-alert-title\">{title}</p>\n{body}</div>\n"
        )
    };
    for markdown in [
        "> [!WARNING] Wet floor\n> Use the **lift**.",
        ":::warning Wet floor\nUse the **lift**.\n:::",
        "::: attention\nUse the **lift**.\n:::",
        "!!! warning \"Wet floor\"\n    Use the **lift**.",
    ] {
        let title = if markdown.contains("Wet") { "Wet floor" } else { "Warning" };
        let body = "<p>Use the <strong>lift</strong>.</p>\n";
        assert_eq!(render(markdown).html, alert("warning", title, body), "{markdown}");
    }
    let list = render("> [!NOTE]\n> - a\n\nb");
    assert_eq!(list.html, alert("note", "Note", "<ul>\n<li>a</li>\n</ul>\n") + "<p>b</p>\n");
    assert_eq!(list.text, "Note\n\n• a\n\nb");
    let other = render("<div class=\"markdown-alert markdown-alert-evil\">a</div>");
    assert_eq!(other.html.trim_end(), "<div>a</div>");
}

#[test]
fn excerpts_leave_out_footnotes_and_titles_of_alerts() {
    for (markdown, excerpt) in [
        ("A lead.[^1] More[^1].\n\n[^1]: The note.", "A lead. More."),
        ("> [!NOTE]\n> Wash.\n\nNow.", "Wash. Now."),
        ("1. a\n2. b", "1. a 2. b"),
        ("", ""),
    ] {
        assert_eq!(excerpt_of_html(&render(markdown).html, 300), excerpt);
    }
    let long = render(&("word[^1] ".repeat(200) + "\n\n[^1]: Note."));
    assert!(excerpt_of_html(&long.html, 50).ends_with("word…"));
}

#[test]
fn emphasis_and_addresses_end_where_east_asian_text_says() {
    for (markdown, html) in [
        ("これは**重要。**続き", "<p>これは<strong>重要。</strong>続き</p>\n"),
        ("**「必読」**です", "<p><strong>「必読」</strong>です</p>\n"),
        ("이것은 **(중요)**입니다", "<p>이것은 <strong>(중요)</strong>입니다</p>\n"),
        ("~~旧。~~新", "<p><del>旧。</del>新</p>\n"),
        (
            "詳細はhttps://a.example/bを見る。",
            "<p>詳細は<a href=\"https://a.example/b\" rel=\"noopener noreferrer\">https://a.example/b</a>を見る。</p>\n",
        ),
        (
            "見る https://a.example。**続き**",
            "<p>見る <a href=\"https://a.example\" rel=\"noopener noreferrer\">https://a.example</a>。<strong>続き</strong></p>\n",
        ),
        ("`https://a.example。`", "<p><code>https://a.example。</code></p>\n"),
    ] {
        assert_eq!(render(markdown).html, html, "{markdown}");
    }
    let linked = render("[字](https://a.example/字) <https://b.example/字>");
    let urls: Vec<_> = linked.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(urls, ["https://a.example/%E5%AD%97", "https://b.example/%E5%AD%97"]);
}
