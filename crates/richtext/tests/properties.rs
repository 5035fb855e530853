//! Property tests for arbitrary inputs.

mod strict;

use proptest::collection::vec;
use proptest::prelude::*;
use richtext::{excerpt, excerpt_of_html, render};

/// Fragments that have a meaning for one of the parsers, or almost have one.
const NASTY: &[&str] = &[
    "<script>",
    "</script>",
    "<SCRIPT src=x>",
    "<scr",
    "ipt>",
    "<style>",
    "</style>",
    "<iframe src=x>",
    "</iframe>",
    "<svg onload=alert(1)>",
    "<math><mi>",
    "<template>",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<noscript>",
    "<xmp>",
    "<plaintext>",
    "<select><option>",
    "<form>",
    "<button onclick='x'>",
    "<input type=checkbox checked>",
    "<input type=text autofocus onfocus=x>",
    "<img src=x onerror=alert(1)>",
    "<img src=javascript:x alt=y>",
    "<img alt=\"<b>&quot;\">",
    "<img src='data:image/svg+xml,<svg>'>",
    "<img src=a width=10 height=x title='t'>",
    "<a href=\"javascript:x\">",
    "<a href='java\tscript:x'>",
    "<a href=&#106;avascript&colon;x>",
    "<a href=//x rel=x id=y class=z style=w>",
    "<a href=http://x id=fnref-1 class=footnote-backref>",
    "</a>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<em dir=RTL lang=en>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<h1>",
    "</h1>",
    "<h2 id=a onclick=x>",
    "</h2>",
    "<ul>",
    "<li id=fn-1>",
    "</li>",
    "</ul>",
    "<ol start=7>",
    "<dl>",
    "<dt>",
    "<dd>",
    "<table>",
    "<caption>",
    "<thead>",
    "<tr>",
    "<td align=RIGHT colspan=2>",
    "<th>",
    "</td>",
    "</table>",
    "<pre>\n\n",
    "</pre>",
    "<code class=language-rust>",
    "</code>",
    "<br/>",
    "<hr>",
    "</br>",
    "<details open>",
    "<summary>",
    "<sup class=footnote-ref>",
    "<a name=x>",
    "<a name=config href=//x>",
    "<span id=b>",
    "<h3 id=__proto__>",
    "<div class='markdown-alert markdown-alert-tip'>",
    " {#a}",
    "{: #b .c}",
    "\n{: .x\n#d }\n",
    "{/*a*/}",
    "\n\n[[toc]]\n\n",
    "\n{:toc}\n",
    "\n^\n",
    "\n> [!NOTE] x\n> ",
    "\n:::tip\n",
    "\n:::\n",
    "\n!!! note\n    ",
    "</sup>",
    "<section class=footnotes>",
    "</section>",
    "<!--",
    "-->",
    "<!",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "</",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "/>",
    "<a b=\"",
    "<a <",
    "[",
    "]",
    "](",
    "](javascript:x)",
    "](http://x)",
    "](<data:x>)",
    "![",
    "[^1]",
    "\n\n[^1]: ",
    "[^a]",
    "\n[a]: javascript:x\n",
    "*",
    "**",
    "_",
    "`",
    "```",
    "\n```rs\"><b>\n",
    "~~~",
    "~~",
    "|",
    "\n|-|:-:|\n",
    "\n| a | b |\n",
    "\n- ",
    "\n- [x] ",
    "\n1. ",
    "\n> ",
    "\n# ",
    "\n===\n",
    "\n\n",
    "\n",
    "  \n",
    "\t",
    "    ",
    "\r",
    "\\",
    "&",
    "&lt;",
    "&amp;",
    "&amp;lt;script&gt;",
    "&#0;",
    "&#1;",
    "&#13;",
    "&#x85;",
    "&#xfdd0;",
    "&nbsp;",
    "&shy;",
    "&quot;",
    "\0",
    "\u{1}",
    "\u{c}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{fdd0}",
    "\u{feff}",
    "\u{ffff}",
    "é",
    "漢",
    "👩‍👧",
    "a",
    "b c",
    "javascript:",
    "onclick=x",
    "www.a.org",
    "http://a.org/?b=c&d",
    "a@b.org",
    "mailto:x",
];

/// Harmless Markdown, without code and without text that looks like a tag.
const TAME: &[&str] = &[
    "word",
    " ",
    " and ",
    "*em*",
    "**strong**",
    "~~gone~~",
    "[link](/a)",
    "![image](/b)",
    "&lt;3",
    "\n\n",
    "\n",
    "\n\n- item",
    "\n\n1. item",
    "\n\n> quote",
    "\n\n## Heading\n\n",
    "\n\n|a|b|\n|-|-|\n|c|d|\n\n",
    "<b>bold</b>",
    "x<br>",
    "\n\n<div>block</div>\n\n",
    "[^1]",
    "\n\n[^1]: note\n\n",
    "x <!-- hidden -->",
    "https://a.org",
];

/// Words of prose in several scripts, with the signs that dialects use.
const PROSE: &[&str] = &[
    "word",
    "Word,",
    "“quoted”",
    "it’s",
    "3",
    "5%",
    "(aside)",
    "and/or",
    "a:b",
    "wait:::",
    "no!!!",
    "what???",
    "x^2",
    "{x}",
    "{1,",
    "2}",
    "#1",
    "a.b",
    "§",
    "–",
    "患者さんへ。",
    "重要（必読）",
    "お知らせ、",
    "โรงพยาบาล",
    "한국어",
    "für",
    "Ärzte",
    "naïve",
    "привет",
    "$5",
    "@home",
    "a=b",
    "key=value,",
    "[x]",
    "[toc]?",
    "!",
    "?",
    "C++",
    "C#",
    "&",
    "R&D",
    "100:1",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(NASTY).prop_map(str::to_owned),
        1 => ".{0,8}",
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(markdown: &str) {
    let document = render(markdown);
    strict::check(&document.html);
    let mut ids: Vec<_> = document.outline.iter().map(|heading| &heading.id).collect();
    for id in &ids {
        assert!(document.html.contains(&format!(" id=\"{id}\"")), "{id} in {}", document.html);
        assert!(id.starts_with(|c: char| c.is_alphanumeric() || c == '_') && !id.starts_with("__"), "{id}");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), document.outline.len(), "ids are unique");
    for url in
        document.links.iter().map(|link| &link.url).chain(document.images.iter().map(|image| &image.url))
    {
        strict::check_url(url);
    }
    assert!(!document.text.contains(['\0', '\u{ad}', '\u{200b}', '\u{feff}', '\u{a0}', '\u{fdd0}']));
    assert_eq!(document.text.is_empty(), document.reading_time_minutes == 0);
    assert_eq!(document, render(markdown), "the same input, the same answer");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_safe(markdown in "(?s).{0,200}") {
        check(&markdown);
    }

    #[test]
    fn any_mix_of_hostile_fragments_is_safe(markdown in nasty()) {
        check(&markdown);
    }

    #[test]
    fn tame_markdown_leaves_no_markup_in_the_text(pieces in vec(prop::sample::select(TAME), 0..30)) {
        let text = render(&pieces.concat()).text.replace("<3", "");
        prop_assert!(!text.contains(['<', '>', '↩']), "{text}");
    }

    /// Prose has no marks that a dialect could mean.
    #[test]
    fn prose_survives_unchanged(lines in vec(vec(prop::sample::select(PROSE), 1..12), 1..8)) {
        let text: Vec<String> = lines.iter().map(|words| words.join(" ")).collect();
        prop_assert_eq!(render(&text.join("\n\n")).text, text.join("\n\n"));
    }

    #[test]
    fn excerpts_of_html_have_no_more_than_the_text(markdown in nasty(), max in 0..60_usize) {
        let document = render(&markdown);
        let short = excerpt_of_html(&document.html, max);
        prop_assert!(short.chars().count() <= max);
        if !document.html.contains("footnote") && !document.html.contains("alert-title") {
            prop_assert_eq!(short, excerpt(&document.text, max));
        }
    }

    #[test]
    fn excerpts_fit(text in "(?s).{0,80}", max in 0..60_usize) {
        let short = excerpt(&text, max);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert!(short.chars().count() <= max);
        if line.chars().count() <= max {
            prop_assert_eq!(short, line);
        } else {
            prop_assert!(max == 0 || short.ends_with('…'));
            prop_assert!(line.starts_with(short.trim_end_matches('…')));
        }
    }
}
