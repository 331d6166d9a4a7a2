//! Where a webhook may go. Whoever names an address must not reach through us
//! what only this machine or its network can reach.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};
use url::{Host, Url};

/// How long a name is looked up when a webhook is made.
const LOOK_UP: Duration = Duration::from_secs(2);

/// What the operator allows beyond https to public addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed {
    /// Plain http too.
    pub http: bool,
    /// Loopback, link-local, private and other addresses that are not public.
    pub private: bool,
}

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressFault {
    /// Not an address.
    #[error("“{0}” is not a web address")]
    Malformed(String),
    /// Plain http, ftp …
    #[error(
        "a webhook's address begins with https://. Plain http is for trials, with --webhook-allow-http"
    )]
    Scheme,
    /// `https://user:password@…`
    #[error("a webhook's address carries no user or password: the receiver checks the signature")]
    Credentials,
    /// Longer than is kept.
    #[error("a webhook's address has at most 2048 characters")]
    Length,
    /// Inside.
    #[error(
        "{0} is not a public address, and nothing is sent there. An operator who means it allows it with --webhook-allow-private"
    )]
    Private(String),
}

/// An address that may be called, as far as it says itself: what its name
/// stands for is checked again each time it is resolved.
///
/// # Errors
/// Where it may not.
pub(crate) fn address(text: &str, allowed: Allowed) -> Result<Url, AddressFault> {
    if text.len() > 2048 {
        return Err(AddressFault::Length);
    }
    let url = Url::parse(text).map_err(|_| AddressFault::Malformed(text.to_owned()))?;
    match url.scheme() {
        "https" => {}
        "http" if allowed.http => {}
        _ => return Err(AddressFault::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::Credentials);
    }
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(_)) => return Ok(url),
        None => return Err(AddressFault::Malformed(text.to_owned())),
    };
    if allowed.private || is_public(ip) {
        Ok(url)
    } else {
        Err(AddressFault::Private(ip.to_string()))
    }
}

/// What a name stands for when a webhook is made, where it can be looked up at
/// once: whoever makes it hears then what would hold it later. What cannot be
/// found out now is no reason to refuse it.
///
/// # Errors
/// Where the name leads inside.
pub(crate) async fn leads_outside(url: &Url, allowed: Allowed) -> Result<(), AddressFault> {
    let Some(Host::Domain(name)) = url.host().filter(|_| !allowed.private) else {
        return Ok(());
    };
    let looked_up = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((name, 0))).await;
    if let Ok(Ok(mut found)) = looked_up
        && !found.all(|found| is_public(found.ip()))
    {
        return Err(AddressFault::Private(name.to_owned()));
    }
    Ok(())
}

/// The refusal that an error began with, where it began with one.
pub(super) fn refusal<'a>(fault: &'a (dyn Error + 'static)) -> Option<&'a AddressFault> {
    std::iter::successors(Some(fault), |&fault| fault.source())
        .find_map(|fault| fault.downcast_ref())
}

/// Resolves names to public addresses only. The connection goes to the very
/// address that was looked at: a name cannot change its mind in between.
#[derive(Debug)]
pub(super) struct PublicOnly(pub(super) Allowed);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One that is not public is enough: who answers with both is probing.
            if !allowed.private && !found.iter().all(|found| is_public(found.ip())) {
                return Err(AddressFault::Private(name).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), prefix)
}

/// IANA's registries of special-purpose addresses, and multicast.
const SPECIAL: [IpNet; 20] = [
    v4(0, 0, 0, 8),       // this network
    v4(10, 0, 0, 8),      // private
    v4(100, 64, 0, 10),   // shared by carriers
    v4(127, 0, 0, 8),     // loopback
    v4(169, 254, 0, 16),  // link-local, clouds' metadata
    v4(172, 16, 0, 12),   // private
    v4(192, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 24),    // documentation
    v4(192, 88, 99, 24),  // 6to4 relays
    v4(192, 168, 0, 16),  // private
    v4(198, 18, 0, 15),   // benchmarks
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24),  // documentation
    v4(224, 0, 0, 4),     // multicast
    v4(240, 0, 0, 4),     // reserved, broadcast
    // Of IPv6 only 2000::/3 is public; within it:
    v6(0x2001, 0, 23),     // protocol assignments, Teredo
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4: an IPv4 address inside
    v6(0x3fff, 0, 20),     // documentation
    v6(0x3ffe, 0, 16),     // the old trial network
];

/// Whether an address is one of the public net.
fn is_public(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let unicast = match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => ip.segments()[0] & 0xe000 == 0x2000,
    };
    unicast && !SPECIAL.iter().any(|net| net.contains(&ip))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_addresses_of_the_public_net_are_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.19.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_is_https_public_and_without_a_password() {
        let strict = |text| address(text, Allowed::default()).map(|url| url.to_string());
        assert!(strict("https://example.com/hook?a=b").is_ok());
        assert_eq!(strict("http://example.com"), Err(AddressFault::Scheme));
        assert_eq!(strict("ftp://example.com"), Err(AddressFault::Scheme));
        assert_eq!(
            strict("https://a:b@example.com"),
            Err(AddressFault::Credentials)
        );
        // However a number is written, it is the same address.
        for inside in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert!(
                matches!(strict(inside), Err(AddressFault::Private(_))),
                "{inside}"
            );
        }
        let open = Allowed {
            http: true,
            private: true,
        };
        assert!(address("http://127.0.0.1:1/", open).is_ok());
    }
}
