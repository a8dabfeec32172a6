//! What holds for any conversation and for any bytes. `PROPTEST_CASES` sets how many are tried.

use channels::protocol::deflate::{compress, inflate};
use channels::protocol::{Decoder, Deflate, Event, Limits, Opcode, Role, apply_mask, encode_close, encode_frame};
use proptest::prelude::*;

use crate::support::*;

fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 96 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Something a peer says.
#[derive(Debug, Clone)]
enum Said {
    Message { content: Content, compressed: bool, fragments: Vec<Fragment> },
    Control(Control),
}

#[derive(Debug, Clone)]
enum Content {
    Text(String),
    Binary(Vec<u8>),
}

/// Where a message is cut, and what comes before the next fragment.
#[derive(Debug, Clone)]
struct Fragment {
    end: prop::sample::Index,
    then: Vec<Control>,
}

#[derive(Debug, Clone)]
enum Control {
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Server), Just(Role::Client)]
}

fn control() -> impl Strategy<Value = Control> {
    let payload = || prop::collection::vec(any::<u8>(), 0..=125);
    prop_oneof![payload().prop_map(Control::Ping), payload().prop_map(Control::Pong)]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        8 => prop::collection::vec(any::<char>(), 0..300).prop_map(|chars| Content::Text(chars.into_iter().collect())),
        4 => prop::collection::vec(any::<u8>(), 0..1000).prop_map(Content::Binary),
        1 => (any::<char>(), 21_000..23_000_usize)
            .prop_map(|(character, count)| Content::Text(character.to_string().repeat(count))),
        1 => (any::<u8>(), 65_000..66_000_usize).prop_map(|(byte, count)| Content::Binary(vec![byte; count])),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    let fragment = (any::<prop::sample::Index>(), prop::collection::vec(control(), 0..2))
        .prop_map(|(end, then)| Fragment { end, then });
    let message = (content(), any::<bool>(), prop::collection::vec(fragment, 0..5))
        .prop_map(|(content, compressed, fragments)| Said::Message { content, compressed, fragments });
    prop_oneof![3 => message, 1 => control().prop_map(Said::Control)]
}

/// A conversation as our encoder writes it, and the events that it means.
struct Script {
    out: Vec<u8>,
    events: Vec<Event>,
    mask: Option<[u8; 4]>,
    window_bits: u8,
}

impl Script {
    fn push(&mut self, opcode: Opcode, fin: bool, rsv1: bool, payload: &[u8]) {
        self.mask = self.mask.map(|mask| u32::from_le_bytes(mask).wrapping_mul(0x9E37_79B1).to_le_bytes());
        encode_frame(&mut self.out, opcode, fin, rsv1, self.mask, payload);
    }

    fn control(&mut self, control: &Control) {
        match control {
            Control::Ping(payload) => {
                self.push(Opcode::Ping, true, false, payload);
                self.events.push(ping(payload));
            }
            Control::Pong(payload) => {
                self.push(Opcode::Pong, true, false, payload);
                self.events.push(pong(payload));
            }
        }
    }

    fn say(&mut self, said: &Said) {
        let (content, compressed, fragments) = match said {
            Said::Control(control) => return self.control(control),
            Said::Message { content, compressed, fragments } => (content, *compressed, fragments),
        };
        let (mut opcode, plain, event) = match content {
            Content::Text(content) => (Opcode::Text, content.as_bytes(), text(content)),
            Content::Binary(content) => (Opcode::Binary, content.as_slice(), binary(content)),
        };
        let payload = if compressed { compress(plain, self.window_bits) } else { plain.to_vec() };
        let mut rest = payload.as_slice();
        let mut rsv1 = compressed;
        for Fragment { end, then } in fragments {
            let (head, tail) = rest.split_at(end.index(rest.len() + 1));
            self.push(opcode, false, rsv1, head);
            then.iter().for_each(|control| self.control(control));
            (opcode, rsv1, rest) = (Opcode::Continuation, false, tail);
        }
        self.push(opcode, true, rsv1, rest);
        self.events.push(event);
    }
}

/// What a decoder may hold at most, for a limit on messages.
fn most_held(limit: usize) -> usize {
    limit + limit / 8 + 64 + 125
}

fn size(event: &Event) -> usize {
    match event {
        Event::Text(text) => text.len(),
        Event::Binary(bytes) | Event::Ping(bytes) | Event::Pong(bytes) => bytes.len(),
        Event::Close(frame) => frame.as_ref().map_or(0, |frame| frame.reason.len()),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_conversation_comes_out_as_it_went_in_however_it_is_cut(
        role in role(),
        conversation in prop::collection::vec(said(), 0..8),
        ending in prop::option::of((3000..5000_u16, "[a-z关]{0,41}")),
        window_bits in 9..=15_u8,
        mask in any::<[u8; 4]>(),
        pieces in prop::collection::vec(1..3000_usize, 1..10),
    ) {
        let mask = (role == Role::Server).then_some(mask);
        let mut script = Script { out: Vec::new(), events: Vec::new(), mask, window_bits };
        conversation.iter().for_each(|said| script.say(said));
        if let Some((code, reason)) = &ending {
            script.push(Opcode::Close, true, false, &encode_close(*code, reason));
            script.events.push(close(*code, reason));
        }
        let deflate = Deflate { server_window_bits: window_bits, client_window_bits: window_bits };
        for pieces in [&pieces[..], &[usize::MAX], &[1]] {
            if pieces == [1] && script.out.len() > 20_000 {
                continue;
            }
            let mut decoder = Decoder::new(role, Limits::default(), Some(deflate));
            let (events, error) = decode(&mut decoder, &script.out, pieces);
            prop_assert!(events == script.events);
            prop_assert_eq!(error, None);
            prop_assert!(decoder.is_idle());
        }
    }

    #[test]
    fn any_bytes_mean_the_same_however_they_are_cut_and_stay_within_the_limits(
        role in role(),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        pieces in prop::collection::vec(1..40_usize, 1..10),
        deflate in any::<bool>(),
    ) {
        check_bounds(role, deflate, &bytes, &pieces)?;
    }

    #[test]
    fn a_conversation_with_a_few_wrong_bytes_stays_within_the_limits(
        role in role(),
        conversation in prop::collection::vec(said(), 1..5),
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        mask in any::<[u8; 4]>(),
        pieces in prop::collection::vec(1..3000_usize, 1..10),
    ) {
        let mask = (role == Role::Server).then_some(mask);
        let mut script = Script { out: Vec::new(), events: Vec::new(), mask, window_bits: 15 };
        conversation.iter().for_each(|said| script.say(said));
        let length = script.out.len();
        wrong.iter().for_each(|(at, byte)| script.out[at.index(length)] = *byte);
        check_bounds(role, true, &script.out, &pieces)?;
    }

    #[test]
    fn any_bytes_inflate_within_the_limit_or_not_at_all(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        limit in 0..500_usize,
    ) {
        if let Ok(inflated) = inflate(&payload, 15, limit) {
            prop_assert!(inflated.len() <= limit && inflated.capacity() <= limit);
        }
    }

    #[test]
    fn what_was_compressed_inflates(payload in prop::collection::vec(0..9_u8, 0..5000), window_bits in 9..=15_u8) {
        let compressed = compress(&payload, window_bits);
        prop_assert_eq!(inflate(&compressed, window_bits, payload.len()), Ok(payload));
    }

    #[test]
    fn a_mask_twice_is_no_mask(bytes in prop::collection::vec(any::<u8>(), 0..100), mask: [u8; 4], offset: usize) {
        let mut masked = bytes.clone();
        apply_mask(&mut masked, mask, offset);
        for (at, byte) in masked.iter().enumerate() {
            prop_assert_eq!(*byte, bytes[at] ^ mask[(offset % 4 + at) % 4]);
        }
        apply_mask(&mut masked, mask, offset);
        prop_assert_eq!(masked, bytes);
    }
}

/// The same events and the same error however the bytes are cut, and never more memory than the limits allow.
fn check_bounds(role: Role, deflate: bool, bytes: &[u8], pieces: &[usize]) -> Result<(), TestCaseError> {
    let limits = Limits { message: 300, frame: 200, fragments: 5 };
    let new = || Decoder::new(role, limits, deflate.then_some(DEFLATE));
    let expected = decode(&mut new(), bytes, &[usize::MAX]);
    prop_assert_eq!(&decode(&mut new(), bytes, &[1]), &expected);

    let mut decoder = new();
    let mut came = (Vec::new(), None);
    let mut rest = bytes;
    for piece in pieces.iter().cycle() {
        let (now, later) = rest.split_at((*piece).min(rest.len()));
        let (events, error) = decode(&mut decoder, now, &[usize::MAX]);
        prop_assert!(decoder.buffered() <= most_held(limits.message));
        prop_assert!(events.iter().all(|event| size(event) <= limits.message));
        came.0.extend(events);
        came.1 = error;
        rest = later;
        if rest.is_empty() || came.1.is_some() {
            break;
        }
    }
    prop_assert_eq!(came, expected);
    Ok(())
}
