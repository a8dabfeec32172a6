//! The opening handshake (RFC 6455, section 4), on headers alone: no socket, no request body.
//!
//! A server turns a request into an [`Offer`] with [`check_request`] and answers with [`Offer::response_headers`];
//! a client asks with [`ClientHandshake`].

mod client;
mod error;
mod extension;
mod fields;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Version};
use sha1::{Digest as _, Sha1};

pub use client::{ClientAgreement, ClientHandshake};
pub use error::HandshakeError;
pub use extension::DeflateOffer;

use super::Deflate;

/// The version of the protocol that RFC 6455 describes, the only one there is.
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// A client's request that passed every check, and what it offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The subprotocols that the client speaks, the one it likes best first.
    pub subprotocols: Vec<String>,
    /// The client's first offer of permessage-deflate that we can take.
    pub deflate: Option<DeflateOffer>,
    /// The value of `Sec-WebSocket-Accept` that proves that we read the request.
    pub accept: String,
}

/// Whether a request wants to be a WebSocket: `Upgrade` names it.
///
/// This is for routing. A request that wants to and can not, such as one without a key, is refused by
/// [`check_request`], which says why.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    fields::has_token(headers, UPGRADE, "websocket")
}

/// Checks a client's opening request.
///
/// # Errors
///
/// The first rule that the request breaks. [`HandshakeError::status`] and [`HandshakeError::response_headers`] make
/// the response.
pub fn check_request(method: &Method, version: Version, headers: &HeaderMap) -> Result<Offer, HandshakeError> {
    if method != Method::GET {
        return Err(HandshakeError::Method);
    }
    if version < Version::HTTP_11 {
        return Err(HandshakeError::HttpVersion);
    }
    fields::single(headers, HOST).ok_or(HandshakeError::Host)?;
    if !is_upgrade(headers) {
        return Err(HandshakeError::Upgrade);
    }
    if !fields::has_token(headers, CONNECTION, "upgrade") {
        return Err(HandshakeError::Connection);
    }
    if fields::single(headers, SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        return Err(HandshakeError::Version);
    }
    let key = fields::single(headers, SEC_WEBSOCKET_KEY)
        .and_then(|key| key.to_str().ok())
        .filter(|key| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16))
        .ok_or(HandshakeError::Key)?;
    Ok(Offer {
        subprotocols: fields::subprotocols(headers)?,
        deflate: extension::first_deflate_offer(headers)?,
        accept: accept_key(key),
    })
}

impl Offer {
    /// What we agree to of what the client offers: both directions without context takeover, and windows as large as
    /// the client lets them be. `None` when it offers no permessage-deflate that we can do.
    pub fn negotiate_deflate(&self) -> Option<Deflate> {
        self.deflate.map(DeflateOffer::agree)
    }

    /// The headers of the `101 Switching Protocols` response.
    ///
    /// A subprotocol or a deflate that the client did not offer is left out, since the client would have to refuse it.
    pub fn response_headers(&self, subprotocol: Option<&str>, deflate: Option<Deflate>) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(5);
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, fields::value(&self.accept));
        if let Some(subprotocol) =
            subprotocol.filter(|wanted| self.subprotocols.iter().any(|offered| offered == wanted))
        {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, fields::value(subprotocol));
        }
        if let Some((offer, deflate)) = self.deflate.zip(deflate) {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, fields::value(&offer.response(deflate)));
        }
        headers
    }
}

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (RFC 6455, section 4.2.2).
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}
