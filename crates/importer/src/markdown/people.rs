//! Splits a line with the names of several people.

/// Degrees and suffixes that follow a name after a comma.
const SUFFIXES: [&str; 36] = [
    "aprn", "bsn", "cnm", "crna", "dds", "dnp", "do", "dpt", "drph", "dvm", "edd", "esq", "faap", "facc",
    "facp", "facs", "fache", "faan", "jd", "jr", "lcsw", "mba", "mbbs", "md", "mha", "mpa", "mph", "ms",
    "msn", "msw", "np", "pa-c", "pharmd", "phd", "rn", "sr",
];

/// Splits `Ann Lee, MD, PhD, Bo Ek` into `Ann Lee, MD, PhD` and `Bo Ek`.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let bare = part.replace('.', "").to_lowercase();
        match people.last_mut() {
            Some(person) if SUFFIXES.contains(&bare.as_str()) => {
                person.push_str(", ");
                person.push_str(part);
            }
            _ => people.push(part.to_owned()),
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn degrees_stay_with_the_name_before_them() {
        assert_eq!(split("Ann Lee, M.D., PhD, Bo Ek"), ["Ann Lee, M.D., PhD", "Bo Ek"]);
        assert_eq!(split("ann,bo"), ["ann", "bo"]);
        assert_eq!(split("MD"), ["MD"]);
    }
}
