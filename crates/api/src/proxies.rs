//! Finds the client of a request that came through proxies.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A trusted proxy, or a network of trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        address.or_else(|_| text.parse::<IpNet>()).map(|network| Self(network.trunc())).map_err(|_| {
            format!("`{text}` is neither an IP address nor a network: write it like 192.0.2.7 or 10.0.0.0/8")
        })
    }
}

/// The trusted proxies.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromIterator<TrustedProxy> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = TrustedProxy>>(proxies: T) -> Self {
        Self(proxies.into_iter().map(|TrustedProxy(network)| network).collect())
    }
}

/// The origin of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The address of the client, or of the last proxy that is known.
    pub(crate) address: IpAddr,
    /// Whether many clients may have this address: it is that of a trusted proxy that does not name its client.
    pub(crate) is_shared: bool,
}

impl TrustedProxies {
    /// Whether the proxy at this address is trusted.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the origin of a request: the last address in the chain that is not a trusted proxy's. Each proxy
    /// appends the address of its peer, so addresses that a client has made up come earlier.
    pub(crate) fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> Origin {
        let peer = peer.to_canonical();
        let origin = |address| Origin { address, is_shared: self.trusts(address) };
        if !self.trusts(peer) {
            return origin(peer);
        }
        let forwarded = headers.contains_key(header::FORWARDED);
        let x_forwarded_for = headers.contains_key(X_FORWARDED_FOR);
        let by_forwarded =
            || self.last_untrusted(peer, values(headers, &header::FORWARDED).rev().map(forwarded_for));
        let by_x_forwarded_for = || {
            self.last_untrusted(peer, values(headers, &X_FORWARDED_FOR).rev().map(|hop| address(hop.trim())))
        };
        match (forwarded, x_forwarded_for) {
            (true, false) => origin(by_forwarded()),
            (false, true) => origin(by_x_forwarded_for()),
            (true, true) => {
                let client = by_forwarded();
                if client == by_x_forwarded_for() {
                    return origin(client);
                }
                // A proxy writes one of the headers, and passes the other one on as the client sent it. All
                // clients that send the other one are counted as one client; otherwise they could avoid being
                // counted.
                Origin { address: peer, is_shared: false }
            }
            (false, false) => origin(peer),
        }
    }

    /// Goes from the last hop to the first, as long as each hop is trusted.
    fn last_untrusted(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut client = peer;
        for hop in hops {
            // An unreadable or hidden address is replaced by that of the proxy that reported it.
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// Returns the elements of a list that may be spread over several headers (RFC 9110, 5.3).
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> std::vec::IntoIter<&'a str> {
    // A header that is not text counts as an unreadable element.
    let texts = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    texts.flat_map(|text| split(text, ',')).collect::<Vec<_>>().into_iter()
}

/// Splits a text at separators outside quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = |c: char| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && c == '\\' && !was_escaped;
        if c == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        c == separator && !is_quoted
    };
    text.split(is_end).collect()
}

/// Returns the client in an element of `Forwarded` (RFC 7239, 5.2).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (_, node) = found.next()?;
    // The parameter must occur only once (RFC 7239, 4).
    if found.next().is_some() {
        return None;
    }
    let node = node.trim();
    let node = node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node);
    address(&node.replace('\\', ""))
}

/// Parses an address with an optional port.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse().ok();
    }
    text.parse::<SocketAddr>().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origin(headers: &[(&'static str, &'static str)]) -> Origin {
        let proxies = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"];
        let proxies: TrustedProxies =
            proxies.map(|proxy| proxy.parse::<TrustedProxy>().unwrap()).into_iter().collect();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        proxies.origin("10.1.2.3".parse().unwrap(), &map)
    }

    fn client(headers: &[(&'static str, &'static str)]) -> String {
        origin(headers).address.to_string()
    }

    #[test]
    fn the_address_of_a_proxy_that_names_no_client_is_shared() {
        for (headers, is_shared) in [
            (&[][..], true),
            (&[("x-forwarded-for", "10.9.9.9")], true),
            (&[("forwarded", "for=unknown")], true),
            (&[("x-forwarded-for", "203.0.113.9")], false),
            (&[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=1.1.1.1")], false),
            (&[("x-forwarded-for", "203.0.113.9"), ("forwarded", "nonsense")], false),
        ] {
            assert_eq!(origin(headers).is_shared, is_shared, "{headers:?}");
        }
    }

    #[test]
    fn the_client_is_the_last_one_that_is_not_a_proxy() {
        for (value, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 192.0.2.7, 10.9.9.9", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db9::1]:4711, 10.0.0.1", "2001:db9::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("nonsense, 10.0.0.1", "10.0.0.1"),
            ("1.1.1.1, nonsense", "10.1.2.3"),
            ("", "10.1.2.3"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("x-forwarded-for", value)]), expected, "{value}");
        }
        assert_eq!(
            client(&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9")]),
            "203.0.113.9"
        );
    }

    #[test]
    fn forwarded_is_read_like_x_forwarded_for() {
        for (value, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=\"203.0.113.9:4711\";proto=https;secret=x", "203.0.113.9"),
            ("for=1.1.1.1;by=_x, for=\"[2001:db9::1]:4711\", for=10.0.0.1", "2001:db9::1"),
            ("for=203.0.113.9, for=unknown", "10.1.2.3"),
            ("for=203.0.113.9, for=_hidden, for=10.0.0.1", "10.0.0.1"),
            ("for=\"a,for=1.1.1.1\", for=203.0.113.9", "203.0.113.9"),
            ("for=1.1.1.1;for=203.0.113.9", "10.1.2.3"),
            ("proto=https", "10.1.2.3"),
        ] {
            assert_eq!(client(&[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn two_headers_that_differ_are_not_trusted() {
        let both = |forwarded, x_forwarded_for| {
            client(&[("forwarded", forwarded), ("x-forwarded-for", x_forwarded_for)])
        };
        assert_eq!(both("for=1.1.1.1", "203.0.113.9"), "10.1.2.3");
        assert_eq!(both("for=203.0.113.9", "203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn untrusted_peers_are_the_clients() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        let peer = "203.0.113.9".parse().unwrap();
        let expected = Origin { address: peer, is_shared: false };
        assert_eq!(TrustedProxies::default().origin(peer, &headers), expected);
    }
}
