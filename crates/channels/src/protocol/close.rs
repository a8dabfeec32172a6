//! Close frames: the codes, and the body they travel in.

use bytestring::ByteString;

use super::{CloseFrame, ProtocolError};

/// The codes of RFC 6455, section 7.4, and of the IANA registry after it.
pub mod close_code {
    /// The connection did what it was for.
    pub const NORMAL: u16 = 1000;
    /// The server stops, or the browser leaves the page.
    pub const GOING_AWAY: u16 = 1001;
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// The peer sent a kind of data that is not taken here, such as binary where only text is.
    pub const UNSUPPORTED: u16 = 1003;
    /// Stands for a close frame without a code. Never on the wire.
    pub const NO_STATUS: u16 = 1005;
    /// Stands for a connection that ended without a close frame. Never on the wire.
    pub const ABNORMAL: u16 = 1006;
    /// Data does not fit its kind, such as text that is not UTF-8.
    pub const INVALID_DATA: u16 = 1007;
    /// A policy refuses what came; the code for when no other fits.
    pub const POLICY: u16 = 1008;
    /// A message is too big to process.
    pub const TOO_BIG: u16 = 1009;
    /// The server met an error of its own.
    pub const INTERNAL_ERROR: u16 = 1011;
    /// The server restarts; come back after a random pause.
    pub const SERVICE_RESTART: u16 = 1012;
    /// The server has too much to do; come back later.
    pub const TRY_AGAIN_LATER: u16 = 1013;

    /// Whether a close frame may carry this code: 1000 to 1003, 1007 to 1014, and 3000 to 4999.
    pub fn may_be_sent(code: u16) -> bool {
        matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// A control frame has at most 125 bytes, and the code takes two of them.
const MAX_REASON: usize = 123;

/// The payload of a close frame.
///
/// The reason is cut at a character's end so that it has at most 123 bytes. A code that may not be sent, such as 1005,
/// gives an empty payload: a close frame that names no code.
pub fn encode_close(code: u16, reason: &str) -> Vec<u8> {
    if !close_code::may_be_sent(code) {
        return Vec::new();
    }
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
    let mut payload = Vec::with_capacity(2 + reason.len());
    payload.extend_from_slice(&code.to_be_bytes());
    payload.extend_from_slice(reason.as_bytes());
    payload
}

/// Reads what [`encode_close`] writes: nothing, or a code and a reason.
pub(super) fn decode_close(payload: &[u8]) -> Result<Option<CloseFrame>, ProtocolError> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [_] => return Err(ProtocolError::ClosePayloadTooShort),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !close_code::may_be_sent(code) {
        return Err(ProtocolError::InvalidCloseCode(code));
    }
    let reason = simdutf8::basic::from_utf8(reason).map_err(|_| ProtocolError::InvalidUtf8)?;
    Ok(Some(CloseFrame { code, reason: ByteString::from(reason) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_at_the_end_of_a_character() {
        let payload = encode_close(close_code::NORMAL, &"关".repeat(60));
        assert_eq!(payload.len(), 2 + 123);
        assert_eq!(decode_close(&payload).unwrap().unwrap().reason, "关".repeat(41));

        let payload = encode_close(close_code::NORMAL, &format!("ab{}", "关".repeat(60)));
        assert_eq!(payload.len(), 2 + 2 + 40 * 3);
    }

    #[test]
    fn a_code_that_may_not_be_sent_gives_an_empty_payload() {
        for code in [0, 999, close_code::NO_STATUS, close_code::ABNORMAL, 1015, 2999, 5000] {
            assert_eq!(encode_close(code, "why"), b"");
        }
    }

    #[test]
    fn a_payload_without_a_code_has_no_close_frame() {
        assert_eq!(decode_close(b""), Ok(None));
        assert_eq!(decode_close(&[3]), Err(ProtocolError::ClosePayloadTooShort));
    }
}
