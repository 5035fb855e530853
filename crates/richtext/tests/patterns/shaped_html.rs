//! Hostile HTML whose parts interact, and long runs of one character.

use super::{Inputs, numbered, repeat};

/// `(name, input)` pairs, each input about `size` bytes long.
pub(super) fn inputs(size: usize) -> Inputs {
    [tags(size), runs(size)].concat()
}

/// Hostile tags and attributes.
fn tags(size: usize) -> Inputs {
    let half = size / 2;
    vec![
        ("many attributes", "<div".to_owned() + &numbered(size, |n| format!(" a{n}=b")) + ">\n"),
        ("many attributes, inline", "a <b".to_owned() + &numbered(size, |n| format!(" a{n}=b")) + ">\n"),
        ("distinct formatting", numbered(size, |n| format!("<b title={n}>"))),
        (
            "distinct formatting, paragraphs",
            numbered(size, |n| format!("<b title={n}>")) + &repeat("<p>a", half),
        ),
        (
            "distinct inline formatting",
            "a ".to_owned() + &numbered(size, |n| format!("<b title={n}>")) + "\n\n" + &repeat("a\n\n", half),
        ),
        ("deep divs, closed", repeat("<div>", half) + &repeat("</div>", half)),
        ("deep divs, wrong closers", repeat("<div>", half) + &repeat("</ul>", half)),
        ("deep spans, wrong closers", repeat("<span>", half) + &repeat("</b>", half)),
        ("deep spans, paragraphs", repeat("<span>", half) + &repeat("<p>", half)),
        ("deep tables, text", repeat("<table><tr><td>", half) + &repeat("a<b>", half)),
        ("nested details", repeat("<details><summary>a</summary>\n\n", half)),
        ("unclosed quote in a tag", "<div title=\"".to_owned() + &repeat("<p>a</p> ", size)),
        ("entity names", numbered(size, |n| format!("&a{n};"))),
        ("international hosts", repeat(&format!("[a](http://{}.org) ", "é".repeat(600)), size)),
        ("international hosts, raw", repeat(&format!("<a href='http://{}.org'>", "éü漢".repeat(550)), size)),
        ("alt of references", format!("![{}](b)", repeat("&amp; ", size))),
        ("alts of references", repeat(&format!("![{}](b) ", "&amp;".repeat(1700)), size)),
        ("alts of Latin-1, raw", repeat(&format!("<img src=b alt='{}'>", "é".repeat(4000)), size)),
        ("Latin-1", repeat("é", size)),
        ("Latin-1 code", "```\n".to_owned() + &repeat("é&", size)),
    ]
}

/// Long runs of the same characters.
fn runs(size: usize) -> Inputs {
    let half = size / 2;
    vec![
        ("backtick runs", numbered(size, |n| "`".repeat(n % 700) + "a")),
        ("backtick runs, rising", numbered(size, |n| "`".repeat(n + 1) + "a")),
        ("tilde runs, rising", numbered(size, |n| "~".repeat(n + 1) + "a")),
        ("long autolink", "http://a.b/".to_owned() + &repeat("a", size)),
        ("long autolink, brackets", "http://a.b/".to_owned() + &repeat(")", size)),
        ("long autolink, entities", "http://a.b/".to_owned() + &repeat("&a;", size)),
        ("long autolink, dots", "http://a.b/".to_owned() + &repeat(".", size)),
        ("long email", repeat("a", half) + "@" + &repeat("b.", half)),
        ("emails in a run", repeat("a@b.c", size)),
        ("colons", repeat("a:", half) + "//"),
        ("emphasis and brackets", repeat("*[", half) + &repeat("]*", half)),
        ("emphasis, mixed runs", numbered(size, |n| format!("{}a", "*".repeat(1 + n % 40)))),
        (
            "emphasis, mixed letters",
            numbered(size, |n| format!("{}a{}", "*".repeat(1 + n % 7), "_".repeat(1 + n % 5))),
        ),
    ]
}
