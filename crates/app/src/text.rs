//! Checks of short texts in inputs.

use domain::{LIMITS, Slug, UserError, UserErrorCode};

use crate::Field;

/// Checks a name, and replaces each run of white space in it by one space.
pub(crate) fn name(name: &str, path: &str) -> Result<String, UserError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 {
        return Err(UserError::at(
            path,
            UserErrorCode::Required,
            "the name is blank: it needs at least one character",
        ));
    }
    if length > LIMITS.title {
        let message = format!("the name has {length} characters and may have {}: shorten it", LIMITS.title);
        return Err(UserError::at(path, UserErrorCode::TooLong, message));
    }
    if name.contains('\0') {
        return Err(UserError::at(path, UserErrorCode::Invalid, "the name holds a NUL character: remove it"));
    }
    Ok(name)
}

/// Checks and trims an optional line of text. A blank line counts as none.
pub(crate) fn line(text: Option<&str>, path: &str) -> Result<Option<String>, UserError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let length = text.chars().count();
    if length > LIMITS.line {
        let message = format!("the text has {length} characters and may have {}: shorten it", LIMITS.line);
        return Err(UserError::at(path, UserErrorCode::TooLong, message));
    }
    if text.contains('\0') {
        return Err(UserError::at(path, UserErrorCode::Invalid, "the text holds a NUL character: remove it"));
    }
    Ok(Some(text.to_owned()))
}

/// Parses the slug that was given, or makes one from the name.
pub(crate) fn slug(slug: Option<&str>, name: &str) -> Result<Slug, UserError> {
    let slug = match slug {
        Some(slug) => Slug::parse(slug),
        None => Slug::from_text(name),
    };
    slug.map_err(|error| UserError::at("slug", UserErrorCode::Invalid, error))
}

/// Parses the slug that was given, if one was.
pub(crate) fn given_slug(slug: Option<&str>) -> Result<Option<Slug>, UserError> {
    let parsed = slug.map(Slug::parse).transpose();
    parsed.map_err(|error| UserError::at("slug", UserErrorCode::Invalid, error))
}

/// Checks and trims a line of text that may be left out or cleared. A blank line clears it.
pub(crate) fn line_field(field: &Field<String>, path: &str) -> Result<Field<String>, UserError> {
    Ok(match field {
        Field::Keep => Field::Keep,
        Field::Clear => Field::Clear,
        Field::Set(text) => line(Some(text), path)?.map_or(Field::Clear, Field::Set),
    })
}

/// Cuts a text that a client sent to 100 characters, to quote it in a message.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().take(100).collect()
}
