//! Messages that are delivered together.

use std::ops::Range;
use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};

use crate::websocket::{Frame, Variant};

/// A message that may have a frame that is ready to be sent.
pub trait Framed: Send + Sync + 'static {
    /// `None`: nothing goes over the wire as it is; members do something of their own with the message.
    fn frame(&self) -> Option<&Frame> {
        None
    }
}

impl Framed for Frame {
    fn frame(&self) -> Option<&Frame> {
        Some(self)
    }
}

/// Messages of a group that came together, in their order. Their frames are joined once, for all members.
#[derive(Debug)]
pub struct Run<M> {
    messages: Vec<M>,
    behind: bool,
    compress: [bool; Variant::COUNT],
    joined: [OnceLock<Joined>; Variant::COUNT],
}

#[derive(Debug)]
struct Joined {
    bytes: Bytes,
    /// Where each message's frame begins.
    starts: Vec<usize>,
}

impl<M: Framed> Run<M> {
    pub(super) fn new(messages: Vec<M>, behind: bool, compress: [bool; Variant::COUNT]) -> Self {
        Self { messages, behind, compress, joined: std::array::from_fn(|_| OnceLock::new()) }
    }
}

impl<M> Run<M> {
    pub fn messages(&self) -> &[M] {
        &self.messages
    }

    /// Messages before these were dropped.
    pub fn is_behind(&self) -> bool {
        self.behind
    }
}

impl<M: Framed> Run<M> {
    /// The frames of all messages.
    pub fn bytes(&self, variant: Variant) -> Bytes {
        self.joined(variant).bytes.clone()
    }

    /// The frames of some messages, by their place in [`Run::messages`].
    pub fn bytes_of(&self, messages: Range<usize>, variant: Variant) -> Bytes {
        let joined = self.joined(variant);
        let start = |message: usize| joined.starts.get(message).copied().unwrap_or(joined.bytes.len());
        joined.bytes.slice(start(messages.start)..start(messages.end))
    }

    fn joined(&self, variant: Variant) -> &Joined {
        let variant = if self.compress[variant.index()] { variant } else { Variant::PLAIN };
        self.joined[variant.index()].get_or_init(|| match self.messages.as_slice() {
            [message] => {
                let bytes = message.frame().map(|frame| frame.variant(variant).clone()).unwrap_or_default();
                Joined { bytes, starts: vec![0] }
            }
            messages => {
                let mut bytes = BytesMut::new();
                let mut starts = Vec::with_capacity(messages.len());
                for message in messages {
                    starts.push(bytes.len());
                    bytes.extend(message.frame().map(|frame| frame.variant(variant)).into_iter().flatten());
                }
                Joined { bytes: bytes.freeze(), starts }
            }
        })
    }
}
