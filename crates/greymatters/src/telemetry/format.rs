//! The format of log lines.

use std::fmt::{self, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Compact, Format, Json, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::repeats::Repeats;

/// Formats events as lines, without repetitions.
pub(super) struct Lines<F> {
    format: F,
    repeats: Arc<Repeats>,
}

impl<F> Lines<F> {
    pub(super) fn new(format: F, repeats: Arc<Repeats>) -> Self {
        Self { format, repeats }
    }
}

impl<S, N> FormatEvent<S, N> for Lines<Format<Compact>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if may_repeat(event) || self.repeats.is_news(event) {
            return self.format.format_event(ctx, writer, event);
        }
        Ok(())
    }
}

impl<S, N> FormatEvent<S, N> for Lines<Format<Json>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if event.metadata().target() == api::ACCESS {
            return format_access(writer, event);
        }
        if may_repeat(event) || self.repeats.is_news(event) {
            return self.format.format_event(ctx, writer, event);
        }
        Ok(())
    }
}

/// Whether each occurrence of an event is logged: the line of a request, and lines of the levels DEBUG and TRACE.
fn may_repeat(event: &Event<'_>) -> bool {
    event.metadata().target() == api::ACCESS || *event.metadata().level() > Level::INFO
}

/// Writes the line of a request in JSON. There is such a line for each answer, and this is several times faster than the
/// general formatter.
fn format_access(mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
    writer.write_str("{\"timestamp\":\"")?;
    SystemTime.format_time(&mut writer)?;
    write!(writer, "\",\"level\":\"{}\"", event.metadata().level())?;
    let mut members = Members { writer, result: Ok(()) };
    event.record(&mut members);
    members.result?;
    writeln!(members.writer, ",\"target\":\"{}\"}}", event.metadata().target())
}

/// Writes fields as members of an object.
struct Members<'a> {
    writer: Writer<'a>,
    result: fmt::Result,
}

impl Members<'_> {
    fn member(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = write!(self.writer, ",\"{}\":{value}", field.name());
        }
    }

    fn text(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.member(field, format_args!("\""));
        if self.result.is_ok() {
            self.result =
                Escaped(&mut self.writer).write_fmt(value).and_then(|()| self.writer.write_char('"'));
        }
    }
}

impl Visit for Members<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, format_args!("{value}"));
    }
}

/// Writes the inside of a JSON string.
struct Escaped<'a, W>(&'a mut W);

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.write_str(&text[plain..at])?;
            plain = at + 1;
            match byte {
                b'"' => self.0.write_str("\\\"")?,
                b'\\' => self.0.write_str("\\\\")?,
                _ => write!(self.0, "\\u{byte:04x}")?,
            }
        }
        self.0.write_str(&text[plain..])
    }
}

/// Formats a line that belongs to no event.
pub(super) fn format_line(is_json: bool, level: Level, message: &str, count: u64) -> Vec<u8> {
    let mut line = String::new();
    let mut writer = Writer::new(&mut line);
    // Writing to a string cannot fail.
    let _ = if is_json {
        json(&mut writer, level, message, count)
    } else {
        pretty(&mut writer, level, message, count)
    };
    line.into_bytes()
}

fn json(writer: &mut Writer<'_>, level: Level, message: &str, count: u64) -> fmt::Result {
    writer.write_str("{\"timestamp\":\"")?;
    SystemTime.format_time(writer)?;
    write!(writer, "\",\"level\":\"{level}\",\"message\":\"")?;
    Escaped(writer).write_str(message)?;
    writeln!(writer, "\",\"count\":{count},\"target\":\"log\"}}")
}

fn pretty(writer: &mut Writer<'_>, level: Level, message: &str, count: u64) -> fmt::Result {
    SystemTime.format_time(writer)?;
    writeln!(writer, " {level:>5} {message} count={count}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_json() {
        let mut text = String::new();
        Escaped(&mut text).write_str("a\"b\\c\nd\u{1b}é").unwrap();
        assert_eq!(text, "a\\\"b\\\\c\\u000ad\\u001bé");
        let line = String::from_utf8(format_line(true, Level::WARN, "say \"x\"", 3)).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((line["message"].as_str(), line["count"].as_u64()), (Some("say \"x\""), Some(3)));
    }
}
