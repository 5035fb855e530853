//! Hostile inputs, made to be slow or to overflow the stack. `examples/timing.rs` measures their times.

mod patterns;
mod strict;

use std::thread;

/// Renders all inputs on a thread with Rust's default stack size for threads.
fn finish_all(size: usize) {
    let run = move || {
        for (name, input) in patterns::all(size) {
            let document = richtext::render(&input);
            strict::check(&document.html);
            let deepest = deepest(&document.html);
            assert!(deepest <= 128, "{name} nests {deepest} deep");
            let _ = (richtext::excerpt(&document.text, 200), richtext::excerpt_of_html(&document.html, 200));
        }
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

fn deepest(html: &str) -> i32 {
    let (mut depth, mut deepest) = (0, 0);
    for part in html.split('<').skip(1) {
        let name = part.split([' ', '>']).next().unwrap_or_default();
        match name {
            "br" | "hr" | "img" | "input" | "wbr" => {}
            name if name.starts_with('/') => depth -= 1,
            _ => depth += 1,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[test]
fn hostile_inputs_finish() {
    finish_all(4 << 10);
}

#[test]
#[ignore = "minutes without optimisation: cargo test --release -- --ignored"]
fn hostile_inputs_of_a_mebibyte_finish() {
    finish_all(1 << 20);
}

#[test]
fn text_beyond_the_nesting_limits_is_kept() {
    let deep_list = (0..200).fold(String::new(), |list, n| {
        list + &"  ".repeat(n)
            + "- item"
            + &n.to_string()
            + "
"
    });
    let deep_quote = format!("{}inner", ">".repeat(500));
    let deep_html = format!("{}inner{}after", "<div>".repeat(500), "</div>".repeat(500));
    let deep_emphasis = format!("{}inner{}", "*a ".repeat(500), " b*".repeat(500));
    let list = richtext::render(&deep_list).text;
    assert!((0..200).all(|n| list.contains(&format!("item{n}"))));
    assert!(richtext::render(&deep_quote).text.ends_with(">inner"));
    let html = richtext::render(&deep_html);
    assert_eq!(html.text, "inner\n\nafter");
    assert_eq!(richtext::render(&deep_emphasis).text.split_whitespace().count(), 1001);
}

#[test]
fn code_beyond_the_nesting_limit_stays_as_written() {
    let code = format!("{}- a\n{}b", " ".repeat(150), "> ".repeat(80));
    let document = richtext::render(&format!("```\n{code}\n```\n"));
    assert_eq!(document.text.trim_start(), code.trim_start());
}

#[test]
fn a_wide_header_does_not_widen_every_row() {
    let header = format!("{}\n{}\n", "|a".repeat(300), "|-".repeat(300));
    let document = richtext::render(&(header + &"b\n".repeat(300)));
    assert_eq!(document.html.matches("<tr>").count(), 301);
    assert_eq!(document.text.matches('b').count(), 300);
    assert!(document.html.matches("<td>").count() < 11_000);
}

#[test]
fn a_footnote_has_at_most_a_hundred_back_references() {
    let document = richtext::render(&format!("[^a]: note\n\n{}", "[^a] ".repeat(150)));
    assert_eq!(document.html.matches("footnote-backref").count(), 100);
    assert_eq!(document.text.matches("[1]").count(), 150);
}
