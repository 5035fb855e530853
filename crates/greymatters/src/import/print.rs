//! Prints the report about an import.

use std::collections::BTreeMap;

use app::import::{
    DroppedContent, FileReport, ImportOptions, ImportReport, LabelConflict, MissingFile, MissingOutcome,
    Outcome, Undated,
};

use super::folder::Unread;

/// The maximum number of lines about files of one kind, unless everything is listed.
const MOST_LINES: usize = 50;

/// Prints what happened to the files. With `verbose`, lists all files and notes.
pub(super) fn print(
    report: &ImportReport,
    unread: &BTreeMap<String, Unread>,
    options: &ImportOptions,
    verbose: bool,
) {
    let ImportReport { files, missing, labels, created, edition } = report;
    for file in files {
        print_file(file, verbose);
    }
    let most = if verbose { usize::MAX } else { MOST_LINES };
    let moved = files.iter().filter_map(|file| {
        let from = file.moved_from.as_ref()?;
        Some(format!("moved      {}: at the last import, the file was {from}", file.path))
    });
    print_lines(moved.collect(), most);
    let conflicts = files.iter().flat_map(|file| {
        file.conflicts.iter().map(|conflict| format!("conflict   {}: {conflict}", file.path))
    });
    print_lines(conflicts.collect(), most);
    print_lines(labels.iter().map(label_line).collect(), most);
    print_lines(missing.iter().map(missing_line).collect(), most);
    print_lines(report.dropped().iter().map(dropped_line).collect(), most);
    print_unread(unread);
    print_undated(files, options);
    let count = |wanted: &Outcome| report.count(|outcome| outcome == wanted);
    let refused = report.count(|outcome| matches!(outcome, Outcome::Refused { .. }));
    println!(
        "{} imported, {} updated, {} unchanged, {} drafts, {refused} refused",
        count(&Outcome::Imported),
        count(&Outcome::Updated),
        count(&Outcome::Unchanged),
        count(&Outcome::Draft),
    );
    if !created.is_empty() {
        let created: Vec<_> = created
            .iter()
            .map(|(kind, count)| if *count == 1 { format!("1 {kind}") } else { format!("{count} {kind}s") })
            .collect();
        println!("created {}", created.join(", "));
    }
    let notes: usize = files.iter().map(|file| file.notes.len()).sum();
    if notes > 0 && !verbose {
        println!("{notes} notes about content that was left out or changed: --verbose lists them");
    }
    match edition {
        _ if options.dry_run => println!("This was a dry run: nothing was changed."),
        Some(edition) => println!("The publication is at edition {edition}."),
        None => println!("Nothing public has changed."),
    }
}

fn print_file(report: &FileReport, verbose: bool) {
    let FileReport { path, outcome, moved_from: _, conflicts: _, notes, dropped: _, is_undated: _, kept: _ } =
        report;
    match outcome {
        Outcome::Refused { line: Some(line), reason } => println!("refused    {path}:{line}: {reason}"),
        Outcome::Refused { line: None, reason } => println!("refused    {path}: {reason}"),
        Outcome::Imported if verbose => println!("imported   {path}"),
        Outcome::Updated if verbose => println!("updated    {path}"),
        Outcome::Draft if verbose => println!("draft      {path}"),
        Outcome::Unchanged if verbose => println!("unchanged  {path}"),
        _ => {}
    }
    if verbose {
        for note in notes {
            println!("  note     {path}:{}: {}", note.line, note.message);
        }
    }
}

fn label_line(conflict: &LabelConflict) -> String {
    let LabelConflict { kind, name, other, slug, is_same } = conflict;
    if *is_same {
        format!("conflict   {kind} `{name}`: it counts as the {kind} `{other}` (`{slug}`)")
    } else {
        format!("conflict   {kind} `{name}`: the {kind} `{other}` has its slug, so this one has `{slug}`")
    }
}

fn missing_line(missing: &MissingFile) -> String {
    let MissingFile { path, title, outcome } = missing;
    match outcome {
        MissingOutcome::Kept => format!(
            "missing    {path}: its article `{title}` is still public: withdraw it, or import with --missing withdraw"
        ),
        MissingOutcome::EditedHere => format!(
            "missing    {path}: its article `{title}` was edited here and is still public: withdraw it, or import with --overwrite"
        ),
        MissingOutcome::Withdrawn => format!("withdrawn  {path}: its article was `{title}`"),
    }
}

fn print_unread(unread: &BTreeMap<String, Unread>) {
    let kinds = unread.iter().map(|(end, Unread { count, first })| format!("{count} {end} (first {first})"));
    let kinds: Vec<_> = kinds.collect();
    if !kinds.is_empty() {
        println!("not read   {}", kinds.join(", "));
    }
}

fn print_undated(files: &[FileReport], options: &ImportOptions) {
    let undated: Vec<_> = files
        .iter()
        .filter(|file| file.is_undated && !matches!(file.outcome, Outcome::Refused { .. }))
        .collect();
    let Some(first) = undated.first() else { return };
    let (count, first) = (undated.len(), &first.path);
    let files = if count == 1 { "1 file has".to_owned() } else { format!("{count} files have") };
    let done = match options.undated {
        Undated::Now => "published with the current date",
        Undated::Draft | Undated::Refuse => "saved as drafts. Add a `date`, or import with --undated now",
    };
    println!("undated    {files} no date (first {first}): {done}");
}

fn dropped_line(dropped: &DroppedContent) -> String {
    let DroppedContent { what, count, files, path, line } = dropped;
    let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    format!("dropped    {what}: {count} in {files}, first in {path}:{line}")
}

fn print_lines(lines: Vec<String>, most: usize) {
    let left = lines.len().saturating_sub(most);
    for line in lines.into_iter().take(most) {
        println!("{line}");
    }
    if left > 0 {
        println!("… and {left} more like these: --verbose lists them");
    }
}
