//! Parses the expression between `{{` and `}}` in Liquid.

/// A value with its filters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    pub(crate) value: Operand,
    pub(crate) filters: Vec<Filter>,
}

/// A literal (`"text"`, `12`) or a variable (`page.title`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    Text(String),
    Variable(String),
}

/// A filter with its arguments: `name: first, second`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) args: Vec<Operand>,
}

/// Parses an expression. `None` when the text is not a Liquid expression.
pub(crate) fn parse(text: &str) -> Option<Expression> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = text.strip_suffix('-').unwrap_or(text);
    let (value, mut rest) = operand(text.trim())?;
    let mut filters = Vec::new();
    while !rest.is_empty() {
        let after = rest.strip_prefix('|')?.trim_start();
        let length = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        let (name, after) = after.split_at(length);
        if name.is_empty() {
            return None;
        }
        let (args, after) = arguments(after.trim_start())?;
        filters.push(Filter { name: name.to_owned(), args });
        rest = after;
    }
    Some(Expression { value, filters })
}

/// Parses the arguments of a filter: `: a, key: b`, or `(a, b)` as in Eleventy's Nunjucks, or none.
fn arguments(text: &str) -> Option<(Vec<Operand>, &str)> {
    let mut args = Vec::new();
    let (mut rest, bracket) = match text.as_bytes().first() {
        Some(b':') => (text[1..].trim_start(), false),
        Some(b'(') => (text[1..].trim_start(), true),
        _ => return Some((args, text)),
    };
    loop {
        if bracket && let Some(after) = rest.strip_prefix(')') {
            return Some((args, after.trim_start()));
        }
        let (arg, after) = operand(rest)?;
        rest = after;
        match rest.strip_prefix(':') {
            Some(after) => {
                let (arg, after) = operand(after.trim_start())?;
                args.push(arg);
                rest = after;
            }
            None => args.push(arg),
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if bracket => {}
            None => return Some((args, rest)),
        }
    }
}

/// Parses one operand. Returns it with the rest, without leading white space.
fn operand(text: &str) -> Option<(Operand, &str)> {
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'') {
        let end = text[1..].find(first)? + 1;
        return Some((Operand::Text(text[1..end].to_owned()), text[end + 1..].trim_start()));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '?');
    let length = text.find(|c| !word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let operand = match first {
        '0'..='9' => Operand::Text(name.to_owned()),
        'a'..='z' | 'A'..='Z' | '_' => Operand::Variable(name.to_owned()),
        _ => return None,
    };
    Some((operand, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_filters_are_parsed() {
        let text = |text: &str| Operand::Text(text.into());
        let parsed = parse(r#"- page.title | default: "x", y | upcase | embed("a", 2) -"#).unwrap();
        assert_eq!(parsed.value, Operand::Variable("page.title".into()));
        let names: Vec<&str> = parsed.filters.iter().map(|filter| filter.name.as_str()).collect();
        assert_eq!(names, ["default", "upcase", "embed"]);
        assert_eq!(parsed.filters[0].args, [text("x"), Operand::Variable("y".into())]);
        assert_eq!(parsed.filters[2].args, [text("a"), text("2")]);
        assert_eq!(parse("'a | b'").unwrap().value, text("a | b"));
        for malformed in ["", "color: red", "\"open", "a b", "a |", "a | b:", "{ x", "!x", "a || b", "f(x)"] {
            assert_eq!(parse(malformed), None, "{malformed:?}");
        }
    }
}
