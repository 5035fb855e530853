//! Draws a bar chart with a logarithmic axis as SVG, for light and dark backgrounds.

use std::fmt::Write;

use crate::figures::digits;

const WIDTH: f64 = 900.0;
/// The x coordinates of the start and the end of the axis.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 830.0;
const LINE: f64 = 20.0;
const BAR: f64 = 13.0;

/// A chart.
pub(crate) struct Picture {
    pub(crate) title: String,
    /// Lines below the title, about the content and the circumstances.
    pub(crate) lines: Vec<String>,
    pub(crate) groups: Vec<Group>,
}

/// Bars with a common heading.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

/// A bar: a value with its minimum and maximum.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) paint: Paint,
}

/// The kind of a bar, which determines its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Ours,
    /// A baseline.
    Floor,
    Peer,
}

impl Paint {
    fn class(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Floor => "floor",
            Self::Peer => "peer",
        }
    }
}

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:18px;font-weight:600}\
.line,.tick{font-size:11px;fill:#59636e}.group{font-weight:600}.grid{stroke:#d1d9e0}.spread{stroke:#1f2328}\
.ground{fill:#fff}.ours{fill:#0969da}.floor{fill:#8c959f}.peer{fill:#bc4c00}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.line,.tick{fill:#9198a1}.grid{stroke:#3d444d}\
.spread{stroke:#f0f6fc}.ground{fill:#0d1117}.ours{fill:#58a6ff}.floor{fill:#6e7681}.peer{fill:#f0883e}}";

/// Draws the chart.
pub(crate) fn draw(picture: &Picture) -> String {
    let Picture { title, lines, groups } = picture;
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let axis = Axis::over(bars().flat_map(|bar| [bar.low, bar.value, bar.high]));
    let head = 40.0 + lines.len() as f64 * 15.0;
    let rows: usize = groups.iter().map(|group| group.bars.len() + 2).sum();
    let bottom = head + rows as f64 * LINE;
    let height = bottom + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"16\" y=\"28\">{}</text>\n",
        escaped(title),
        escaped(title)
    );
    // Writing to a string does not fail.
    for (line, number) in lines.iter().zip(0u16..) {
        let y = 46.0 + f64::from(number) * 15.0;
        let _ = writeln!(svg, "<text class=\"line\" x=\"16\" y=\"{y}\">{}</text>", escaped(line));
    }
    for tick in axis.ticks() {
        let x = axis.at(tick);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{head}\" y2=\"{bottom}\"/>\
             <text class=\"tick\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            bottom + 16.0,
            escaped(&unit(tick).replace(".0 ", " "))
        );
    }
    let mut y = head;
    for Group { title, bars } in groups {
        y += LINE * 1.4;
        let _ = writeln!(svg, "<text class=\"group\" x=\"16\" y=\"{y:.1}\">{}</text>", escaped(title));
        y += LINE * 0.6 - 4.0;
        for Bar { label, value, low, high, paint } in bars {
            let (end, low, high, middle) = (axis.at(*value), axis.at(*low), axis.at(*high), y + BAR / 2.0);
            let _ = writeln!(
                svg,
                "<text text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>\
                 <rect class=\"{}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\"/>\
                 <line class=\"spread\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                LEFT - 8.0,
                y + 11.0,
                escaped(label),
                paint.class(),
                end - LEFT,
                high.max(end) + 6.0,
                y + 11.0,
                escaped(&unit(*value))
            );
            y += LINE;
        }
        y += 4.0;
    }
    svg.push_str("</svg>\n");
    svg
}

/// A logarithmic axis from one power of ten to another.
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let powers = values.filter(|value| *value > 0.0 && value.is_finite()).map(f64::log10);
        let (low, high) =
            powers.fold((f64::MAX, f64::MIN), |(low, high), power| (low.min(power), high.max(power)));
        if low > high {
            return Self { low: 0, high: 1 };
        }
        let low = low.floor() as i32;
        Self { low, high: (high.ceil() as i32).max(low + 1) }
    }

    fn at(&self, value: f64) -> f64 {
        let span = f64::from(self.high - self.low);
        let part = if value > 0.0 { (value.log10() - f64::from(self.low)) / span } else { 0.0 };
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.low..=self.high).map(|power| 10f64.powi(power))
    }
}

/// Formats microseconds in a suitable unit.
fn unit(micros: f64) -> String {
    if micros < 1_000.0 {
        format!("{} µs", digits(micros))
    } else {
        format!("{} ms", digits(micros / 1_000.0))
    }
}

/// Escapes text for XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 allows no other control characters, not even as character references.
            char if char.is_control() && !matches!(char, '\n' | '\t') => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64, paint: Paint) -> Bar {
        Bar { label: label.to_owned(), value, low: value * 0.9, high: value * 1.2, paint }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("a<b> & \"c\"\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot; ");
        let picture = Picture {
            title: "</svg><script>".to_owned(),
            lines: vec!["<&>".to_owned()],
            groups: vec![Group {
                title: "<g>".to_owned(),
                bars: vec![bar("<label>", 12.0, Paint::Ours), bar("b", 1_500.0, Paint::Peer)],
            }],
        };
        let svg = draw(&picture);
        assert!(!svg.contains("<script>") && !svg.contains("<label>") && !svg.contains("<g>"));
        assert!(svg.contains("12 µs") && svg.contains("1.5 ms"));
        assert_eq!((svg.matches("<svg").count(), svg.matches("</svg>").count()), (1, 1));
    }

    #[test]
    fn the_axis_covers_all_values() {
        let axis = Axis::over([12.0, 3_400.0].into_iter());
        assert_eq!((axis.low, axis.high), (1, 4));
        assert!(axis.at(12.0) > LEFT && axis.at(3_400.0) < RIGHT);
        assert!((axis.at(10.0) - LEFT).abs() < 0.01);
        let nothing = Axis::over(std::iter::empty());
        assert_eq!((nothing.low, nothing.high), (0, 1));
    }
}
