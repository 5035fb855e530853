//! Checks the header `Host` (RFC 9112, 3.2). There must be exactly one valid host: otherwise a proxy in front of
//! this server could see another host than the server.

use std::net::Ipv6Addr;

use axum::http::{HeaderMap, Version, header};

/// Returns an error if the header is invalid.
pub(crate) fn check(version: Version, headers: &HeaderMap) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => Ok(()),
        (None, _) => Err("there is no `Host` header: send the host of the URL"),
        (Some(_), Some(_)) => Err("there are several `Host` headers: send one"),
        (Some(host), None) if host.to_str().is_ok_and(is_host) => Ok(()),
        (Some(_), None) => {
            Err("the `Host` header is not a host with an optional port: send the host and port of the URL")
        }
    }
}

/// Whether a text is a host with an optional port (RFC 3986, 3.2.2).
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            if address.parse::<Ipv6Addr>().is_err() || !(port.is_empty() || port.starts_with(':')) {
                return false;
            }
            ("v6", port.strip_prefix(':').unwrap_or_default())
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte);
    let is_port =
        port.is_empty() || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    !host.is_empty() && host.bytes().all(is_name) && is_port
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn a_host_may_have_a_port() {
        for host in [
            "example.org",
            "example.org:8080",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:80",
            "a_b",
            "x:",
            "xn--e1afmkfd",
        ] {
            assert!(is_host(host), "{host}");
        }
        for other in [
            "", ":80", "a b", "a/b", "user@a", "a:b", "a:70000", "a:+80", "[::1", "[a]", "[::1]80",
            "a:80:80", "a?b", "a#b", "a\\b",
        ] {
            assert!(!is_host(other), "{other}");
        }
    }
}
