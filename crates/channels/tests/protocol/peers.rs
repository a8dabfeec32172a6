//! tungstenite on the other side, over memory.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use channels::protocol::{Decoder, Limits, Opcode, Role, encode_close, encode_frame};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role as TheirRole, WebSocket};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::*;

/// A socket whose other end is the test.
#[derive(Default)]
struct Memory {
    to_read: VecDeque<u8>,
    written: Vec<u8>,
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.to_read.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.to_read.read(buffer)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Our role, their socket, and the mask that we send with.
fn roles() -> [(Role, WebSocket<Memory>, Option<[u8; 4]>); 2] {
    let socket = |role| WebSocket::from_raw_socket(Memory::default(), role, None);
    [
        (Role::Server, socket(TheirRole::Client), None),
        (Role::Client, socket(TheirRole::Server), Some([0x12, 0xAB, 0, 0xFF])),
    ]
}

fn texts() -> Vec<String> {
    [0, 1, 125, 126, 127, 40_000, 65_535, 65_536, 200_000]
        .map(|length| "é关🦀x".chars().cycle().take(length).collect())
        .into()
}

#[test]
fn we_read_what_tungstenite_writes() {
    for (role, mut socket, _) in roles() {
        let mut expected = Vec::new();
        for payload in texts() {
            socket.send(Message::text(payload.clone())).unwrap();
            socket.send(Message::binary(payload.clone().into_bytes())).unwrap();
            expected.extend([text(&payload), binary(&payload)]);
        }
        socket.send(Message::Ping("ping".into())).unwrap();
        socket.send(Message::Pong("pong".into())).unwrap();
        let frame = CloseFrame { code: CloseCode::Library(4321), reason: "告辞".into() };
        socket.close(Some(frame)).unwrap();
        expected.extend([ping("ping"), pong("pong"), close(4321, "告辞")]);

        let written = &socket.get_ref().written;
        for pieces in [&[usize::MAX][..], &[1500], &[3, 65_536, 1]] {
            let mut decoder = Decoder::new(role, Limits::default(), None);
            assert!(decode(&mut decoder, written, pieces) == (expected.clone(), None), "{role:?}, {pieces:?}");
        }
    }
}

#[test]
fn tungstenite_reads_what_we_write() {
    for (role, mut socket, mask) in roles() {
        let mut out = Vec::new();
        let mut expected = Vec::new();
        for payload in texts() {
            encode_frame(&mut out, Opcode::Text, true, false, mask, payload.as_bytes());
            expected.push(Message::text(payload.clone()));
            // In three fragments with a ping between them.
            let (head, rest) = payload.as_bytes().split_at(payload.len() / 3);
            let (middle, last) = rest.split_at(rest.len() / 2);
            encode_frame(&mut out, Opcode::Binary, false, false, mask, head);
            encode_frame(&mut out, Opcode::Continuation, false, false, mask, middle);
            encode_frame(&mut out, Opcode::Ping, true, false, mask, b"still there?");
            encode_frame(&mut out, Opcode::Continuation, true, false, mask, last);
            expected.extend([Message::Ping("still there?".into()), Message::binary(payload.into_bytes())]);
        }
        encode_frame(&mut out, Opcode::Pong, true, false, mask, b"");
        encode_frame(&mut out, Opcode::Close, true, false, mask, &encode_close(1012, "服务重启"));
        let frame = CloseFrame { code: CloseCode::Restart, reason: "服务重启".into() };
        expected.extend([Message::Pong("".into()), Message::Close(Some(frame))]);

        socket.get_mut().to_read.extend(out);
        for message in expected {
            assert!(socket.read().unwrap() == message, "{role:?}");
        }
    }
}

#[test]
fn tungstenite_s_answer_to_our_close_is_the_last_thing_we_read() {
    for (role, mut socket, mask) in roles() {
        let mut out = Vec::new();
        encode_frame(&mut out, Opcode::Ping, true, false, mask, b"7");
        encode_frame(&mut out, Opcode::Close, true, false, mask, &encode_close(1001, "bye"));
        socket.get_mut().to_read.extend(out);
        assert_eq!(socket.read().unwrap(), Message::Ping("7".into()));
        assert!(socket.read().unwrap().is_close());
        let end = socket.read().unwrap_err();
        assert!(matches!(end, Error::ConnectionClosed | Error::Io(_)), "{end}");

        let mut decoder = Decoder::new(role, Limits::default(), None);
        let answers = decode(&mut decoder, &socket.get_ref().written, &[1]);
        assert_eq!(answers, (vec![pong("7"), close(1001, "bye")], None));
    }
}
