//! Why a handshake fails.

use http::header::{ALLOW, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// What is wrong with the other side's half of the handshake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The request's method is not GET.
    #[error("a WebSocket begins with GET")]
    Method,
    /// The request is older than HTTP/1.1.
    #[error("a WebSocket needs HTTP/1.1")]
    HttpVersion,
    /// Not exactly one `Host`.
    #[error("there is not exactly one Host header")]
    Host,
    /// `Upgrade` does not name `websocket`.
    #[error("the Upgrade header does not name websocket")]
    Upgrade,
    /// `Connection` does not name `Upgrade`.
    #[error("the Connection header does not name Upgrade")]
    Connection,
    /// `Sec-WebSocket-Version` is not 13.
    #[error("the Sec-WebSocket-Version header is not 13")]
    Version,
    /// Not exactly one `Sec-WebSocket-Key` of 16 bytes in base64.
    #[error("there is not exactly one Sec-WebSocket-Key header with 16 bytes in base64")]
    Key,
    /// `Sec-WebSocket-Protocol` is not a list of different tokens or, from a server, not one that was offered.
    #[error("the Sec-WebSocket-Protocol header is not acceptable")]
    Subprotocol,
    /// `Sec-WebSocket-Extensions` does not follow the grammar or, from a server, agrees to what was not offered.
    #[error("the Sec-WebSocket-Extensions header is not acceptable")]
    Extensions,
    /// The server answered with something else than 101.
    #[error("the server answered {0}")]
    Refused(StatusCode),
    /// `Sec-WebSocket-Accept` does not fit the key.
    #[error("the Sec-WebSocket-Accept header does not fit the key")]
    Accept,
}

impl HandshakeError {
    /// The status a server answers with: 405 for the method, 426 for the version, else 400.
    ///
    /// What only a client can find gets 502, the status of a gateway that does not understand what is behind it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::HttpVersion
            | Self::Host
            | Self::Upgrade
            | Self::Connection
            | Self::Key
            | Self::Subprotocol
            | Self::Extensions => StatusCode::BAD_REQUEST,
            Self::Refused(_) | Self::Accept => StatusCode::BAD_GATEWAY,
        }
    }

    /// The headers that belong to the status: `Allow` with 405, `Upgrade` and `Sec-WebSocket-Version` with 426.
    pub fn response_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            Self::Version => {
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            _ => {}
        }
        headers
    }
}
