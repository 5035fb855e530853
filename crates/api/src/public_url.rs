//! The URL under which clients reach this server.

use std::sync::Arc;

/// The URL under which clients reach this server, for example that of a proxy, with a prefix. Without one, addresses
/// in answers begin with their path.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(Arc<str>);

impl PublicUrl {
    /// Makes a public URL from an absolute URL without a query string. A `/` at its end is left out.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').into())
    }

    /// Returns the address of a path of this server. The path begins with `/`.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_prefix_once() {
        for url in ["https://www.example/api", "https://www.example/api/"] {
            assert_eq!(PublicUrl::new(url).address("/v1/tags"), "https://www.example/api/v1/tags");
        }
        assert_eq!(PublicUrl::new("https://www.example").address("/"), "https://www.example/");
        assert_eq!(PublicUrl::default().address("/v1/tags"), "/v1/tags");
    }
}
