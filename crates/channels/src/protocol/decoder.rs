//! Bytes to events.

use bytes::Bytes;

use super::header::{Length, MAX_HEADER, Start};
use super::message::{self, Kind, Message};
use super::{Deflate, Event, Limits, Opcode, ProtocolError, Role, apply_mask, close};

/// One connection's incoming half.
///
/// It is small while nothing is half received: the rest of an unfinished frame or message lives in a box that goes
/// away with the end of the message, so that an idle connection costs these few words.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    /// What is half received.
    pending: Option<Box<Pending>>,
    /// `None`: no frame may be compressed. Else what the peer compresses with.
    window_bits: Option<u8>,
    role: Role,
    /// After the peer's close frame, or after an error, nothing more is read.
    finished: bool,
}

#[derive(Debug, Default)]
struct Pending {
    header: [u8; MAX_HEADER],
    header_length: usize,
    /// A frame whose payload is not complete.
    frame: Option<Frame>,
    /// What is here of a control frame's payload, at most 125 bytes.
    control: Vec<u8>,
    message: Option<Message>,
}

/// A frame whose header was read and allowed.
#[derive(Debug, Clone, Copy)]
struct Frame {
    start: Start,
    mask: Option<[u8; 4]>,
    length: usize,
    /// How much of the payload was read before.
    received: usize,
}

impl Decoder {
    /// A decoder for what arrives at `role`: a server's takes only masked frames, a client's only plain ones.
    ///
    /// Without `deflate` a compressed frame is refused.
    pub fn new(role: Role, limits: Limits, deflate: Option<Deflate>) -> Self {
        let window_bits = deflate.map(|deflate| match role {
            Role::Server => deflate.client_window_bits,
            Role::Client => deflate.server_window_bits,
        });
        Self { limits, pending: None, window_bits, role, finished: false }
    }

    /// Takes the next event out of `input` and moves `input` past the bytes it used. The bytes may be changed: they
    /// are unmasked where they are.
    ///
    /// `Ok(None)` says that all of `input` is used up; what belongs to an unfinished frame is kept. After a close
    /// frame or an error everything is swallowed, and nothing more comes out.
    ///
    /// # Errors
    ///
    /// The first broken rule, as soon as the bytes show it: limits by the header, before anything is allocated; bad
    /// UTF-8 before the message is complete, unless it is compressed.
    pub fn decode(&mut self, input: &mut &mut [u8]) -> Result<Option<Event>, ProtocolError> {
        if self.finished {
            take(input, usize::MAX);
            return Ok(None);
        }
        let next = self.next(input);
        if matches!(next, Ok(Some(Event::Close(_))) | Err(_)) {
            self.finished = true;
            self.pending = None;
        }
        next
    }

    /// Whether no frame and no message is half received.
    pub fn is_idle(&self) -> bool {
        self.pending.is_none()
    }

    /// How many bytes of memory are held for the payload of what is half received.
    pub fn buffered(&self) -> usize {
        self.pending
            .as_ref()
            .map_or(0, |pending| pending.control.capacity() + pending.message.as_ref().map_or(0, Message::capacity))
    }

    fn next(&mut self, input: &mut &mut [u8]) -> Result<Option<Event>, ProtocolError> {
        loop {
            let unfinished = self.pending.as_mut().and_then(|pending| pending.frame.take());
            let mut frame = match unfinished {
                Some(frame) => frame,
                None => match self.read_header(input)? {
                    Some(frame) => frame,
                    None => return Ok(None),
                },
            };

            let arrived = take(input, frame.length - frame.received);
            if let Some(mask) = frame.mask {
                apply_mask(arrived, mask, frame.received);
            }
            let first_piece = frame.received == 0;
            frame.received += arrived.len();
            if frame.received < frame.length {
                self.keep(frame, arrived)?;
                return Ok(None);
            }

            let event = match frame.start.opcode {
                Opcode::Close | Opcode::Ping | Opcode::Pong => Some(self.end_control(frame, arrived)?),
                Opcode::Text | Opcode::Binary | Opcode::Continuation => self.end_data(frame, arrived, first_piece)?,
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Reads a header, with the bytes of it that came before; `None` when it is not complete.
    fn read_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Frame>, ProtocolError> {
        if self.pending.as_ref().is_none_or(|pending| pending.header_length == 0) {
            if input.is_empty() {
                return Ok(None);
            }
            if let Some((frame, used)) = self.parse_header(input)? {
                take(input, used);
                return Ok(Some(frame));
            }
        }
        // A header in pieces is rare and short, so it is put together byte by byte.
        let pending = self.pending.get_or_insert_default();
        let (mut header, mut length) = (pending.header, pending.header_length);
        let mut frame = None;
        while frame.is_none() && !input.is_empty() {
            header[length] = take(input, 1)[0];
            length += 1;
            frame = self.parse_header(&header[..length])?.map(|(frame, _)| frame);
        }
        let pending = self.pending.get_or_insert_default();
        pending.header = header;
        pending.header_length = if frame.is_some() { 0 } else { length };
        Ok(frame)
    }

    /// The frame that a header announces, and the header's length. Refuses what the bytes already show to be wrong.
    fn parse_header(&self, header: &[u8]) -> Result<Option<(Frame, usize)>, ProtocolError> {
        let Some(&first) = header.first() else { return Ok(None) };
        let start = Start::parse(first)?;
        let message = self.pending.as_ref().and_then(|pending| pending.message.as_ref());
        self.check_order(start, message)?;
        let Some(length) = Length::parse(header, start, self.role)? else { return Ok(None) };
        let payload = self.check_length(start, length.payload, message)?;
        let frame = |mask| Frame { start, mask, length: payload, received: 0 };
        Ok(match self.role {
            Role::Client => Some((frame(None), length.end)),
            Role::Server => {
                header[length.end..].first_chunk().map(|mask| (frame(Some(*mask)), length.end + mask.len()))
            }
        })
    }

    fn check_order(&self, start: Start, message: Option<&Message>) -> Result<(), ProtocolError> {
        if start.rsv1 && self.window_bits.is_none() {
            return Err(ProtocolError::UnexpectedCompression);
        }
        let limit = self.limits.fragments;
        match (start.opcode, message) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => Ok(()),
            (Opcode::Continuation, None) => Err(ProtocolError::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => Err(ProtocolError::ContinuationExpected),
            (Opcode::Continuation, Some(message)) if message.fragments >= limit => {
                Err(ProtocolError::TooManyFragments { limit })
            }
            (Opcode::Text | Opcode::Binary, None) if !start.fin && limit == 0 => {
                Err(ProtocolError::TooManyFragments { limit })
            }
            (Opcode::Text | Opcode::Binary, None) | (Opcode::Continuation, Some(_)) => Ok(()),
        }
    }

    fn check_length(&self, start: Start, payload: u64, message: Option<&Message>) -> Result<usize, ProtocolError> {
        let too_big = ProtocolError::FrameTooBig { length: payload, limit: self.limits.frame };
        let length = usize::try_from(payload).map_err(|_| too_big.clone())?;
        if start.opcode.is_control() {
            return Ok(length);
        }
        if length > self.limits.frame {
            return Err(too_big);
        }
        let limit = self.limits.message;
        let remaining = match message {
            Some(message) => message.remaining(limit),
            None => message::allowance(start.rsv1, limit),
        };
        if length <= remaining { Ok(length) } else { Err(ProtocolError::MessageTooBig { limit }) }
    }

    /// Keeps an incomplete frame and the piece of its payload that is here.
    fn keep(&mut self, frame: Frame, arrived: &[u8]) -> Result<(), ProtocolError> {
        let pending = self.pending.get_or_insert_default();
        pending.frame = Some(frame);
        if frame.start.opcode.is_control() {
            pending.control.extend_from_slice(arrived);
            return Ok(());
        }
        pending.message(frame).append(arrived, frame.coming(), self.limits.message)
    }

    fn end_control(&mut self, frame: Frame, arrived: &[u8]) -> Result<Event, ProtocolError> {
        let mut before = Vec::new();
        if let Some(pending) = &mut self.pending {
            before = std::mem::take(&mut pending.control);
            if pending.message.is_none() {
                self.pending = None;
            }
        }
        let payload = if before.is_empty() {
            Bytes::copy_from_slice(arrived)
        } else {
            before.extend_from_slice(arrived);
            Bytes::from(before)
        };
        Ok(match frame.start.opcode {
            Opcode::Ping => Event::Ping(payload),
            Opcode::Pong => Event::Pong(payload),
            _ => Event::Close(close::decode_close(&payload)?),
        })
    }

    fn end_data(&mut self, frame: Frame, arrived: &[u8], whole: bool) -> Result<Option<Event>, ProtocolError> {
        let limit = self.limits.message;
        let start = frame.start;
        let window_bits = self.window_bits.unwrap_or(15);
        if start.fin && whole && start.opcode != Opcode::Continuation {
            self.pending = None;
            return if start.rsv1 {
                message::inflated(start.kind(), arrived, window_bits, limit).map(Some)
            } else {
                message::whole(start.kind(), arrived).map(Some)
            };
        }

        let pending = self.pending.get_or_insert_default();
        let message = pending.message(frame);
        message.append(arrived, frame.coming(), limit)?;
        message.fragments += 1;
        if !start.fin {
            return Ok(None);
        }
        let message = pending.message.take();
        self.pending = None;
        message.map(|message| message.finish(window_bits, limit)).transpose()
    }
}

impl Frame {
    /// How many bytes are sure to be the message's last ones; `None` while further fragments may come.
    fn coming(&self) -> Option<usize> {
        self.start.fin.then_some(self.length - self.received)
    }
}

impl Pending {
    /// The message that `frame` belongs to, begun by it if there is none.
    fn message(&mut self, frame: Frame) -> &mut Message {
        self.message.get_or_insert_with(|| Message::new(frame.start.kind(), frame.start.rsv1))
    }
}

impl Start {
    /// What the message is that this frame begins.
    fn kind(self) -> Kind {
        if self.opcode == Opcode::Text { Kind::Text } else { Kind::Binary }
    }
}

/// Splits off the first bytes of `input`, at most `length`.
fn take<'a>(input: &mut &'a mut [u8], length: usize) -> &'a mut [u8] {
    let length = length.min(input.len());
    let (head, rest) = std::mem::take(input).split_at_mut(length);
    *input = rest;
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_decoder_is_a_few_words() {
        assert!(size_of::<Decoder>() <= 48);
    }
}
