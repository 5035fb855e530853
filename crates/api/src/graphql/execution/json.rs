//! Writes answers as JSON.
//!
//! A value of the executor may contain JSON that is already written (see `article_list.rs`), as [`Value::Binary`],
//! which is used for nothing else. Therefore only these functions may write such answers.

use async_graphql::{Response, Value};

/// Writes the body of an answer without errors (GraphQL, 7.1).
pub(crate) fn body(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 << 10);
    out.extend_from_slice(b"{\"data\":");
    write(&response.data, &mut out);
    if !response.extensions.is_empty() {
        out.extend_from_slice(b",\"extensions\":");
        object(response.extensions.iter(), &mut out, write);
    }
    out.push(b'}');
    out
}

/// Writes a value.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => scalar(number, out),
        Value::String(text) => string(text, out),
        Value::Enum(name) => string(name, out),
        Value::Binary(written) => out.extend_from_slice(written),
        Value::List(entries) => list(entries.iter(), out, write),
        Value::Object(fields) => object(fields.iter(), out, write),
    }
}

/// Writes a list. `write` writes each entry.
pub(crate) fn list<T>(
    entries: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'[');
    for (place, entry) in entries.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(entry, out);
    }
    out.push(b']');
}

/// Writes an object of fields with their response keys. `write` writes each value.
pub(crate) fn object<K: AsRef<str>, T>(
    fields: impl Iterator<Item = (K, T)>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'{');
    for (place, (key, value)) in fields.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        // Response keys are GraphQL names: letters, digits and `_`. They need no escaping.
        out.push(b'"');
        out.extend_from_slice(key.as_ref().as_bytes());
        out.extend_from_slice(b"\":");
        write(value, out);
    }
    out.push(b'}');
}

/// Converts JSON that is already written back to values.
pub(crate) fn read_back(value: &Value) -> Value {
    match value {
        Value::Binary(written) => serde_json::from_slice(written).unwrap_or_default(),
        Value::List(entries) => Value::List(entries.iter().map(read_back).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), read_back(value))).collect())
        }
        plain => plain.clone(),
    }
}

/// Returns the minimum length of a value as JSON, in bytes.
pub(crate) fn length(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Boolean(_) | Value::Number(_) => 1,
        Value::String(text) => text.len() as u64 + 2,
        Value::Enum(name) => name.len() as u64 + 2,
        Value::Binary(written) => written.len() as u64,
        Value::List(entries) => 2 + entries.iter().map(|entry| 1 + length(entry)).sum::<u64>(),
        Value::Object(fields) => {
            2 + fields.iter().map(|(name, value)| name.len() as u64 + 4 + length(value)).sum::<u64>()
        }
    }
}

/// Writes a string.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    scalar(&text, out);
}

/// Writes a number or a string, which cannot fail.
pub(crate) fn scalar(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}
