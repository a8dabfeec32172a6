//! Which hosts this server is.

use std::sync::Arc;

use http::{StatusCode, header};
use tower_layer::Layer;

use super::gate::{Check, Gate, Head};

/// Why a pattern for hosts or origins is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no pattern: *, host, .host, or for origins also scheme://host:port and scheme://.host:port")]
pub struct HostPatternError(pub String);

/// Lets requests pass whose `Host` is one that this server goes by; others are answered 400. Without it, a page may
/// reach a server under a name of its own choice (DNS rebinding), and links that are made from `Host` lead astray.
#[derive(Debug, Clone)]
pub struct AllowedHostsLayer(Arc<Hosts>);

#[derive(Debug)]
struct Hosts(Vec<HostPattern>);

impl AllowedHostsLayer {
    /// Patterns: `*`; `host`; `.host` for a domain and all below it. Ports do not matter.
    ///
    /// # Errors
    /// [`HostPatternError`]
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, HostPatternError> {
        let patterns = patterns.into_iter().map(|pattern| HostPattern::parse(pattern.as_ref()));
        Ok(Self(Arc::new(Hosts(patterns.collect::<Result<_, _>>()?))))
    }
}

impl<S> Layer<S> for AllowedHostsLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate::new(inner, self.0.clone())
    }
}

impl Check for Hosts {
    fn check(&self, head: Head<'_>) -> Result<(), (StatusCode, &'static str)> {
        let is_allowed = host_of(&head).is_some_and(|host| self.0.iter().any(|pattern| pattern.matches(&host.name)));
        if is_allowed { Ok(()) } else { Err((StatusCode::BAD_REQUEST, "this server does not go by that name")) }
    }
}

/// A pattern for host names, in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostPattern {
    Any,
    Exactly(String),
    /// The domain and all below it.
    Domain(String),
}

impl HostPattern {
    pub fn parse(pattern: &str) -> Result<Self, HostPatternError> {
        let name = pattern.to_ascii_lowercase();
        let (domain, name) = match name.strip_prefix('.') {
            Some(name) => (true, name.to_owned()),
            None => (false, name),
        };
        match (pattern, Host::parse(&name)) {
            ("*", _) => Ok(Self::Any),
            (_, Some(Host { name, port: None })) if domain => Ok(Self::Domain(name)),
            (_, Some(Host { name, port: None })) => Ok(Self::Exactly(name)),
            _ => Err(HostPatternError(pattern.to_owned())),
        }
    }

    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(own) => own == name,
            Self::Domain(own) => {
                name.strip_suffix(own.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
        }
    }
}

/// A host and maybe a port, as in a `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// In small letters; an IPv6 address with its brackets.
    pub name: String,
    pub port: Option<u16>,
}

impl Host {
    pub fn parse(text: &str) -> Option<Self> {
        let end = match text.strip_prefix('[') {
            Some(address) => address.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(end);
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            // A scheme's default port may be left empty.
            Some("") => None,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_address = |byte: u8| byte.is_ascii_hexdigit() || b"[]:.".contains(&byte);
        let is_valid = if name.starts_with('[') { name.bytes().all(is_address) } else { name.bytes().all(is_name) };
        (is_valid && !name.is_empty() && !name.starts_with('.')).then_some(Self { name, port })
    }
}

/// The one `Host` of a request; in HTTP/2 it stands in the URI.
pub(super) fn host_of(head: &Head<'_>) -> Option<Host> {
    let mut lines = head.headers.get_all(header::HOST).iter();
    let host = match (lines.next(), lines.next()) {
        (Some(host), None) => host.to_str().ok()?,
        (None, None) => head.uri.authority()?.as_str(),
        _ => return None,
    };
    Host::parse(host)
}
