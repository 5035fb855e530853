//! `greymatters audit`.

use std::io::{ErrorKind, Write};

use app::AuditFilter;
use domain::{AuditEntry, AuditRecord};
use serde_json::{Map, Value, json};

use crate::cli::AuditOptions;
use crate::database;
use crate::failure::Failure;

/// The number of entries per query.
const BATCH: usize = 500;

/// Prints the audit log, one entry per line.
pub(crate) async fn run(options: AuditOptions) -> Result<(), Failure> {
    let AuditOptions { since, until, actor, subject, request_id, after, database } = options;
    let app = database::open(&database.database_url).await?;
    let filter = AuditFilter { subject, actor, actions: None, since, until, request_id };
    let mut last = after.unwrap_or(0);
    let mut out = std::io::stdout().lock();
    loop {
        let entries = app.audit_after(&filter, last, BATCH).await?;
        for entry in &entries {
            last = entry.id;
            match writeln!(out, "{}", line(entry)) {
                // The reader of the pipe has stopped reading.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(Failure::Output)?,
            }
        }
        if entries.len() < BATCH {
            return Ok(());
        }
    }
}

fn line(entry: &AuditEntry) -> Value {
    let AuditEntry { id, record, request_id } = entry;
    let AuditRecord { at, actor, action, subject, version, edition, details } = record;
    let details: Map<String, Value> =
        details.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    json!({
        "sequence": id, "at": at.to_string(), "actor": actor, "action": action.as_str(),
        "subject": subject.to_string(), "version": version, "edition": edition, "details": details,
        "requestId": request_id,
    })
}
