use super::tests::check;

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
        ("`<iframe src=\"https://v.example\"></iframe>`", "`<iframe src=\"https://v.example\"></iframe>`"),
    ]);
}
