//! Formats tables as text and as Markdown.

use std::fmt::Write;

/// A table. The first column has names, the others have numbers.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) title: String,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
    /// Whether the last column has words instead of numbers.
    ends_in_words: bool,
}

impl Grid {
    pub(crate) fn new(title: impl Into<String>, heads: &[impl AsRef<str>]) -> Self {
        let heads = heads.iter().map(|head| head.as_ref().to_owned()).collect();
        Self { title: title.into(), heads, ..Self::default() }
    }

    /// Makes a table whose last column has words.
    pub(crate) fn ending_in_words(title: impl Into<String>, heads: &[impl AsRef<str>]) -> Self {
        Self { ends_in_words: true, ..Self::new(title, heads) }
    }

    fn holds_words(&self, column: usize) -> bool {
        column == 0 || (self.ends_in_words && column + 1 == self.heads.len())
    }

    /// Appends a row. Missing cells at its end are empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().collect();
        cells.resize(self.heads.len(), String::new());
        self.rows.push(cells);
    }

    /// Appends a row that has no numbers, with the reason.
    pub(crate) fn missing(&mut self, name: &str, why: &str) {
        self.row([format!("{name}: {why}")]);
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Formats the table for a terminal.
    pub(crate) fn text(&self) -> String {
        let Self { title, heads, rows, notes, ends_in_words: _ } = self;
        // A row that has only a name does not widen the column.
        let fills = |row: &&Vec<String>| row.iter().skip(1).any(|cell| !cell.is_empty());
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| {
                let cells = rows.iter().filter(fills).chain([heads]).map(|row| row[column].chars().count());
                cells.max().unwrap_or_default()
            })
            .collect();
        let mut text = format!("{title}\n");
        for row in [heads].into_iter().chain(rows) {
            let mut line = String::from("  ");
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Writing to a string does not fail.
                let _ = if self.holds_words(column) {
                    write!(line, "{cell:<width$}  ")
                } else {
                    write!(line, "{cell:>width$}  ")
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        for note in notes {
            let _ = writeln!(text, "  {note}");
        }
        text
    }

    /// Formats the table as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let Self { title, heads, rows, notes, ends_in_words: _ } = self;
        let mut text = format!("### {}\n\n", escaped(title));
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        text.push_str(&line(heads));
        let rules: Vec<&str> =
            (0..heads.len()).map(|column| if self.holds_words(column) { "---" } else { "---:" }).collect();
        let _ = writeln!(text, "| {} |", rules.join(" | "));
        for row in rows {
            text.push_str(&line(row));
        }
        for note in notes {
            let _ = write!(text, "\n{}\n", escaped(note));
        }
        text
    }
}

/// Escapes text for Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' => escaped.extend(['\\', char]),
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new("Q1, µs", &["lane", "CPU", "ratio"]);
        grid.row(["bare".to_owned(), "15".to_owned(), "1.00".to_owned()]);
        grid.row(["ours | theirs".to_owned(), "1234".to_owned(), "82".to_owned()]);
        grid.missing("nginx", "not set up: it is not installed on this machine");
        grid.note("a note");
        grid
    }

    #[test]
    fn a_table_is_formatted_as_text() {
        insta::assert_snapshot!(grid().text(), @r"
        Q1, µs
          lane            CPU  ratio
          bare             15   1.00
          ours | theirs  1234     82
          nginx: not set up: it is not installed on this machine
          a note
        ");
    }

    #[test]
    fn a_table_is_formatted_as_markdown() {
        insta::assert_snapshot!(grid().markdown(), @r"
        ### Q1, µs

        | lane | CPU | ratio |
        | --- | ---: | ---: |
        | bare | 15 | 1.00 |
        | ours \| theirs | 1234 | 82 |
        | nginx: not set up: it is not installed on this machine |  |  |

        a note
        ");
    }
}
