//! Writes the report about an import as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use app::import::{
    Dropped, DroppedContent, FileReport, ImportOptions, ImportReport, KeptContent, LabelConflict,
    MissingFile, MissingOutcome, Note, Outcome,
};
use serde_json::{Value, json};

use super::folder::Unread;
use crate::failure::Failure;

/// Writes the report to a file. An older file is replaced.
pub(super) fn write(
    path: &Path,
    report: &ImportReport,
    unread: &BTreeMap<String, Unread>,
    options: &ImportOptions,
) -> Result<(), Failure> {
    let text = format!("{:#}\n", to_json(report, unread, options));
    fs::write(path, text).map_err(|cause| Failure::File { path: path.to_owned(), cause })
}

fn to_json(report: &ImportReport, unread: &BTreeMap<String, Unread>, options: &ImportOptions) -> Value {
    let ImportReport { files, missing, labels, created, edition } = report;
    let count = |wanted: &str| files.iter().filter(|file| name_of(&file.outcome) == wanted).count();
    let kept = files.iter().fold(KeptContent::default(), |sum, file| sum.plus(&file.kept));
    let KeptContent { words, pictures, links, headings } = kept;
    json!({
        "source": options.source,
        "dryRun": options.dry_run,
        "edition": edition,
        "counts": {
            "imported": count("imported"),
            "updated": count("updated"),
            "unchanged": count("unchanged"),
            "drafts": count("draft"),
            "refused": count("refused"),
            "moved": files.iter().filter(|file| file.moved_from.is_some()).count(),
            "undated": files.iter().filter(|file| file.is_undated).count(),
        },
        "created": created,
        "kept": { "words": words, "pictures": pictures, "links": links, "headings": headings },
        "dropped": report.dropped().iter().map(dropped_content).collect::<Vec<_>>(),
        "labels": labels.iter().map(label).collect::<Vec<_>>(),
        "missing": missing.iter().map(missing_file).collect::<Vec<_>>(),
        "unread": unread.iter().map(|(end, Unread { count, first })| json!({
            "nameEnd": end, "count": count, "first": first,
        })).collect::<Vec<_>>(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn file(report: &FileReport) -> Value {
    let FileReport { path, outcome, moved_from, conflicts, notes, dropped, is_undated, kept } = report;
    let (line, reason) = match outcome {
        Outcome::Refused { line, reason } => (*line, Some(reason)),
        _ => (None, None),
    };
    let KeptContent { words, pictures, links, headings } = kept;
    json!({
        "path": path,
        "outcome": name_of(outcome),
        "line": line,
        "reason": reason,
        "movedFrom": moved_from,
        "undated": is_undated,
        "conflicts": conflicts,
        "kept": { "words": words, "pictures": pictures, "links": links, "headings": headings },
        "dropped": dropped.iter().map(|Dropped { what, count, line }| json!({
            "what": what, "count": count, "line": line,
        })).collect::<Vec<_>>(),
        "notes": notes.iter().map(|Note { line, message }| json!({
            "line": line, "message": message,
        })).collect::<Vec<_>>(),
    })
}

fn name_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Imported => "imported",
        Outcome::Draft => "draft",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Refused { .. } => "refused",
    }
}

fn dropped_content(dropped: &DroppedContent) -> Value {
    let DroppedContent { what, count, files, path, line } = dropped;
    json!({ "what": what, "count": count, "files": files, "path": path, "line": line })
}

fn label(conflict: &LabelConflict) -> Value {
    let LabelConflict { kind, name, other, slug, is_same } = conflict;
    json!({ "kind": kind, "name": name, "other": other, "slug": slug, "isSame": is_same })
}

fn missing_file(missing: &MissingFile) -> Value {
    let MissingFile { path, title, outcome } = missing;
    let outcome = match outcome {
        MissingOutcome::Kept => "kept",
        MissingOutcome::EditedHere => "editedHere",
        MissingOutcome::Withdrawn => "withdrawn",
    };
    json!({ "path": path, "title": title, "outcome": outcome })
}
