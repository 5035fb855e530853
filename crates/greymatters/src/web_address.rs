//! Parses URLs in flags.

use url::Url;

/// Checks the URL of a site or a server: `https://example.org`, or with a path.
pub(crate) fn site(text: &str) -> Result<String, String> {
    let url = web(text, "https://journal.example.org")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "it has a `?` or a `#`: write only the URL of the site, like https://journal.example.org"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// Checks the URL under which clients reach this server, and writes it in the form that headers can contain.
pub(crate) fn public(text: &str) -> Result<String, String> {
    let site = site(text)?;
    Url::parse(&site).map(String::from).map_err(|cause| cause.to_string())
}

/// Checks the URL of a page that shows previews, which must contain `{token}`.
pub(crate) fn preview(text: &str) -> Result<String, String> {
    web(text, "https://journal.example.org/preview?token={token}")?;
    if !text.contains("{token}") {
        return Err("it does not contain `{token}`: put it where the site expects the token".to_owned());
    }
    Ok(text.to_owned())
}

fn web(text: &str, example: &str) -> Result<Url, String> {
    let error = |why: &str| format!("{why}: write the complete URL, like {example}");
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(error("it contains a space"));
    }
    let has_scheme = |text: &str| {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        scheme.is_some_and(|scheme| ["http", "https"].contains(&scheme.as_str()))
    };
    if !has_scheme(text) {
        return Err(error("it does not begin with https:// or http://"));
    }
    let url = Url::parse(text).map_err(|cause| error(&cause.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error("it contains a user name or a password"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_site_must_be_complete() {
        for text in ["https://journal.example", "http://localhost:3000/health/", "HTTPS://Journal.example/"] {
            assert_eq!(site(text).unwrap(), text);
        }
        for text in [
            "journal.example",
            "journal.example:443",
            "//journal.example",
            "ftp://journal.example",
            "https://",
            "https:journal.example",
            "https://journal.example/?a=b",
            "https://journal.example/#a",
            "https://user:secret@journal.example",
            "https://journal example",
            "",
        ] {
            let refusal = site(text).unwrap_err();
            assert!(refusal.contains("https://journal.example.org"), "{text}: {refusal}");
        }
    }

    #[test]
    fn the_public_url_is_plain_ascii() {
        assert_eq!(
            public("https://Bücher.example/Länder/").unwrap(),
            "https://xn--bcher-kva.example/L%C3%A4nder/"
        );
        assert!(public("https://journal.example/?a=b").is_err());
    }

    #[test]
    fn the_url_for_previews_must_contain_the_token() {
        assert!(preview("https://journal.example/preview?token={token}&slug={slug}").is_ok());
        for text in ["https://journal.example/preview", "/preview?token={token}"] {
            assert!(preview(text).is_err(), "{text}");
        }
    }
}
