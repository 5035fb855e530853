use super::tests::{check, check_in};
use super::{Dialect, TagMap, clean};
use crate::markdown::settings::Settings;
use crate::markdown::value::Map;

#[test]
fn image_tags_become_images() {
    check(&[
        ("{% image \"assets/a.png\" \"A map\" %}", "![A map](/assets/a.png)"),
        ("{% image \"assets/a.png\", \"A \"good\" map\" %}", "![A \"good\" map](/assets/a.png)"),
        ("{% image \"a.png\" \"A map\" \"Where we are\" %}", "![A map](/a.png)\n\n*Where we are*"),
        ("See {% image \"a.png\" \"A\" \"By B\" %}", "See ![A](/a.png \"By B\")"),
        ("{% image_with_class \"a.png\" \"wide\" \"A map\" %}", "![A map](/a.png)"),
        ("{% image \"a.png\" \"width-40px\" \"A map\" %}", "![A map](/a.png)"),
        ("{% img left /a/b.png 20 30 \"A\" %}", "![A](/a/b.png)"),
        ("<div>{% image \"a.png\" \"A & B\" %}</div>", "<div><img src=\"/a.png\" alt=\"A &amp; B\"></div>"),
        ("{% include figure.html src=\"/a.png\" alt=\"A\" caption=\"C\" %}", "![A](/a.png)\n\n*C*"),
        (
            "{% include \"f.html\",\n image: \"/a.png\",\n url: \"https://b.example\"\n alt: \"A\" %}",
            "[![A](/a.png)](https://b.example)",
        ),
        ("{% include button.html url=\"/visit\" text=\"Visit us\" %}", "[Visit us](/visit)"),
        ("{% include nav.html %}", ""),
        ("{% include {{ page.box }} %}", ""),
        ("{{< figure src=\"a.png\" alt=\"A [b]\" >}}", "![A \\[b\\]](a.png)"),
        ("{{< figure src=\"a b.png\" title=\"T\" attr=\"Photo: P\" />}}", "![T](<a b.png>)\n\n*Photo: P*"),
    ]);
}

#[test]
fn embeds_become_links() {
    check(&[
        ("{{< youtube abc-1 >}}", "[Video on YouTube](https://www.youtube.com/watch?v=abc-1)"),
        ("{{< vimeo id=\"12\" title=\"A tour\" >}}", "[A tour](https://vimeo.com/12)"),
        ("{{< tweet user=\"u\" id=\"7\" >}}", "[Post on X](https://twitter.com/u/status/7)"),
        ("{{< gist u 7 >}}", "[Code on GitHub](https://gist.github.com/u/7)"),
        ("{% gist u/7 %}", "[Code on GitHub](https://gist.github.com/u/7)"),
        ("{{< youtube \"a b)(\" >}}", ""),
        ("<iframe src=\"//v.example/1\" title='A &amp; B'>\n</iframe>", "[A & B](https://v.example/1)"),
        (
            "<div><iframe src=\"https://v.example/1\"></iframe></div>",
            "<div><a href=\"https://v.example/1\">Embedded content from v.example</a></div>",
        ),
        ("<iframe src=\"/local\"></iframe>", "<iframe src=\"/local\"></iframe>"),
        (
            "<iframe src=\"https://v.example/1\" /> End",
            "[Embedded content from v.example](https://v.example/1) End",
        ),
        ("<script src=\"/a.js\" />\n\nEnd", "<script src=\"/a.js\"></script>\n\nEnd"),
        ("<video src=\"/ward.mp4\" controls></video>", "[Video](/ward.mp4)"),
        (
            "<video title=\"A tour\">\n<source src=\"/a.webm\"><source src=\"/a.mp4\">\n</video>",
            "[A tour](/a.webm)",
        ),
        ("`<video src=\"/a.mp4\"></video>`", "`<video src=\"/a.mp4\"></video>`"),
        ("`<iframe src=\"https://v.example\"></iframe>`", "`<iframe src=\"https://v.example\"></iframe>`"),
    ]);
}

#[test]
fn tags_keep_what_their_arguments_say() {
    check(&[
        ("{% Img src=\"image/ward.png\", alt=\"A bright ward\" %}", "![A bright ward](/image/ward.png)"),
        (
            "{{< photo-left src=\"w.png\" alt=\"A ward\" caption=\"Ward 4\" >}}",
            "![A ward](w.png)\n\n*Ward 4*",
        ),
        (
            "{{< pull-quote text=\"Care is a conversation.\" cite=\"A nurse\" >}}",
            "> Care is a conversation.\n>\n> – A nurse",
        ),
        ("{{< ring title=\"What is triage?\" >}}Sorting.{{< /ring >}}", "## What is triage?\n\nSorting."),
        ("{{< button href=\"https://example.org\" text=\"Book\" >}}", "[Book](https://example.org)"),
        ("{{< img src=lift.png alt=Lift >}}", "![Lift](lift.png)"),
        ("{% image { src: \"/a.png\", alt: \"A\" } %}", "![A](/a.png)"),
        ("{{ figure(\"a.png\", \"A ward\", \"Ward 4\") }}", "![A ward](/a.png)\n\n*Ward 4*"),
        ("Say {{< pull-quote text=\"Hello.\" cite=\"A nurse\" >}} twice", "Say “Hello.” – A nurse twice"),
        (
            "{{< quote author=\"A nurse\" >}}\nListen.\n\nAlways.\n{{< /quote >}}\nEnd",
            "> Listen.\n>\n> Always.\n>\n> – A nurse\n\nEnd",
        ),
        ("{% blockquote A nurse %}\nListen.\n{% endblockquote %}", "> Listen."),
        ("  {{< quote >}}\nListen.\n  {{< /quote >}}", "  > Listen."),
        ("Say {{< quote >}}\n`a  b`\n\nnow\n{{< /quote >}} twice", "Say “`a  b` now” twice"),
        ("  {% for a in b %}{% if c %}\n{{ a }}{% endif %}{% endfor %}\nEnd", "End"),
        ("{{< quote >}}Listen.{{< /quote >}} End", "> Listen.\n\n End"),
        (
            "## A\n\n{{< ring title=\"B\" >}}\nText\n{{< /ring >}}\n{{< ring title=\"C\" >}}",
            "## A\n\n### B\n\nText\n### C\n",
        ),
        ("{{< button href=\"/a\" >}}Visit us{{< /button >}}", "[Visit us](/a)"),
        ("{{< clip src=\"/a.mp4\" title=\"A tour\" >}}", "[A tour](/a.mp4)"),
        ("{{< notice warning \"Mind the step please.\" >}}", "Mind the step please."),
        ("a {{< ring title=\"T\" >}} b", "a **T**  b"),
        ("<div>{{< ring title=\"T\" text=\"X\" >}}</div>", "<div><p><strong>T</strong></p><p>X</p></div>"),
    ]);
}

#[test]
fn tags_of_zola_are_calls() {
    check_in(
        Dialect::Shortcodes,
        &[
            ("{{ youtube(id=\"abc-1\") }}", "[Video on YouTube](https://www.youtube.com/watch?v=abc-1)"),
            ("{{ img(src=\"a.png\", alt=\"A\") }}", "![A](a.png)"),
            ("{% quote(author=\"A nurse\") %}\nListen.\n{% end %}\n", "> Listen.\n>\n> – A nurse\n"),
            ("{% wide() %}\nText\n{% end %}\n", "Text\n"),
            ("{{/* youtube(id=\"a\") */}}", "{{ youtube(id=\"a\") }}"),
            ("{{ x }} {% y %} {% end %} `{{ f(x) }}`", "{{ x }} {% y %} {% end %} `{{ f(x) }}`"),
        ],
    );
}

#[test]
fn mdx_becomes_markdown() {
    check_in(
        Dialect::Mdx,
        &[
            (
                "import pic from './ward.png'\nimport { Note } from \"../note\";\n\nText\n\n<Image src={pic} alt=\"A ward\" />\n",
                "\n\n\nText\n\n![A ward](./ward.png)\n",
            ),
            ("export const meta = {\n  a: 1,\n\n  b: [2],\n};\n\nText", "\n\n\n\n\n\nText"),
            ("Export controls are rules.", "Export controls are rules."),
            ("a {/* hidden */} b{' '}c {\"d\"}", "a  b c d"),
            ("<Callout type=\"tip\">\n\nWash *hands*.\n\n</Callout>\n", "Wash *hands*.\n"),
            ("<Ring title=\"What?\">That.</Ring>", "## What?\n\nThat."),
            ("<Button href=\"/visit\">Visit</Button>", "[Visit](/visit)"),
            (
                "<YouTube id='abc-1' />\n\nEnd",
                "[Video on YouTube](https://www.youtube.com/watch?v=abc-1)\n\nEnd",
            ),
            ("<div className=\"a\" />\n\nEnd", "<div class=\"a\"></div>\n\nEnd"),
            ("<p style={{ color: 'red' }}>Text</p>", "<p>Text</p>"),
            ("<br /> <img src=\"a.png\" alt=\"A\" />", "<br /> <img src=\"a.png\" alt=\"A\" />"),
            (
                "`<Foo />` and `{x}`\n\n```jsx\n<Foo a={1} />\n```\n",
                "`<Foo />` and `{x}`\n\n```jsx\n<Foo a={1} />\n```\n",
            ),
            ("# {frontmatter.title}", "# Hand hygiene"),
            ("## Hours {/*hours*/}", "## Hours {#hours}"),
            ("<>a</> \\{b}", "a \\{b}"),
            ("Less < more, 1 <2 and {open", "Less < more, 1 <2 and {open"),
        ],
    );
}

#[test]
fn dropped_tags_are_counted() {
    let text = "{{< chart a >}}\n\n{{< chart b >}} {% widget %}\n{{ site.data.x }}\n";
    let dropped = clean(text, 5, Dialect::LiquidAndShortcodes, &Map::default(), &Settings::default()).dropped;
    let found: Vec<_> = dropped.iter().map(|kind| (kind.what.as_str(), kind.count, kind.line)).collect();
    assert_eq!(found, [("{% widget %}", 1, 7), ("{{ site.data.x }}", 1, 8), ("{{< chart >}}", 2, 5)]);
    let mapped =
        Settings { tags: TagMap::new(["chart=drop", "widget=drop"]).unwrap(), ..Settings::default() };
    let dropped = clean(text, 5, Dialect::LiquidAndShortcodes, &Map::default(), &mapped).dropped;
    assert_eq!(dropped.len(), 1);
    let mapped = Settings { tags: TagMap::new(["knob=link"]).unwrap(), ..Settings::default() };
    let found = clean(
        "{{< knob src=\"a.png\" title=\"The plan\" >}}",
        1,
        Dialect::LiquidAndShortcodes,
        &Map::default(),
        &mapped,
    );
    assert_eq!((found.text.as_str(), found.dropped.len()), ("[The plan](a.png)", 0));
}
