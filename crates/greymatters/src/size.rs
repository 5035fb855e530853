//! Parses sizes in flags, for example `256MiB`, `1GiB`, or a number of bytes.

/// The units with their numbers of bytes.
const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("B", 1),
];

/// Parses a size. Returns the number of bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((text, 1));
    let size = number.trim_end().parse::<u64>().ok().and_then(|number| number.checked_mul(bytes));
    size.ok_or_else(|| "it is not a size like `256MiB`, `1GiB` or `268435456` (bytes)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_whole_number_with_a_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17B", 17),
            ("256MiB", 256 << 20),
            ("1 GiB", 1 << 30),
            ("512Mi", 512 << 20),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "-1", "1.5GiB", "256MB", "1TiB", "20000000000GiB", "0x10"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
