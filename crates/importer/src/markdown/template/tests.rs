use super::*;
use crate::markdown::value::{Node, Value};

fn page() -> Map {
    let text = |text: &str| Node { line: 2, value: Value::Scalar { text: text.into(), plain: true } };
    Map::new(vec![("title".into(), text("Hand hygiene")), ("image".into(), text("/ward.jpg"))])
}

#[track_caller]
pub(super) fn check_in(dialect: Dialect, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(clean(text, 1, dialect, &page(), &Settings::default()).text, *expected, "{text:?}");
    }
}

fn cleaned(text: &str) -> Cleaned {
    clean(text, 1, Dialect::LiquidAndShortcodes, &page(), &Settings::default())
}

#[track_caller]
pub(super) fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(cleaned(text).text, *expected, "{text:?}");
    }
}

#[test]
fn expressions_show_values_of_the_file() {
    check(&[
        ("[a]({{ site.baseurl }}/b) {{site.url}}", "[a](/b) "),
        ("[a]({{ \"/b/\" | url }})", "[a](/b/)"),
        ("[a]({{ 'b/c' | relative_url }})", "[a](/b/c)"),
        ("[a]({{ '/b' | absolute_url }})", "[a](/b)"),
        ("[a]({{ '/b' | prepend: site.baseurl }})", "[a](/b)"),
        ("[a]({{ 'c.png' | prepend: '/b/' | append: '?x' }})", "[a](/b/c.png?x)"),
        ("[a]({{ site.baseurl | append: '/b' }})", "[a](/b)"),
        ("Written by {{ \"nora\" | person_link }}.", "Written by nora."),
        ("{{ \"https://video.example/e/1\" | embed: \"A\ntour\" }}", "[A tour](https://video.example/e/1)"),
        ("{{ page.title }} {{ image | url }}", "Hand hygiene /ward.jpg"),
        ("{{ page.nothing | default: 'x' | upcase }}", "X"),
        ("{% assign a = 'x' %}{{ a }}{{ a | append: a }}", "xxx"),
        ("before {{ page.unknown }} after", "before  after"),
        ("before\n\n{{ content }}\n\nafter", "before\n\nafter"),
        ("<b>{{- 'x' -}}</b>", "<b>x</b>"),
        ("{{ 'anna' | staff_photo }}", ""),
        ("{{ '/a/anna.jpg' | picture_tag: 'Anna' }}", "![Anna](/a/anna.jpg)"),
    ]);
}

#[test]
fn raw_blocks_keep_their_content() {
    check(&[
        ("`{% raw %}{{{% endraw %} x }}`", "`{{ x }}`"),
        ("a {%- raw -%} {% if x %} {%- endraw -%} b", "a  {% if x %}  b"),
        ("```sh\nx\n{% raw %}\n{{ y }}\n```\n{% endraw %}\nz", "```sh\nx\n{{ y }}\n```\n\nz"),
        ("{%raw%}{: .x}{%endraw%}", "{: .x}"),
        ("{% raw %} {{ 'x' }}", " x"),
    ]);
}

#[test]
fn comments_are_removed() {
    check(&[
        ("a {% comment %} {{ b }} {% endcomment %}c", "a c"),
        ("a\n\n{% comment %}\nb\n{% endcomment %}\n\nc", "a\n\nc"),
        ("a{% # note %}b", "ab"),
        ("a {% comment %} b", "a  b"),
        ("a {{< comment >}} b {{< /comment >}}c", "a c"),
        ("a {::comment}b{:/comment} c", "a  c"),
    ]);
}

#[test]
fn control_tags_are_removed_and_their_text_is_kept() {
    check(&[
        ("{% if x %}a{% else %}b{% endif %}", "ab"),
        ("a\n{% unless x %}\nb\n{% endunless %}\nc", "a\n\nb\n\nc"),
        ("- a\n{% if x %}\n- b\n{% endif %}\n- c\n", "- a\n- b\n- c\n"),
        ("<ul>\n{% if x %}\n<li>b</li>\n{% endif %}\n</ul>\n", "<ul>\n<li>b</li>\n</ul>\n"),
        ("{% capture x %}kept{% endcapture %}", "kept"),
        ("{% for p in site.posts %}\n- [{{ p.title }}]({{ p.url }})\n{% endfor %}\nend", "end"),
        ("{% for p in x %}{% for q in p %}<b class=\"c\">{{ q }}</b>{% endfor %}{% endfor %}", ""),
        ("{% for p in x %}{% for q in p %}Ward {{ q }}{% endfor %}{% endfor %}", "Ward "),
        ("{% for p in x %}a", "a"),
        ("{% endfor %}a{% endif %}", "a"),
        ("{% mystery a b %}text{% endmystery %}", "text"),
    ]);
}

#[test]
fn highlighted_code_becomes_a_fenced_block() {
    check(&[
        ("{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}\nx", "```ruby\nputs 1\n```\nx"),
        ("a {% highlight sh %}ls{% endhighlight %} b", "a \n```sh\nls\n```\nb"),
        ("{% highlight md %}\n```\n{: .x}\n{% endhighlight %}", "````md\n```\n{: .x}\n````\n"),
        ("  {% highlight sh %}\n  ls\n  {% endhighlight %}\n", "  ```sh\n  ls\n  ```\n"),
        ("{{< highlight go \"x=1\" >}}\nf()\n{{< /highlight >}}\n", "```go\nf()\n```\n"),
        ("{% highlight sh %}\nls", "ls"),
        ("{% highlight sh %}{% for x in y %}ls{% endhighlight %}", "```sh\nls\n```\n"),
    ]);
}

#[test]
fn shortcodes_are_removed_and_their_text_is_kept() {
    check(&[
        ("{{% notice tip %}}\nWash.\n{{% /notice %}}\n", "Wash.\n"),
        ("{{< details \"More\" >}}\nText\n{{< /details >}}", "**More**\n\nText\n"),
        (
            "[a]({{< ref \"ward/visit.md#h\" >}}) [b]({{< relref path=\"/x\" >}})",
            "[a](/ward/visit/#h) [b](/x/)",
        ),
        ("`{{</* youtube 1 */>}}`", "`{{< youtube 1 >}}`"),
        ("a {{< chart data=x >}}b{{< /chart >}}", "a b"),
        ("[a]({% post_url 2020-01-31-b %}) [c]({% link c.pdf %})", "[a](/2020/01/31/b/) [c](/c.pdf)"),
    ]);
    let hugo = clean("{{ x }} {% y %} {{< z >}}", 1, Dialect::Shortcodes, &page(), &Settings::default());
    assert_eq!(hugo.text, "{{ x }} {% y %} ");
}

#[test]
fn only_attribute_lists_are_removed() {
    check(&[
        ("A lead.\n{: .lead}\n\nText", "A lead.\n\nText"),
        ("[a](b){:target=\"_blank\"} c", "[a](b) c"),
        ("*a*{: .x .y}", "*a*"),
        ("{::nomarkdown}\n<b>x</b>\n{:/nomarkdown}\n{:/}\n", "<b>x</b>\n"),
        ("`{: .x}` and {:ok, x} and {:name => 1}", "`{: .x}` and {:ok, x} and {:name => 1}"),
        ("```\n{: .x}\n```\n", "```\n{: .x}\n```\n"),
        ("f(x){:y}", "f(x){:y}"),
    ]);
}

#[test]
fn attribute_lists_with_ids_are_left_to_the_renderer() {
    for text in ["## Hours\n{: #hours .wide}\n", "- Contents\n{:toc}\n"] {
        check(&[(text, text)]);
    }
}

#[test]
fn unclosed_constructs_stay_as_written() {
    check(&[
        ("a {% image \"b\n\nc %} d", "a {% image \"b\n\nc %} d"),
        ("a {{ b\n\nc }}", "a {{ b\n\nc }}"),
        ("a {{ {{ 'b' }}", "a {{ b"),
        ("{% if a {% if b %}c", "{% if a c"),
        ("a {%!s(bool)} %}", "a {%!s(bool)} %}"),
        ("style={{ color: \"red\" }}", "style={{ color: \"red\" }}"),
        ("{{{ x }}} {{", "{{{ x }}} {{"),
        ("{{< a", "{{< a"),
        ("}} %} {", "}} %} {"),
    ]);
}

#[test]
fn a_note_names_the_line() {
    let notes = clean(
        "a\n{{ x }}\n\n{% nav\n top %}\n{% for a in b %}\n{% endfor %}\n{{ oh",
        10,
        Dialect::LiquidAndShortcodes,
        &page(),
        &Settings::default(),
    )
    .notes;
    let lines: Vec<u32> = notes.iter().map(|note| note.line).collect();
    assert_eq!(lines, [11, 13, 15, 17], "{notes:?}");
    assert!(notes[1].message.contains("nav"));
    assert_eq!(cleaned(&"{{ x }}\n".repeat(500)).notes.len(), 100);
}

#[test]
fn variables_cannot_insert_unlimited_text() {
    let double =
        "{% assign a = 'xxxxxxxxxxxxxxxx' %}".to_owned() + &"{% assign a = a | append: a %}".repeat(60);
    assert!(cleaned(&(double + &"{{ a }}".repeat(10_000))).text.len() < 600_000);
}
