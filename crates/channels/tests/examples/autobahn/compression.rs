//! Chapters 12 and 13: permessage-deflate, with what people send and with every way to ask for it.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncWriteExt, BufReader};

use super::peer::*;
use crate::setup::Example;

/// Lengths of messages, and of the frames that they are sent in; `usize::MAX` for one frame.
const SIZES: [(usize, usize); 18] = [
    (16, usize::MAX),
    (64, usize::MAX),
    (256, usize::MAX),
    (1_024, usize::MAX),
    (4_096, usize::MAX),
    (8_192, usize::MAX),
    (16_384, usize::MAX),
    (32_768, usize::MAX),
    (65_536, usize::MAX),
    (131_072, usize::MAX),
    (8_192, 256),
    (16_384, 256),
    (32_768, 256),
    (65_536, 256),
    (131_072, 256),
    (131_072, 1_024),
    (131_072, 4_096),
    (131_072, 32_768),
];

/// The suite sends a thousand messages of each size.
fn messages_of_a_size() -> usize {
    if std::env::var_os("COUNTERSIGN_TEST_LONG").is_some() { 1_000 } else { 10 }
}

/// Text that shrinks well and text that does not, markup, and bytes that can not shrink at all.
fn payloads(length: usize, number: usize) -> [(u8, Vec<u8>); 4] {
    let text = |line: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        let mut at = number;
        while text.len() < length {
            text += &line(at);
            at += 1;
        }
        text.truncate(text.floor_char_boundary(length));
        text.into_bytes()
    };
    let noise = (0..length as u64).map(|at| {
        let mixed = (at + number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as u8
    });
    [
        (TEXT, text(&|at| format!("{{\"id\":{at},\"text\":\"你好\",\"hash\":\"{:x}\"}},", at * 7_919 % 104_729))),
        (TEXT, text(&|at| format!("Habe nun, ach! Philosophie {}, Juristerei und Medizin {at}. ", at % 7))),
        (TEXT, text(&|at| format!("<li class=\"entry\"><a href=\"/room/{at}/\">Room {at}</a></li>\n"))),
        (BINARY, noise.collect()),
    ]
}

/// Compressed as a peer does that keeps nothing from one message to the next.
fn deflate(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + payload.len() / 8 + 64);
    Compress::new(Compression::default(), false).compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.len() < out.capacity() && out.ends_with(&[0, 0, 0xFF, 0xFF]));
    out.truncate(out.len() - 4);
    out
}

/// With nothing but this message: a server that refers to the one before is found out.
fn inflate(payload: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 64);
    let ended = [payload, &[0, 0, 0xFF, 0xFF]].concat();
    Decompress::new(false).decompress_vec(&ended, &mut out, FlushDecompress::Sync).unwrap();
    out
}

/// Sends messages of all kinds and sizes over one connection; each comes back as it was.
async fn everything_comes_back(echo: &Example, offer: &str, agreed: &str, sizes: &[(usize, usize)]) {
    let (mut stream, answer) = open(echo, Some(offer)).await;
    assert_eq!(answer.as_deref(), Some(agreed), "{offer}");
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    for &(length, size) in sizes {
        let messages: Vec<_> = (0..messages_of_a_size()).flat_map(|number| payloads(length, number)).collect();
        let writing = async {
            for (kind, payload) in &messages {
                let mut sent = fragments(*kind, &deflate(payload), size);
                sent[0].first |= RSV1;
                writer.write_all(&bytes(&sent)).await.unwrap();
            }
        };
        let mut compressed = 0;
        let reading = async {
            for (kind, payload) in &messages {
                let Frame { first, payload: came } = next(&mut reader).await.expect("every message is answered");
                assert_eq!(first & !RSV1, *kind);
                let is_compressed = first & RSV1 != 0;
                compressed += usize::from(is_compressed);
                let came = if is_compressed { inflate(&came, payload.len()) } else { came };
                assert!(came == *payload, "{length} bytes in frames of {size}, {offer}");
            }
        };
        tokio::join!(writing, reading);
        // Three of the four kinds shrink. What is short is not worth it, which a length at the edge leaves open.
        if length != 1_024 {
            let worth_it = if length < 1_024 { 0 } else { messages.len() / 4 * 3 };
            assert_eq!(compressed, worth_it, "{length} bytes");
        }
    }
    writer.write_all(&bytes(&[close(1000, "")])).await.unwrap();
    assert_eq!(next(&mut reader).await, Some(close(1000, "")));
    assert_eq!(next(&mut reader).await, None);
}

const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// 12.1 to 12.5.
#[tokio::test]
async fn messages_of_every_kind_and_size_come_back_compressed() {
    let echo = Example::start("echo", &[]).await;
    everything_comes_back(&echo, "permessage-deflate; client_max_window_bits", PLAIN, &SIZES).await;
}

/// 13.1 to 13.7: with and without context, with small and large windows, and several offers.
#[tokio::test]
async fn every_offer_of_the_suite_is_agreed_to() {
    let echo = Example::start("echo", &[]).await;
    let sizes = [SIZES[3], SIZES[5], SIZES[14]];
    let accepts = "client_no_context_takeover; client_max_window_bits";
    let takeover = "server_no_context_takeover";
    let (small, large) = ("server_max_window_bits=9", "server_max_window_bits=15");
    for (asked, agreed) in [
        (format!("permessage-deflate; {accepts}"), PLAIN.to_owned()),
        (format!("permessage-deflate; {accepts}; {takeover}"), PLAIN.to_owned()),
        (format!("permessage-deflate; {accepts}; {small}"), format!("{PLAIN}; {small}")),
        (format!("permessage-deflate; {accepts}; {large}"), format!("{PLAIN}; {large}")),
        (format!("permessage-deflate; {accepts}; {takeover}; {small}"), format!("{PLAIN}; {small}")),
        (format!("permessage-deflate; {accepts}; {takeover}; {large}"), format!("{PLAIN}; {large}")),
        (
            format!(
                "permessage-deflate; {accepts}; {takeover}; {small}, permessage-deflate; {accepts}; {takeover}, \
                 permessage-deflate; {accepts}"
            ),
            format!("{PLAIN}; {small}"),
        ),
    ] {
        everything_comes_back(&echo, &asked, &agreed, &sizes).await;
    }
}
