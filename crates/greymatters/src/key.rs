//! `greymatters key`.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use app::{ApiKey, App, Caller, KeyInput, WriteError};
use domain::{KeyId, Timestamp};
use serde_json::json;

use crate::database;
use crate::duration::When;
use crate::failure::Failure;
use crate::key_options::{
    KeyCommand, KeyListOptions, KeyNameOptions, KeyOptions, KeyRotateOptions, ListFormat,
};

pub(crate) async fn run(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(options) => create(options).await,
        KeyCommand::List(options) => list(options).await,
        KeyCommand::Revoke(options) => revoke(options).await,
        KeyCommand::Rotate(options) => rotate(options).await,
    }
}

/// Creates a key and prints nothing else, so that scripts can use the output.
async fn create(options: KeyOptions) -> Result<(), Failure> {
    let KeyOptions { scopes, name, expires, database } = options;
    let expires_at = match expires {
        None => None,
        Some(When::At(at)) => Some(at),
        Some(When::In(duration)) => Some(App::now().checked_add(duration).map_err(|_| Failure::TooFar)?),
    };
    let app = database::open(&database.database_url).await?;
    let input = KeyInput { name, scopes, expires_at };
    let made = app.create_key(&Caller::operator(), &input, None).await.map_err(with_flag_names)?;
    println!("{}", made.secret);
    Ok(())
}

async fn list(options: KeyListOptions) -> Result<(), Failure> {
    let KeyListOptions { list_format, database } = options;
    let keys = database::open(&database.database_url).await?.keys(&Caller::operator()).await?;
    match list_format {
        ListFormat::Json => print(keys.iter().map(line)),
        ListFormat::Table if keys.is_empty() => print([
            "There is no key yet. Create one:\n\n  greymatters key create --name editors --scope content:write --scope content:publish",
        ]),
        ListFormat::Table => print(table(&keys)),
    }
}

async fn revoke(options: KeyNameOptions) -> Result<(), Failure> {
    let KeyNameOptions { key, database } = options;
    let app = database::open(&database.database_url).await?;
    let id = find(&app, &key).await?;
    let revoked = app.revoke_key(&Caller::operator(), id).await.map_err(with_flag_names)?;
    println!("{} ({}) was revoked.", revoked.id, visible(&revoked.name));
    Ok(())
}

/// Replaces a key, and prints only the new one.
async fn rotate(options: KeyRotateOptions) -> Result<(), Failure> {
    let KeyRotateOptions { key: KeyNameOptions { key, database }, overlap } = options;
    let app = database::open(&database.database_url).await?;
    let id = find(&app, &key).await?;
    let overlap = overlap.map_or(0, |overlap| i32::try_from(overlap.as_secs()).unwrap_or(i32::MAX));
    let made = app.rotate_key(&Caller::operator(), id, overlap).await.map_err(with_flag_names)?;
    println!("{}", made.secret);
    Ok(())
}

/// Finds a key by its id or its first characters. Among several, a key that is not revoked takes precedence.
async fn find(app: &App, name: &str) -> Result<KeyId, Failure> {
    let keys = app.keys(&Caller::operator()).await?;
    if let Ok(id) = name.parse::<KeyId>() {
        return keys.iter().find(|key| key.id == id).map(|key| key.id).ok_or(Failure::NoKey(id));
    }
    if !name.starts_with("gmk_") || name.len() == "gmk_".len() {
        return Err(Failure::NoSuchKey);
    }
    // `name` can also be the whole key, which begins with the stored prefix.
    let matches = |prefix: &String| prefix.starts_with(name) || name.starts_with(prefix.as_str());
    let (revoked, valid): (Vec<_>, Vec<_>) = keys
        .iter()
        .filter(|key| key.prefix.as_ref().is_some_and(matches))
        .partition(|key| key.revoked_at.is_some());
    match if valid.is_empty() { revoked } else { valid }.as_slice() {
        [only] => Ok(only.id),
        [] => Err(Failure::NoSuchKey),
        several => Err(Failure::SeveralKeys(several.len())),
    }
}

/// Replaces the field names in an error by the flags of the command line.
fn with_flag_names(error: WriteError) -> Failure {
    let WriteError::User(mut errors) = error else { return error.into() };
    for error in &mut errors {
        let flag = match error.path.last().map(String::as_str) {
            Some("name") => "--name",
            Some("scopes") => "--scope",
            Some("expiresAt") => "--expires",
            Some("overlapSeconds") => "--overlap",
            Some("id") => "KEY",
            _ => continue,
        };
        error.path = vec![flag.to_owned()];
    }
    WriteError::User(errors).into()
}

fn state(key: &ApiKey, now: Timestamp) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        (None, _) => "active",
    }
}

/// Formats the keys as the rows of a table, with aligned columns.
fn table(keys: &[ApiKey]) -> Vec<String> {
    let now = App::now();
    let minute = |at: Option<Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
    };
    let mut rows = vec![["KEY", "ID", "NAME", "STATE", "SCOPES", "LAST USED", "EXPIRES"].map(str::to_owned)];
    rows.extend(keys.iter().map(|key| {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        [
            key.prefix.as_ref().map_or_else(|| "gmk_".to_owned(), |prefix| format!("{prefix}…")),
            key.id.to_string(),
            visible(&key.name),
            state(key, now).to_owned(),
            scopes.join(" "),
            minute(key.last_used_at),
            minute(key.expires_at),
        ]
    }));
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let row = |row: [String; 7]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.into_iter().map(row).collect()
}

/// Replaces the control characters of a name, which a terminal would interpret.
fn visible(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn line(key: &ApiKey) -> serde_json::Value {
    let ApiKey { id, name, scopes, prefix, created_at, created_by, expires_at, last_used_at, revoked_at } =
        key;
    let instant = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    json!({
        "id": id.to_string(), "name": name, "prefix": prefix, "state": state(key, App::now()), "scopes": scopes,
        "createdAt": created_at.to_string(), "createdBy": created_by, "expiresAt": instant(expires_at),
        "lastUsedAt": instant(last_used_at), "revokedAt": instant(revoked_at),
    })
}

fn print(lines: impl IntoIterator<Item = impl Display>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        match writeln!(out, "{line}") {
            // The reader of the pipe has stopped reading.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(Failure::Output)?,
        }
    }
    Ok(())
}
