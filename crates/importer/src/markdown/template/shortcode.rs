//! Handles Hugo's shortcodes: `{{< name … >}}` and `{{% name … %}}`.

use super::args::Args;
use super::engine::Engine;
use super::liquid::short;
use super::{paths, scan};

impl Engine<'_> {
    pub(super) fn shortcode(&mut self) -> bool {
        let rest = self.rest();
        let (open, close) = if rest.starts_with("{{<") { ("{{<", ">}}") } else { ("{{%", "%}}") };
        let Some(inside) = scan::until(&rest[3..], close, &["{{<", "{{%"]) else {
            return self
                .keep(3, "a shortcode is not closed before the next one or a blank line: kept as written");
        };
        let end = self.pos + 3 + inside.len() + 3;
        let trimmed = inside.trim();
        if let Some(escaped) = trimmed.strip_prefix("/*").and_then(|escaped| escaped.strip_suffix("*/")) {
            // Hugo's escape syntax, which shows a shortcode instead of running it.
            let literal = format!("{open}{escaped}{close}");
            return self.put(end, &literal);
        }
        if let Some(name) = trimmed.strip_prefix('/') {
            let name = name.trim();
            return if name == "highlight" { self.end_code(end) } else { self.close_tag(name, end) };
        }
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (name, args) = trimmed.split_at(length);
        let args = Args::parse_texts(args);
        match name {
            "highlight" => self.begin_code(end, args.at(0).unwrap_or_default()),
            "ref" | "relref" => {
                let page = args.named(&["path"]).or(args.at(0)).unwrap_or_default();
                self.put(end, &paths::of_source(page))
            }
            "comment" => {
                let ends = ["{{< /comment >}}", "{{% /comment %}}", "{{</comment>}}"];
                let after = self.skip_past(end, "{{", &ends).unwrap_or(end);
                self.drop_until(after)
            }
            _ => {
                let label = format!("{open} {} {close}", short(name));
                self.open_tag(&label, name, &args, end)
            }
        }
    }
}
