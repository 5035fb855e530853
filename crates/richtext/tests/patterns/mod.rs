//! Hostile inputs, shared by the tests and by the timing example.

mod repeated;
mod shaped;
mod shaped_html;

type Inputs = Vec<(&'static str, String)>;

/// `(name, input)` pairs, each input about `size` bytes long.
pub(crate) fn all(size: usize) -> Inputs {
    let mut inputs: Inputs = repeated::UNITS.iter().map(|(name, unit)| (*name, repeat(unit, size))).collect();
    inputs.extend(shaped::inputs(size));
    inputs.extend(shaped_html::inputs(size));
    inputs
}

fn repeat(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len() + 1)
}

/// Concatenates `make(0)`, `make(1)`, … up to about `size` bytes.
fn numbered(size: usize, make: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    let mut n = 0;
    while out.len() < size {
        out.push_str(&make(n));
        n += 1;
    }
    out
}
