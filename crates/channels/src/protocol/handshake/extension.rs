//! `Sec-WebSocket-Extensions`: its grammar (RFC 6455, section 9.1), and permessage-deflate in it (RFC 7692, section 7.1).

use http::HeaderMap;
use http::header::SEC_WEBSOCKET_EXTENSIONS;

use super::HandshakeError;
use super::fields::{is_token, is_token_byte};
use crate::protocol::Deflate;
use crate::protocol::deflate::COMPRESSOR_WINDOW_BITS;

/// The name of the only extension there is.
pub(super) const PERMESSAGE_DEFLATE: &str = "permessage-deflate";

/// An extension as a header names it: a token and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub name: String,
    pub parameters: Vec<(String, Option<String>)>,
}

/// The parameters of a permessage-deflate, in an offer or in a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub server_no_context_takeover: bool,
    pub client_no_context_takeover: bool,
    pub server_max_window_bits: Option<u8>,
    /// In an offer it may stand without a value: "I understand this parameter".
    pub client_max_window_bits: Option<Option<u8>>,
}

/// An offer of permessage-deflate that we can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateOffer {
    /// The largest window the client can inflate, if it named one; 9 to 15.
    pub server_max_window_bits: Option<u8>,
    /// Whether the client understands `client_max_window_bits`, and with `Some(Some(..))` the largest window it will
    /// use, 8 to 15.
    pub client_max_window_bits: Option<Option<u8>>,
}

impl DeflateOffer {
    /// The largest windows that the offer allows.
    pub(super) fn agree(self) -> Deflate {
        Deflate {
            server_window_bits: self.server_max_window_bits.unwrap_or(15),
            client_window_bits: self.client_max_window_bits.flatten().unwrap_or(15),
        }
    }

    /// The response to the offer. A client's window may be named only if the offer has that parameter.
    pub(super) fn response(self, deflate: Deflate) -> String {
        let mut response = format!("{PERMESSAGE_DEFLATE}; server_no_context_takeover; client_no_context_takeover");
        if self.server_max_window_bits.is_some() || deflate.server_window_bits < 15 {
            response.push_str(&format!("; server_max_window_bits={}", deflate.server_window_bits));
        }
        if self.client_max_window_bits.is_some() && deflate.client_window_bits < 15 {
            response.push_str(&format!("; client_max_window_bits={}", deflate.client_window_bits));
        }
        response
    }
}

/// The first offer of permessage-deflate that we can take; others are declined, as is every other extension.
///
/// # Errors
///
/// [`HandshakeError::Extensions`] when the header does not follow the grammar.
pub(super) fn first_deflate_offer(headers: &HeaderMap) -> Result<Option<DeflateOffer>, HandshakeError> {
    Ok(extensions(headers)?.iter().filter(|extension| extension.name == PERMESSAGE_DEFLATE).find_map(|extension| {
        let parameters = Parameters::parse(extension)?;
        // zlib can not compress with a window of 256 bytes, so that offer is one that we can not take.
        let bits = parameters.server_max_window_bits;
        bits.is_none_or(|bits| COMPRESSOR_WINDOW_BITS.contains(&bits)).then_some(DeflateOffer {
            server_max_window_bits: bits,
            client_max_window_bits: parameters.client_max_window_bits,
        })
    }))
}

/// All extensions of all header lines.
pub(super) fn extensions(headers: &HeaderMap) -> Result<Vec<Extension>, HandshakeError> {
    let mut extensions = Vec::new();
    for line in headers.get_all(SEC_WEBSOCKET_EXTENSIONS) {
        let line = line.to_str().map_err(|_| HandshakeError::Extensions)?;
        parse_list(line, &mut extensions).ok_or(HandshakeError::Extensions)?;
    }
    Ok(extensions)
}

impl Parameters {
    /// `None` for unknown or doubled parameters and for bad values.
    pub fn parse(extension: &Extension) -> Option<Self> {
        let mut parameters = Self::default();
        for (name, value) in &extension.parameters {
            let value = value.as_deref();
            let is_new = match name.as_str() {
                "server_no_context_takeover" => {
                    value.is_none() && !std::mem::replace(&mut parameters.server_no_context_takeover, true)
                }
                "client_no_context_takeover" => {
                    value.is_none() && !std::mem::replace(&mut parameters.client_no_context_takeover, true)
                }
                "server_max_window_bits" => parameters.server_max_window_bits.replace(window_bits(value?)?).is_none(),
                "client_max_window_bits" => {
                    let bits = match value {
                        Some(value) => Some(window_bits(value)?),
                        None => None,
                    };
                    parameters.client_max_window_bits.replace(bits).is_none()
                }
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(parameters)
    }
}

/// 8 to 15 in decimal, without leading zeros (RFC 7692, section 7.1.2.1).
fn window_bits(value: &str) -> Option<u8> {
    if value.starts_with(['0', '+']) {
        return None;
    }
    value.parse().ok().filter(|bits| (8..=15).contains(bits))
}

/// Reads one line: extensions between commas, parameters between semicolons. `None` when it breaks the grammar.
fn parse_list(line: &str, extensions: &mut Vec<Extension>) -> Option<()> {
    let mut cursor = Cursor(line);
    let before = extensions.len();
    loop {
        cursor.skip_space();
        // Empty elements of a list are to be ignored.
        if !cursor.0.is_empty() && !cursor.0.starts_with(',') {
            let mut extension = Extension { name: cursor.token()?.to_owned(), parameters: Vec::new() };
            while cursor.skip(';') {
                cursor.skip_space();
                let name = cursor.token()?.to_owned();
                let value = if cursor.skip('=') { Some(cursor.value()?) } else { None };
                extension.parameters.push((name, value));
            }
            extensions.push(extension);
        }
        if !cursor.skip(',') {
            return (cursor.0.is_empty() && extensions.len() > before).then_some(());
        }
    }
}

/// What is left of a header line.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    /// Skips `separator` and the white space around it, if it comes next.
    fn skip(&mut self, separator: char) -> bool {
        self.skip_space();
        let Some(rest) = self.0.strip_prefix(separator) else { return false };
        self.0 = rest;
        self.skip_space();
        true
    }

    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// A token, or a quoted string that has a token in it.
    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.0.strip_prefix('"') else { return self.token().map(str::to_owned) };
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                character => value.push(character),
            }
        }
        self.0 = characters.as_str();
        is_token(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn offer(line: &'static str) -> Result<Option<DeflateOffer>, HandshakeError> {
        let headers = [(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(line))].into_iter().collect();
        first_deflate_offer(&headers)
    }

    fn taken(server: Option<u8>, client: Option<Option<u8>>) -> Result<Option<DeflateOffer>, HandshakeError> {
        Ok(Some(DeflateOffer { server_max_window_bits: server, client_max_window_bits: client }))
    }

    #[test]
    fn good_offers_are_taken() {
        assert_eq!(offer("permessage-deflate"), taken(None, None));
        assert_eq!(offer("permessage-deflate; client_max_window_bits"), taken(None, Some(None)));
        assert_eq!(offer("permessage-deflate;server_max_window_bits=\"10\""), taken(Some(10), None));
        assert_eq!(offer("permessage-deflate;server_max_window_bits=\"1\\0\""), taken(Some(10), None));
        assert_eq!(offer("permessage-deflate ; client_max_window_bits = 8"), taken(None, Some(Some(8))));
        assert_eq!(
            offer("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
            taken(None, None)
        );
    }

    #[test]
    fn the_first_offer_without_a_fault_is_taken() {
        for bad in [
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; unknown",
            "permessage-bzip2",
            "x-webkit-deflate-frame",
        ] {
            assert_eq!(offer(bad), Ok(None), "{bad}");
            let line = format!("{bad}, permessage-deflate; server_max_window_bits=11, permessage-deflate");
            let headers = [(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_str(&line).unwrap())].into_iter().collect();
            assert_eq!(first_deflate_offer(&headers), taken(Some(11), None), "{bad}");
        }
    }

    #[test]
    fn a_header_against_the_grammar_is_refused() {
        for bad in ["", ",", ";", "a;", "a;=1", "a;b=", "a;b=\"", "a;b=\"x y\"", "a;b=\"\"", "a b", "a;b c", "a/1"] {
            assert_eq!(offer(bad), Err(HandshakeError::Extensions), "{bad:?}");
        }
    }

    #[test]
    fn a_response_names_the_windows_that_are_not_the_largest() {
        let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        let respond = |line| {
            let offer = offer(line).unwrap().unwrap();
            offer.response(offer.agree()).strip_prefix(plain).unwrap().to_owned()
        };
        assert_eq!(respond("permessage-deflate"), "");
        assert_eq!(respond("permessage-deflate; client_max_window_bits"), "");
        assert_eq!(respond("permessage-deflate; server_max_window_bits=15"), "; server_max_window_bits=15");
        assert_eq!(
            respond("permessage-deflate; client_max_window_bits=9; server_max_window_bits=12"),
            "; server_max_window_bits=12; client_max_window_bits=9"
        );
    }
}
