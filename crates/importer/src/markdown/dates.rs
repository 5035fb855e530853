//! Parses dates as people write them in front matter.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822;
use jiff::tz::{Offset, TimeZone};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Parses a date with an optional time and an optional offset from UTC. The default is midnight, and UTC.
/// Fractions of a second are truncated to microseconds.
///
/// `2014-03-12`, `2014-3-2 9:00`, `2014-03-12T09:00:00.5Z`, `2014-03-12 09:00:00 -0500`, `… -5`,
/// `2014/03/12`, `12 March 2014`, `Mar 12, 2014 9:00 am` and RFC 2822 (`Wed, 12 Mar 2014 09:00:00 GMT`).
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if text.len() > 64 {
        return Err("this is too long for a date: write it as 2024-05-31".to_owned());
    }
    if let Ok(timestamp) = rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Ok(timestamp);
    }
    let unreadable =
        || format!("`{text}` is not a date: write it as 2024-05-31 or 2024-05-31T09:00:00-05:00");
    let ((year, month, day), rest) =
        numeric_date(text).or_else(|| worded_date(text)).ok_or_else(unreadable)?;
    let date = Date::new(year, month, day).map_err(|_| format!("`{text}`: this day does not exist"))?;

    let rest = rest.trim_start_matches(['T', 't', ' ', ',', '\t']);
    if rest.is_empty() {
        return at(date.to_datetime(Time::midnight()), Offset::UTC);
    }
    let (time, rest) = time(rest).ok_or_else(unreadable)?;
    let time = time.map_err(|()| format!("`{text}`: this time does not exist"))?;
    let offset = offset(rest.trim()).ok_or_else(|| {
        format!(
            "`{text}`: the time zone `{}` is not supported: write an offset such as -05:00, or Z for UTC",
            rest.trim()
        )
    })?;
    at(date.to_datetime(time), offset)
}

/// Parses a `YYYY-MM-DD` at the start of a file name. Returns it together with the rest of the name.
pub(crate) fn leading_date(name: &str) -> Option<(Result<Timestamp, String>, &str)> {
    let ((year, month, day), rest) = numeric_date(name)?;
    let written = &name[..name.len() - rest.len()];
    if year < 1000 || written.contains(['/', '.']) || !(rest.is_empty() || rest.starts_with(['-', '_', ' ']))
    {
        return None;
    }
    let timestamp = Date::new(year, month, day)
        .map_err(|_| format!("the file name starts with `{written}`: this day does not exist"))
        .and_then(|date| at(date.to_datetime(Time::midnight()), Offset::UTC));
    Some((timestamp, rest.trim_start_matches(['-', '_', ' '])))
}

/// Finds a date in the folders of a path: `2021/03/09/note`, `2021-03-09/note`. The last one counts.
pub(crate) fn in_path(path: &str) -> Option<Timestamp> {
    let folders: Vec<&str> = path.split('/').rev().skip(1).collect();
    let number = |text: &str, digits: usize| {
        let is_number = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { text.parse::<i16>().ok() } else { None }
    };
    let of_three = folders.windows(3).find_map(|folders| {
        let &[day, month, year] = folders else { return None };
        let year = number(year, 4).filter(|year| *year >= 1000)?;
        let (month, day) = (number(month, 2)?, number(day, 2)?);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    let of_one = || {
        folders.iter().find_map(|folder| {
            let ((year, month, day), rest) = numeric_date(folder).filter(|_| folder.contains('-'))?;
            Date::new(year, month, day).ok().filter(|_| rest.is_empty() && year >= 1000)
        })
    };
    at(of_three.or_else(of_one)?.to_datetime(Time::midnight()), Offset::UTC).ok()
}

fn at(datetime: DateTime, offset: Offset) -> Result<Timestamp, String> {
    TimeZone::fixed(offset).to_timestamp(datetime).map_err(|_| format!("`{datetime}` is out of range"))
}

/// Parses `2014-03-12`, `2014-3-2`, `2014/03/12` or `2014.03.12`.
fn numeric_date(text: &str) -> Option<((i16, i8, i8), &str)> {
    let (year, rest) = number(text, 4)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month, rest) = number(&rest[1..], 2)?;
    let (day, rest) = number(rest.strip_prefix(separator)?, 2)?;
    let four_digits = text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit());
    (four_digits && ends).then_some(((year, i8::try_from(month).ok()?, i8::try_from(day).ok()?), rest))
}

/// Parses `March 12, 2014`, `Mar 12 2014` or `12 March 2014`.
fn worded_date(text: &str) -> Option<((i16, i8, i8), &str)> {
    let (day_first, rest) = match number(text, 2) {
        Some((day, rest)) => (Some(day), rest.trim_start()),
        None => (None, text),
    };
    let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at(length);
    let month =
        MONTHS.iter().position(|month| word.len() >= 3 && word.to_ascii_lowercase().starts_with(month))?;
    let rest = rest.trim_start_matches(['.', ' ']);
    let (day, rest) = match day_first {
        Some(day) => (day, rest),
        None => number(rest, 2)?,
    };
    let rest = ["st", "nd", "rd", "th"].iter().find_map(|suffix| rest.strip_prefix(suffix)).unwrap_or(rest);
    let (year, rest) = number(rest.trim_start_matches([',', ' ']), 4)?;
    (year >= 1000).then_some(((year, i8::try_from(month + 1).ok()?, i8::try_from(day).ok()?), rest))
}

/// Parses `9:00`, `09:00:00`, `09:00:00.123` or `9:00 am`. The inner error means that the format is right, but the
/// time does not exist.
fn time(text: &str) -> Option<(Result<Time, ()>, &str)> {
    let (hour, rest) = number(text, 2)?;
    let (minute, mut rest) = number(rest.strip_prefix(':')?, 2)?;
    let (mut second, mut nanosecond) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = number(after, 2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let length = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            nanosecond =
                format!("{:0<6}", &after[..length.min(6)]).parse::<i32>().ok()?.checked_mul(1_000)?;
            rest = &after[length..];
        }
    }
    let bare = rest.trim_start();
    let half = bare.get(..2).map(str::to_ascii_lowercase);
    let hour = match half.as_deref() {
        Some("am" | "pm") if !(1..=12).contains(&hour) => return Some((Err(()), rest)),
        Some("am") => hour % 12,
        Some("pm") => hour % 12 + 12,
        _ => hour,
    };
    if matches!(half.as_deref(), Some("am" | "pm")) {
        rest = &bare[2..];
    }
    let small = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
    Some((Time::new(small(hour), small(minute), small(second), nanosecond).map_err(|_| ()), rest))
}

/// Parses an offset: empty, `Z`, `UTC`, `GMT`, `-5`, `-05`, `-0500`, `-05:00` or `+0530`.
fn offset(text: &str) -> Option<Offset> {
    if matches!(text.to_ascii_uppercase().as_str(), "" | "Z" | "UTC" | "GMT") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, rest) = number(digits, 2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => 0,
        rest => number(rest, 2).filter(|(_, rest)| rest.is_empty())?.0,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

/// Parses a number of one to `max_digits` digits.
fn number(text: &str, max_digits: usize) -> Option<(i16, &str)> {
    let length = text.bytes().take(max_digits).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_formats_are_parsed() {
        let cases = [
            ("2014-03-12", "2014-03-12T00:00:00Z"),
            ("2014-4-2", "2014-04-02T00:00:00Z"),
            ("2014/03/12 ", "2014-03-12T00:00:00Z"),
            ("2014-03-12T09:00:00Z", "2014-03-12T09:00:00Z"),
            ("2014-03-12 09:00:00 -0500", "2014-03-12T14:00:00Z"),
            ("2014-03-12 9:00:00 -5", "2014-03-12T14:00:00Z"),
            ("2014-03-12T10:11:00-04:00", "2014-03-12T14:11:00Z"),
            ("2014-03-12 09:00", "2014-03-12T09:00:00Z"),
            ("2014-03-12T09:00:00.1234567Z", "2014-03-12T09:00:00.123456Z"),
            ("2014-03-12 09:00:00 UTC", "2014-03-12T09:00:00Z"),
            ("2014-03-12 12:30 AM +0530", "2014-03-11T19:00:00Z"),
            ("Jul 08 2022", "2022-07-08T00:00:00Z"),
            ("July 8th, 2022 1:05 pm", "2022-07-08T13:05:00Z"),
            ("8 July 2022", "2022-07-08T00:00:00Z"),
            ("Wed, 12 Mar 2014 09:00:00 GMT", "2014-03-12T09:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(|at| at.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn malformed_dates_are_refused_with_the_reason() {
        let cases = [
            ("2023-02-30", "this day does not exist"),
            ("2023-13-01", "this day does not exist"),
            ("2023-01-01 25:00", "this time does not exist"),
            ("2023-01-01 13:00 pm", "this time does not exist"),
            ("2023-01-01 09:00 EST", "time zone `EST`"),
            ("2023-01-01 09:00 +99:00", "time zone"),
            ("23-01-01", "is not a date"),
            ("soon", "is not a date"),
            ("", "is not a date"),
            ("20230101", "is not a date"),
            ("2023-01-011", "is not a date"),
        ];
        for (text, reason) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_name_may_start_with_a_date() {
        let (date, rest) = leading_date("2020-1-31-a-b").unwrap();
        assert_eq!((date.unwrap().to_string().as_str(), rest), ("2020-01-31T00:00:00Z", "a-b"));
        assert!(leading_date("2023-02-30-x").unwrap().0.is_err());
        for name in ["2020-plan", "2020-01-31st", "10-01-02-x", "2020.01.02-x", "a"] {
            assert!(leading_date(name).is_none(), "{name}");
        }
    }
}
