//! Requests that the server sends to others.
//!
//! Whoever may enter an address could otherwise make the server ask its own neighbours, which trust it. So an address
//! is looked at where it is connected to, after its name was resolved, and redirects are not followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// A target inside that requests may go to all the same: a network, an address, or a host by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    Network(IpNet),
    Host(String),
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Network(address.into()));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || !text.chars().all(fits) {
            return Err("give a network (10.1.0.0/16), an address, or the name of a host".into());
        }
        Ok(Self::Host(text.to_ascii_lowercase()))
    }
}

/// Which targets requests may go to; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Targets(Arc<[Allowed]>);

/// Why an address can not be a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this is no address with http or https and a host")]
    NoAddress,
    #[error("the address is not encrypted, and its host is not listed in --webhook-allow")]
    NotEncrypted,
    #[error("the address is on this machine or on its network, and not listed in --webhook-allow")]
    Inside,
}

impl Targets {
    pub fn new(allowed: Vec<Allowed>) -> Self {
        Self(allowed.into())
    }

    /// Looks at an address before anything is resolved.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        let url: Url = url.parse().map_err(|_| Refused::NoAddress)?;
        let host = url.host_str().ok_or(Refused::NoAddress)?;
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        if address.is_some_and(|address| !self.may_connect(address)) {
            return Err(Refused::Inside);
        }
        let named = self.names(host) || address.is_some_and(|address| self.covers(address));
        match url.scheme() {
            "https" => Ok(url),
            "http" if named => Ok(url),
            "http" => Err(Refused::NotEncrypted),
            _ => Err(Refused::NoAddress),
        }
    }

    fn may_connect(&self, address: IpAddr) -> bool {
        is_public(address) || self.covers(address)
    }

    fn covers(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|allowed| matches!(allowed, Allowed::Network(network) if network.contains(&address)))
    }

    fn names(&self, host: &str) -> bool {
        self.0.iter().any(|allowed| matches!(allowed, Allowed::Host(name) if name.eq_ignore_ascii_case(host)))
    }

    /// A client that connects to these targets only. It knows no proxy, which would resolve names by itself.
    pub fn client(&self, timeout: Duration) -> reqwest::Result<Client> {
        direct(timeout).no_proxy().dns_resolver(Arc::new(Resolver(self.clone()))).build()
    }
}

/// What clients have in common: an answer in time, and no redirects.
pub fn direct(timeout: Duration) -> reqwest::ClientBuilder {
    Client::builder().timeout(timeout).redirect(Policy::none())
}

/// Resolves names and leaves out the addresses that are not to be connected to.
struct Resolver(Targets);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let fits = |address: &SocketAddr| targets.names(&host) || targets.may_connect(address.ip());
            let addresses: Vec<SocketAddr> = found.filter(fits).collect();
            if addresses.is_empty() {
                return Err(Refused::Inside.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to somebody on the internet.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = (a, b, c) == (192, 0, 0) || (a == 198 && matches!(b, 18 | 19)) || a == 0 || a >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || shared
        || special)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // Addresses that carry one of the older kind: translated (64:ff9b::/96) and tunnelled (2002::/16).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Everything that was given out is in 2000::/3; documentation is not anybody's.
        [0x2001, 0x0db8, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(allowed: &[&str]) -> Targets {
        Targets::new(allowed.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn inside_addresses_are_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[ff02::1]",
        ] {
            assert_eq!(targets(&[]).check(&format!("https://{host}/")), Err(Refused::Inside), "{host}");
        }
    }

    #[test]
    fn outside_addresses_need_https() {
        assert!(targets(&[]).check("https://hooks.example.com/a?b=c").is_ok());
        assert!(targets(&[]).check("https://93.184.216.34/").is_ok());
        assert!(targets(&[]).check("https://[2606:2800:220::1]/").is_ok());
        assert_eq!(targets(&[]).check("http://hooks.example.com/"), Err(Refused::NotEncrypted));
        assert_eq!(targets(&[]).check("ftp://hooks.example.com/"), Err(Refused::NoAddress));
        assert_eq!(targets(&[]).check("/hooks"), Err(Refused::NoAddress));
    }

    #[test]
    fn what_is_listed_may_be_inside() {
        let targets = targets(&["127.0.0.1", "10.0.0.0/8", "ci.internal"]);
        for url in
            ["http://127.0.0.1:8080/", "http://10.2.3.4/", "http://CI.internal/hook", "https://[::ffff:10.0.0.1]/"]
        {
            assert!(targets.check(url).is_ok(), "{url}");
        }
        assert_eq!(targets.check("http://127.0.0.2/"), Err(Refused::Inside));
        assert!("10.0.0.0/99".parse::<Allowed>().is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let resolve = async |allowed: &[&str]| {
            Resolver(targets(allowed)).resolve("localhost".parse().unwrap()).await.map(Iterator::count)
        };
        assert!(resolve(&[]).await.is_err());
        assert!(resolve(&["localhost"]).await.is_ok());
        assert!(resolve(&["127.0.0.0/8"]).await.is_ok());
    }
}
