//! The hosts whose requests are answered. A page elsewhere could let its own name lead to this
//! machine, and would then read what the server has; its requests carry that name.

use hyper::http::uri::Authority;
use hyper::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv6Addr};

/// The hosts that are answered beside the names of this machine, in small letters.
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Takes names that `name` has checked.
    pub fn new(names: &[String]) -> Self {
        Self(names.to_vec())
    }

    /// Whether a request names one host only, and a known one. The port may be any, because the
    /// end of a tunnel has a port of its own.
    pub fn know(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut named = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else { return false };
        let host = Authority::try_from(host.as_bytes());
        host.is_ok_and(|host| self.knows(&host)) && uri.authority().is_none_or(|a| self.knows(a))
    }

    fn knows(&self, authority: &Authority) -> bool {
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address = match address {
            Some(six) => six.parse::<Ipv6Addr>().ok().map(|six| six.to_canonical()),
            None => host.parse().ok().map(IpAddr::V4),
        };
        address.is_some_and(|address| address.is_loopback())
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.iter().any(|known| known == host)
    }
}

/// Reads the value of `--allow-host`: a name or an address, without scheme, port and path.
///
/// # Errors
/// Says what was expected.
pub fn name(text: &str) -> Result<String, String> {
    let host = text.strip_suffix('.').unwrap_or(text);
    match host.parse::<Authority>() {
        Ok(authority) if !host.is_empty() && authority.host() == host => {
            Ok(host.to_ascii_lowercase())
        }
        _ => Err("expected a host such as ssim.example.org, without scheme, port and path".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Hosts, name};

    #[test]
    fn names_of_this_machine_and_allowed_ones_are_known_with_any_port() {
        let hosts = Hosts::new(&["tunnel.example".into()]);
        let known = |host: &str| host.parse().is_ok_and(|authority| hosts.knows(&authority));
        for host in [
            "127.0.0.1",
            "127.0.0.1:8017",
            "127.9.8.7:1",
            "localhost",
            "LocalHost:99",
            "localhost.:99",
            "page.localhost:8017",
            "[::1]",
            "[::1]:8017",
            "[::ffff:127.0.0.1]:80",
            "tunnel.example",
            "Tunnel.Example:443",
        ] {
            assert!(known(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "128.0.0.1",
            "0.0.0.0",
            "[::2]",
            "more.tunnel.example",
            "",
        ] {
            assert!(!known(host), "{host}");
        }
    }

    #[test]
    fn an_allowed_host_is_a_name_alone() {
        assert_eq!(name("Tunnel.Example").as_deref(), Ok("tunnel.example"));
        assert_eq!(name("10.0.0.7").as_deref(), Ok("10.0.0.7"));
        for bad in ["", "http://a.example", "a.example:80", "a.example/x", "me@a.example", "a b"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
