//! Maps the names of source files to paths on the site.

/// Returns the default path of the file that `{% post_url 2020-01-31-name %}`, `{% link _posts/2020-01-31-name.md %}`
/// or `{{< ref "ward/visit.md" >}}` names. A fragment stays.
pub(crate) fn of_source(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '\'']);
    let (path, fragment) =
        name.split_once('#').map_or((name, None), |(path, fragment)| (path, Some(fragment)));
    let mut path = path.trim_start_matches("./").trim_start_matches('/');
    let page = path.ends_with(".md") || path.ends_with(".markdown");
    path = path.trim_end_matches(".md").trim_end_matches(".markdown");
    let segments: Vec<String> = path
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "_posts" | "_drafts" | "index" | "_index" | "_pages"))
        .map(dated)
        .collect();
    let last = segments.last().map(String::as_str).unwrap_or_default();
    let directory = !segments.is_empty() && (page || !last.contains('.'));
    let path = segments.join("/");
    match (path.is_empty(), fragment) {
        (true, Some(fragment)) => format!("#{fragment}"),
        (_, fragment) => {
            let slash = if directory { "/" } else { "" };
            let hash = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
            format!("/{path}{slash}{hash}")
        }
    }
}

/// Prefixes a path with `/`, unless it is a URL or explicitly relative.
pub(crate) fn rooted(path: &str) -> String {
    let path = path.trim();
    let has_scheme = path.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    if path.is_empty() || has_scheme || path.starts_with(['/', '.', '#', '?']) {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// `2020-01-31-name` becomes `2020/01/31/name`.
fn dated(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shape = digits(0..4) && digits(5..7) && digits(8..10) && bytes.len() > 11;
    if shape && [4, 7, 10].iter().all(|at| bytes[*at] == b'-') {
        format!("{}/{}/{}/{}", &segment[..4], &segment[5..7], &segment[8..10], &segment[11..])
    } else {
        segment.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_files_map_to_paths() {
        let cases = [
            ("2020-01-31-a-start", "/2020/01/31/a-start/"),
            ("_posts/2020-01-31-a-start.md", "/2020/01/31/a-start/"),
            ("assets/map.pdf", "/assets/map.pdf"),
            ("ward/visit.md#hours", "/ward/visit/#hours"),
            ("/ward/_index.md", "/ward/"),
            ("#hours", "#hours"),
            ("", "/"),
        ];
        for (name, path) in cases {
            assert_eq!(of_source(name), path, "{name}");
        }
        assert_eq!(rooted("assets/a.png"), "/assets/a.png");
        assert_eq!(rooted("https://a.example/a.png"), "https://a.example/a.png");
        assert_eq!(rooted("../a.png"), "../a.png");
    }
}
