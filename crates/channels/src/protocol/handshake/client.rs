//! The client's side of the handshake, for tests and tools.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::extension::{self, PERMESSAGE_DEFLATE, Parameters};
use super::{HandshakeError, VERSION, accept_key, fields, is_upgrade};
use crate::protocol::Deflate;
use crate::protocol::deflate::COMPRESSOR_WINDOW_BITS;

/// One opening request, and what its response has to be.
#[derive(Debug, Clone)]
pub struct ClientHandshake {
    key: String,
    subprotocols: Vec<String>,
    deflate: bool,
}

/// What client and server agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAgreement {
    /// The subprotocol that the server chose, one of those offered.
    pub subprotocol: Option<String>,
    /// How messages may be compressed.
    pub deflate: Option<Deflate>,
}

impl ClientHandshake {
    /// A handshake with a random key that offers `subprotocols`, the best first, and permessage-deflate if wanted.
    ///
    /// # Panics
    ///
    /// When a subprotocol is not a token of RFC 9110.
    pub fn new(subprotocols: &[&str], deflate: bool) -> Self {
        assert!(subprotocols.iter().all(|name| fields::is_token(name)), "subprotocols are tokens: {subprotocols:?}");
        Self {
            key: STANDARD.encode(rand::random::<[u8; 16]>()),
            subprotocols: subprotocols.iter().map(|&name| name.to_owned()).collect(),
            deflate,
        }
    }

    /// The headers of the request that belong to the handshake. `Host` and `Origin` are the caller's.
    pub fn request_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
        headers.insert(SEC_WEBSOCKET_KEY, fields::value(&self.key));
        if !self.subprotocols.is_empty() {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, fields::value(&self.subprotocols.join(", ")));
        }
        if self.deflate {
            headers.insert(
                SEC_WEBSOCKET_EXTENSIONS,
                HeaderValue::from_static(
                    "permessage-deflate; client_max_window_bits; server_no_context_takeover; client_no_context_takeover",
                ),
            );
        }
        headers
    }

    /// Checks the server's response.
    ///
    /// # Errors
    ///
    /// The first rule that the response breaks; then the connection is to be dropped.
    pub fn check_response(&self, status: StatusCode, headers: &HeaderMap) -> Result<ClientAgreement, HandshakeError> {
        if status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(HandshakeError::Refused(status));
        }
        if !is_upgrade(headers) {
            return Err(HandshakeError::Upgrade);
        }
        if !fields::has_token(headers, CONNECTION, "upgrade") {
            return Err(HandshakeError::Connection);
        }
        let accept = fields::single(headers, SEC_WEBSOCKET_ACCEPT).ok_or(HandshakeError::Accept)?;
        if accept.as_bytes() != accept_key(&self.key).as_bytes() {
            return Err(HandshakeError::Accept);
        }
        Ok(ClientAgreement { subprotocol: self.subprotocol(headers)?, deflate: self.deflate(headers)? })
    }

    fn subprotocol(&self, headers: &HeaderMap) -> Result<Option<String>, HandshakeError> {
        let mut chosen = fields::subprotocols(headers)?;
        match (chosen.pop(), chosen.is_empty()) {
            (None, _) => Ok(None),
            (Some(name), true) if self.subprotocols.contains(&name) => Ok(Some(name)),
            (Some(_), _) => Err(HandshakeError::Subprotocol),
        }
    }

    fn deflate(&self, headers: &HeaderMap) -> Result<Option<Deflate>, HandshakeError> {
        let extensions = extension::extensions(headers)?;
        match extensions.as_slice() {
            [] => Ok(None),
            [deflate] if self.deflate && deflate.name == PERMESSAGE_DEFLATE => {
                let agreed = Parameters::parse(deflate).and_then(agreed);
                agreed.map(Some).ok_or(HandshakeError::Extensions)
            }
            _ => Err(HandshakeError::Extensions),
        }
    }
}

/// What a response's parameters mean, or `None` when they are not an answer to our offer.
///
/// The server has to promise that it keeps no context, since we asked for it. Whether it repeats our own promise does
/// not matter (RFC 7692, section 7.1.1.2).
fn agreed(parameters: Parameters) -> Option<Deflate> {
    let client_window_bits = match parameters.client_max_window_bits {
        // Only an offer may leave the value out.
        Some(bits) => bits?,
        None => 15,
    };
    (parameters.server_no_context_takeover && COMPRESSOR_WINDOW_BITS.contains(&client_window_bits))
        .then_some(Deflate { server_window_bits: parameters.server_max_window_bits.unwrap_or(15), client_window_bits })
}
