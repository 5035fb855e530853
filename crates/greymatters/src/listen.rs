//! The addresses on which the server listens.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::TcpListener;

use crate::failure::Failure;

/// A host and a port. The host is an IP address or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    host: String,
    port: u16,
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }
        let error = |why: &str| {
            format!("{why}: write an address and a port, like 127.0.0.1:8080, localhost:8080 or [::1]:8080")
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(|| error("there is no port"))?;
        let port = port.parse().map_err(|_| error("the port is not a number up to 65535"))?;
        if host.is_empty() {
            return Err(error(
                "there is no address before the port; 0.0.0.0 stands for all addresses of this machine",
            ));
        }
        if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            return Err(error("the host is neither an address nor a name"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl ListenAddress {
    /// Binds every address of the host. `localhost` often has an IPv4 and an IPv6 address, and clients try either.
    ///
    /// # Errors
    /// When the name has no address, an address is in use, or no address can be bound. An address of a family that this
    /// machine lacks is skipped.
    pub(crate) async fn bind(&self) -> Result<Vec<TcpListener>, Failure> {
        let resolved = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let unresolved = |cause: String| Failure::UnknownHost { address: self.to_string(), cause };
        let mut addresses: Vec<SocketAddr> =
            resolved.map_err(|cause| unresolved(cause.to_string()))?.collect();
        addresses.sort_by_key(|address| (address.is_ipv6(), *address));
        addresses.dedup();
        let mut listeners: Vec<TcpListener> = Vec::new();
        let mut refused = None;
        for mut address in addresses {
            if let Some(Ok(first)) = listeners.first().map(TcpListener::local_addr) {
                // With port 0, the system chooses the port of the first listener. All others use the same.
                address.set_port(first.port());
            }
            match TcpListener::bind(address).await {
                Ok(listener) => listeners.push(listener),
                Err(cause) if cause.kind() == ErrorKind::AddrInUse => {
                    return Err(Failure::AddressInUse { address });
                }
                Err(cause) => refused = Some(Failure::Listen { address, cause }),
            }
        }
        match refused {
            Some(refused) if listeners.is_empty() => Err(refused),
            _ if listeners.is_empty() => Err(unresolved("it has no address".to_owned())),
            _ => Ok(listeners),
        }
    }

    /// Returns the address by which a program on the same machine reaches the server.
    pub(crate) fn on_this_machine(&self) -> Self {
        let host = match self.host.parse() {
            Ok(IpAddr::V4(address)) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            Ok(IpAddr::V6(address)) if address.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            _ => self.host.clone(),
        };
        Self { host, port: self.port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_host_names_need_a_port() {
        for text in ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "0.0.0.0:0", "my-host.example.org:80"]
        {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        for text in [
            "8080",
            ":8080",
            "localhost",
            "localhost:",
            "localhost:70000",
            "http://localhost:80",
            "::1:80",
            "",
        ] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_unspecified_address_is_reached_over_loopback() {
        for (text, here) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("localhost:80", "localhost:80")]
        {
            assert_eq!(text.parse::<ListenAddress>().unwrap().on_this_machine().to_string(), here);
        }
    }
}
