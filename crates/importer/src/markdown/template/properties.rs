//! Property tests for arbitrary texts.

use proptest::prelude::*;

use super::{Dialect, clean};
use crate::markdown::settings::Settings;
use crate::markdown::value::Map;

fn cleaned(text: &str) -> String {
    clean(text, 1, Dialect::LiquidAndShortcodes, &Map::default(), &Settings::default()).text
}

/// Texts of fragments that interact badly.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{{<",
        ">}}",
        "{{%",
        "%}}",
        "{%-",
        "-%}",
        "{:",
        "}",
        "{",
        "{::",
        "{:/}",
        "\"",
        "'",
        "`",
        "```\n",
        "\n",
        "\n\n",
        " ",
        "\t",
        "é",
        "\u{a0}",
        "👩‍⚕️",
        "|",
        ":",
        "=",
        "raw",
        "endraw",
        "{% raw %}",
        "{% endraw %}",
        "{% comment %}",
        "{% endcomment %}",
        "{% for a in b %}",
        "{% endfor %}",
        "{% highlight x %}",
        "{% endhighlight %}",
        "{% image \"a\" \"b\" %}",
        "{% include x a=\"b\" %}",
        "{{ \"x\" | url }}",
        "{{ page.x }}",
        "{% assign a = 'b' %}",
        "{{ a }}",
        "{{< highlight >}}",
        "{{< quote >}}",
        "{{< /quote >}}",
        "{{ a(b=\"c\") }}",
        "{% a() %}",
        "{% end %}",
        "<A b={c}>",
        "</A>",
        "<script />",
        "import a from 'b.png'\n",
        "{{< /highlight >}}",
        "{{</* x */>}}",
        "<iframe src=\"https://a\">",
        "</iframe>",
        "<div>",
        "</div>",
        "<!--more-->",
        "word",
        "{: .a}",
        ")",
        "# ",
        "---\n",
        "- ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

fn without(mut text: String, words: &[&str]) -> String {
    while let Some(word) = words.iter().find(|word| text.contains(**word)) {
        text = text.replace(word, "");
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleaning_never_panics(text in nasty()) {
        cleaned(&text);
        for dialect in [Dialect::Shortcodes, Dialect::Mdx] {
            clean(&text, 1, dialect, &Map::default(), &Settings::default());
        }
    }

    #[test]
    fn text_without_templates_is_unchanged(text in "[a-zA-Z0-9 \n\t`*_#|>~%:}()\\[\\]<é👍-]{0,200}") {
        prop_assert_eq!(cleaned(&text), text);
    }

    #[test]
    fn raw_text_stays_unchanged(text in nasty()) {
        let text = without(text, &["endraw"]);
        let raw = format!("a {{% raw %}}|{text}|{{% endraw %}} b");
        prop_assert_eq!(cleaned(&raw), format!("a |{text}| b"));
    }

    #[test]
    fn raw_text_stays_unchanged_between_any_texts(before in nasty(), text in "[a-z{}% |]{1,40}", after in nasty()) {
        let before = without(before, &["raw", "comment", "highlight", "for "]);
        let found = cleaned(&format!("{before}\n\n{{% raw %}}<{text}>{{% endraw %}}\n\n{after}"));
        let wanted = format!("<{text}>");
        prop_assert!(found.contains(&wanted), "{found}");
    }
}

#[test]
fn the_running_time_is_linear() {
    for piece in [
        "{{",
        "{%",
        "{{<",
        "{% raw %}",
        "{% comment %}",
        "{% for a in b %}",
        "{% for a in b %}{% endfor %}",
        "{% if a",
        "<iframe ",
        "{{ 'a",
        "{::comment}",
        "{::comment}{:/}",
        "{::comment}{:/x}",
        "{: .a",
        "{% highlight a %}",
        " {{ page.x }}",
        "[",
        "](",
        "*a",
        "{{< comment >}}",
        "`",
        "{% image \"",
        "<video ",
        "<video>",
        "<A b={",
        "<a ",
        "{a(",
        "` ",
        "`` ` ",
        "export {\n\n",
        "{{< quote >}}a{{< /quote >}}",
        "{{< quote >}}",
        "{% a() %}",
        "{",
        "{/*",
        "{\"",
        "\\{<B }",
        "import ",
        "import {\n\n",
        "<A {",
        "<A '",
        "</",
        "<video></",
        "{% image 'a' \"b ",
        "{% image \"a\" 'b %}",
        "{{ a(\"",
        "{{ a | b: \"",
        "{% if a %}\n",
        "{{< highlight >}}",
        "{{< quote >}}a{{< /quote >}} ",
        "` `` \n\n",
        "~~~\n",
        "{% raw",
        "{% comment %}{% endcomment %}",
        "{{< comment >}}{{< /comment >}}",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        let begin = std::time::Instant::now();
        for dialect in [Dialect::LiquidAndShortcodes, Dialect::Shortcodes, Dialect::Mdx] {
            clean(&text, 1, dialect, &Map::default(), &Settings::default());
        }
        crate::markdown::plain::line(&text);
        assert!(begin.elapsed().as_secs() < 20, "{piece:?} took {:?}", begin.elapsed());
    }
    let half = 200_000;
    for (first, piece) in [
        ("#", "{/*a*/}"),
        (" ", "{{< quote >}}"),
        (" ", "{{< quote >}}\na\n"),
        (" ", "{{< ring title=\"a\" >}}"),
    ] {
        let text = first.repeat(half) + &piece.repeat(half / piece.len());
        let begin = std::time::Instant::now();
        for dialect in [Dialect::LiquidAndShortcodes, Dialect::Shortcodes, Dialect::Mdx] {
            clean(&text, 1, dialect, &Map::default(), &Settings::default());
        }
        assert!(begin.elapsed().as_secs() < 20, "{first:?}, {piece:?} took {:?}", begin.elapsed());
    }
    let loops =
        "{% for a in b %}".repeat(10_000) + &"x {{ y }} ".repeat(10_000) + &"{% endfor %}".repeat(10_000);
    let begin = std::time::Instant::now();
    cleaned(&loops);
    assert!(begin.elapsed().as_secs() < 20);
}
