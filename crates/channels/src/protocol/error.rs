//! What a peer did wrong, and which close code it gets for it.

use super::close::close_code;

/// A rule of RFC 6455 or RFC 7692, or one of our [`Limits`](super::Limits), that the peer broke.
///
/// After it the connection is over: send a close frame with [`close_code`](Self::close_code), then drop the socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// RSV2 or RSV3 is set, which no extension of ours gives a meaning (RFC 6455, 5.2).
    #[error("a reserved bit is set")]
    ReservedBit,
    /// RSV1 is set although deflate was not agreed, or on a frame that may not have it (RFC 7692, 6).
    #[error("a frame is marked as compressed that may not be")]
    UnexpectedCompression,
    /// Opcodes 3 to 7 and 11 to 15 have no meaning (RFC 6455, 5.2).
    #[error("opcode {0} is reserved")]
    ReservedOpcode(u8),
    /// A client did not mask its frame (RFC 6455, 5.1).
    #[error("a client's frame is not masked")]
    MaskMissing,
    /// A server masked its frame (RFC 6455, 5.1).
    #[error("a server's frame is masked")]
    MaskForbidden,
    /// A length was written in more bytes than it needs (RFC 6455, 5.2).
    #[error("a length is written in more bytes than it needs")]
    LengthNotMinimal,
    /// The top bit of a 64-bit length is set (RFC 6455, 5.2).
    #[error("a length has its top bit set")]
    LengthTopBit,
    /// A control frame has more than 125 bytes (RFC 6455, 5.5).
    #[error("a control frame has more than 125 bytes")]
    ControlFrameTooLong,
    /// A control frame came in fragments (RFC 6455, 5.5).
    #[error("a control frame is fragmented")]
    ControlFrameFragmented,
    /// A continuation frame without a message to continue (RFC 6455, 5.4).
    #[error("a continuation frame continues nothing")]
    UnexpectedContinuation,
    /// A new message began before the last one was finished (RFC 6455, 5.4).
    #[error("a message begins inside another")]
    ContinuationExpected,
    /// A close frame's body is one byte: half a code (RFC 6455, 5.5.1).
    #[error("a close frame has half a code")]
    ClosePayloadTooShort,
    /// A code that may not be on the wire (RFC 6455, 7.4).
    #[error("close code {0} may not be sent")]
    InvalidCloseCode(u16),
    /// A text message or a close reason is not UTF-8 (RFC 6455, 8.1).
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// A compressed message can not be inflated (RFC 7692, 7.2.2).
    #[error("a compressed message can not be inflated")]
    InvalidDeflate,
    /// A frame is longer than [`Limits::frame`](super::Limits::frame).
    #[error("a frame has {length} bytes, {limit} are allowed")]
    FrameTooBig {
        /// What the frame's header says, in bytes.
        length: u64,
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// A message is longer than [`Limits::message`](super::Limits::message), on the wire or inflated.
    #[error("a message has more than {limit} bytes")]
    MessageTooBig {
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// A message has more fragments than [`Limits::fragments`](super::Limits::fragments).
    #[error("a message has more than {limit} fragments")]
    TooManyFragments {
        /// How many are allowed.
        limit: usize,
    },
}

impl ProtocolError {
    /// The code of the close frame that tells the peer.
    ///
    /// 1007 for text that is not UTF-8 and for data that can not be inflated, 1009 for what is too big, 1002 for every
    /// other broken rule. Too many fragments get 1008: the message may be small, so it is not "too big to process";
    /// it is our policy that refuses it.
    pub fn close_code(&self) -> u16 {
        match self {
            Self::ReservedBit
            | Self::UnexpectedCompression
            | Self::ReservedOpcode(_)
            | Self::MaskMissing
            | Self::MaskForbidden
            | Self::LengthNotMinimal
            | Self::LengthTopBit
            | Self::ControlFrameTooLong
            | Self::ControlFrameFragmented
            | Self::UnexpectedContinuation
            | Self::ContinuationExpected
            | Self::ClosePayloadTooShort
            | Self::InvalidCloseCode(_) => close_code::PROTOCOL_ERROR,
            Self::InvalidUtf8 | Self::InvalidDeflate => close_code::INVALID_DATA,
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } => close_code::TOO_BIG,
            Self::TooManyFragments { .. } => close_code::POLICY,
        }
    }
}
