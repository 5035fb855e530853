//! `greymatters key`.

use app::{ApiKey, App, Caller, KeyInput};
use domain::{KeyId, Timestamp};
use serde_json::json;

use crate::cli::{
    KeyCommand, KeyListOptions, KeyNameOptions, KeyOptions, KeyRotateOptions, ListFormat, When,
};
use crate::database;
use crate::failure::Failure;

pub(crate) async fn run(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(options) => create(options).await,
        KeyCommand::List(options) => list(options).await,
        KeyCommand::Revoke(options) => revoke(options).await,
        KeyCommand::Rotate(options) => rotate(options).await,
    }
}

/// Makes a key and prints it, alone, so that a shell can take it.
async fn create(options: KeyOptions) -> Result<(), Failure> {
    let KeyOptions { scopes, name, expires, database } = options;
    let expires_at = match expires {
        None => None,
        Some(When::At(at)) => Some(at),
        Some(When::In(span)) => Some(App::now().checked_add(span).map_err(|_| Failure::TooFar)?),
    };
    let app = database::open(&database.database_url).await?;
    let made = app.create_key(&Caller::operator(), &KeyInput { name, scopes, expires_at }).await?;
    println!("{}", made.secret);
    Ok(())
}

async fn list(options: KeyListOptions) -> Result<(), Failure> {
    let KeyListOptions { list_format, database } = options;
    let keys = database::open(&database.database_url).await?.keys(&Caller::operator()).await?;
    match list_format {
        ListFormat::Json => keys.iter().for_each(|key| println!("{}", line(key))),
        ListFormat::Table if keys.is_empty() => println!(
            "There is no key yet. Make one:\n\n  greymatters key create --name editors --scope content:write --scope content:publish"
        ),
        ListFormat::Table => table(&keys),
    }
    Ok(())
}

async fn revoke(options: KeyNameOptions) -> Result<(), Failure> {
    let KeyNameOptions { key, database } = options;
    let app = database::open(&database.database_url).await?;
    let id = find(&app, &key).await?;
    let revoked = app.revoke_key(&Caller::operator(), id).await?;
    println!("{} ({}) was revoked.", revoked.id, revoked.name);
    Ok(())
}

/// Replaces a key and prints the new one, alone.
async fn rotate(options: KeyRotateOptions) -> Result<(), Failure> {
    let KeyRotateOptions { key: KeyNameOptions { key, database }, overlap } = options;
    let app = database::open(&database.database_url).await?;
    let id = find(&app, &key).await?;
    let overlap = overlap.map_or(0, |overlap| i32::try_from(overlap.as_secs()).unwrap_or(i32::MAX));
    let made = app.rotate_key(&Caller::operator(), id, overlap).await?;
    println!("{}", made.secret);
    Ok(())
}

/// The key of an id, or the only one that begins so.
async fn find(app: &App, name: &str) -> Result<KeyId, Failure> {
    if let Ok(id) = name.parse::<KeyId>() {
        return Ok(id);
    }
    let keys = app.keys(&Caller::operator()).await?;
    // A whole secret begins with what is kept of it.
    let begins = |key: &&ApiKey| {
        key.prefix
            .as_ref()
            .is_some_and(|prefix| prefix.starts_with(name) || name.starts_with(prefix.as_str()))
    };
    let found: Vec<&ApiKey> = keys.iter().filter(|key| key.revoked_at.is_none()).filter(begins).collect();
    match found.as_slice() {
        [only] if name.starts_with("gmk_") && name.len() > 4 => Ok(only.id),
        [] | [_] => Err(Failure::NoSuchKey),
        several => Err(Failure::SeveralKeys(several.len())),
    }
}

fn state(key: &ApiKey, now: Timestamp) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        (None, _) => "active",
    }
}

fn table(keys: &[ApiKey]) {
    let now = App::now();
    let day = |at: Option<Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
    };
    let mut rows = vec![["KEY", "ID", "NAME", "STATE", "SCOPES", "LAST USED", "EXPIRES"].map(str::to_owned)];
    rows.extend(keys.iter().map(|key| {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        [
            key.prefix.as_ref().map_or_else(|| "gmk_".to_owned(), |prefix| format!("{prefix}…")),
            key.id.to_string(),
            key.name.clone(),
            state(key, now).to_owned(),
            scopes.join(" "),
            day(key.last_used_at),
            day(key.expires_at),
        ]
    }));
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
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
