//! Which pages may open WebSockets.

use std::sync::Arc;

use http::{StatusCode, header};
use tower_layer::Layer;

use super::gate::{Check, Gate, Head};
use super::hosts::{Host, HostPattern, HostPatternError, host_of};
use crate::protocol::handshake::is_upgrade;

/// Lets WebSockets pass that pages of certain origins open; others are answered 403, and so are those without an
/// `Origin`, which no browser leaves out. Other requests pass: for them browsers keep pages of other origins from
/// reading the answer.
///
/// Browsers send cookies along with WebSockets that any page opens, so a service that knows its users by cookies
/// needs this check: without it, a foreign page speaks in the user's name.
#[derive(Debug, Clone)]
pub struct OriginLayer(Arc<Origins>);

#[derive(Debug)]
enum Origins {
    /// That of the `Host` that the request goes to.
    Same,
    Listed(Vec<OriginPattern>),
}

#[derive(Debug, PartialEq, Eq)]
struct OriginPattern {
    /// `None`: any scheme, and any port.
    scheme: Option<Scheme>,
    host: HostPattern,
}

#[derive(Debug, PartialEq, Eq)]
struct Scheme {
    name: String,
    /// `None` for schemes without a default, when none is given.
    port: Option<u16>,
}

/// What an `Origin` header says.
struct Origin {
    scheme: Scheme,
    host: String,
}

impl OriginLayer {
    /// Patterns: `*` for all and for none at all; `host`; `.host` for a domain and all below it;
    /// `scheme://host:port` and `scheme://.host:port`, where the port may be left out when it is the scheme's default.
    ///
    /// # Errors
    /// [`HostPatternError`]
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, HostPatternError> {
        let patterns = patterns.into_iter().map(|pattern| OriginPattern::parse(pattern.as_ref()));
        Ok(Self(Arc::new(Origins::Listed(patterns.collect::<Result<_, _>>()?))))
    }

    /// Only pages that come from the host and port that the request goes to. Behind a proxy, that needs a proxy that
    /// passes `Host` on.
    pub fn same_host() -> Self {
        Self(Arc::new(Origins::Same))
    }
}

impl<S> Layer<S> for OriginLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate::new(inner, self.0.clone())
    }
}

impl Check for Origins {
    fn check(&self, head: Head<'_>) -> Result<(), (StatusCode, &'static str)> {
        if !is_upgrade(head.headers) || self.allow(&head) {
            return Ok(());
        }
        Err((StatusCode::FORBIDDEN, "pages of this origin may not connect"))
    }
}

impl Origins {
    fn allow(&self, head: &Head<'_>) -> bool {
        let mut lines = head.headers.get_all(header::ORIGIN).iter();
        let origin = match (lines.next(), lines.next()) {
            (Some(origin), None) => origin.to_str().ok().and_then(Origin::parse),
            _ => None,
        };
        match (self, origin) {
            (Self::Listed(patterns), Some(origin)) => patterns.iter().any(|pattern| pattern.matches(&origin)),
            (Self::Listed(patterns), None) => patterns.contains(&OriginPattern::ANY),
            (Self::Same, Some(origin)) => host_of(head).is_some_and(|host| {
                host.name == origin.host && host.port.or(default_port(&origin.scheme.name)) == origin.scheme.port
            }),
            (Self::Same, None) => false,
        }
    }
}

impl OriginPattern {
    const ANY: Self = Self { scheme: None, host: HostPattern::Any };

    fn parse(pattern: &str) -> Result<Self, HostPatternError> {
        let error = || HostPatternError(pattern.to_owned());
        let Some((scheme, rest)) = pattern.split_once("://") else {
            return Ok(Self { scheme: None, host: HostPattern::parse(pattern)? });
        };
        let (dot, host) = if let Some(host) = rest.strip_prefix('.') { (".", host) } else { ("", rest) };
        let Host { name, port } = Host::parse(host).ok_or_else(error)?;
        let scheme = Scheme::new(scheme, port).ok_or_else(error)?;
        Ok(Self { scheme: Some(scheme), host: HostPattern::parse(&format!("{dot}{name}")).map_err(|_| error())? })
    }

    fn matches(&self, origin: &Origin) -> bool {
        self.host.matches(&origin.host) && self.scheme.as_ref().is_none_or(|scheme| *scheme == origin.scheme)
    }
}

impl Scheme {
    fn new(name: &str, port: Option<u16>) -> Option<Self> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let name = name.to_ascii_lowercase();
        (!name.is_empty() && name.bytes().all(is_valid)).then(|| Self { port: port.or(default_port(&name)), name })
    }
}

impl Origin {
    /// `null`, which files and sandboxes send, is no origin.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let Host { name, port } = Host::parse(host)?;
        Some(Self { scheme: Scheme::new(scheme, port)?, host: name })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}
