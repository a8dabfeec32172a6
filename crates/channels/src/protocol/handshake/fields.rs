//! Header fields: lists, tokens and quoted strings (RFC 9110, section 5.6).

use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::HandshakeError;

/// The value of a header that is there exactly once.
pub(super) fn single(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether a list of tokens, in one header line or several, has `token` in any case of letters.
pub(super) fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|element| trim(element).eq_ignore_ascii_case(token))
}

/// The subprotocols of a request: different tokens, none at all when there is no such header.
pub(super) fn subprotocols(headers: &HeaderMap) -> Result<Vec<String>, HandshakeError> {
    let mut subprotocols = Vec::<String>::new();
    for line in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        let before = subprotocols.len();
        let line = line.to_str().map_err(|_| HandshakeError::Subprotocol)?;
        // A recipient of a list has to put up with empty elements.
        for name in line.split(',').map(trim).filter(|name| !name.is_empty()) {
            if !is_token(name) || subprotocols.iter().any(|known| known == name) {
                return Err(HandshakeError::Subprotocol);
            }
            subprotocols.push(name.to_owned());
        }
        if subprotocols.len() == before {
            return Err(HandshakeError::Subprotocol);
        }
    }
    Ok(subprotocols)
}

/// A header value out of text that was checked or made here.
pub(super) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("tokens, base64 and our own parameters are visible ASCII")
}

pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// White space in a header is spaces and tabs, nothing else.
fn trim(element: &str) -> &str {
    element.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use http::header::CONNECTION;

    use super::*;

    fn lines(name: HeaderName, lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_token_is_found_in_any_line_and_any_case() {
        assert!(has_token(&lines(CONNECTION, &["keep-alive, Upgrade"]), CONNECTION, "upgrade"));
        assert!(has_token(&lines(CONNECTION, &["keep-alive", "x ,\tUPGRADE\t,"]), CONNECTION, "upgrade"));
        assert!(!has_token(&lines(CONNECTION, &["keep-alive, upgraded", "up grade"]), CONNECTION, "upgrade"));
    }

    #[test]
    fn subprotocols_are_read_in_order_from_several_lines() {
        let headers = lines(SEC_WEBSOCKET_PROTOCOL, &["chat,, superchat ", "v1.json"]);
        assert_eq!(subprotocols(&headers).unwrap(), ["chat", "superchat", "v1.json"]);
        assert_eq!(subprotocols(&HeaderMap::new()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn subprotocols_that_are_no_tokens_or_come_twice_are_refused() {
        for bad in ["chat room", "chat, chat", "a/b", "\"chat\"", "", " , "] {
            let headers = lines(SEC_WEBSOCKET_PROTOCOL, &[bad]);
            assert_eq!(subprotocols(&headers), Err(HandshakeError::Subprotocol), "{bad:?}");
        }
        let twice = lines(SEC_WEBSOCKET_PROTOCOL, &["chat", "chat"]);
        assert_eq!(subprotocols(&twice), Err(HandshakeError::Subprotocol));
    }
}
