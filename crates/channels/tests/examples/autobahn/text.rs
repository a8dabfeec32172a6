//! Chapter 6: text that is UTF-8 and text that is not.

use super::peer::*;
use crate::setup::Example;

const KOSME: &[u8] = "κόσμε".as_bytes();

/// A byte a fragment, with empty ones around.
fn octets(text: &[u8]) -> Vec<Frame> {
    let mut frames = vec![frame(TEXT & !FIN, "")];
    frames.extend(text.iter().map(|byte| frame(CONTINUATION, [*byte])));
    frames.push(frame(LAST, ""));
    frames
}

/// 6.1, 6.2, 6.5 to 6.7, 6.9, 6.11, 6.13, 6.22, 6.23.
#[tokio::test]
async fn text_of_every_script_comes_back() {
    let echo = Example::start("echo", &[]).await;
    let mut texts: Vec<String> = ["", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\0", "\u{7F}"].map(str::to_owned).into();
    // The first and the last character of each length, and those next to the surrogates.
    let edges = [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0x1_0000, 0x10_FFFF];
    let noncharacters = (0..=16).flat_map(|plane| [plane << 16 | 0xFFFE, plane << 16 | 0xFFFF]);
    let specials = 0xFFF9..=0xFFFD;
    texts.extend(edges.into_iter().chain(noncharacters).chain(specials).map(|point| {
        let character = char::from_u32(point).unwrap();
        format!("{character}{character}")
    }));
    for text in &texts {
        let whole = [frame(TEXT, text)];
        check(&echo, &whole, usize::MAX, &whole, End::ByPeer).await;
        check(&echo, &octets(text.as_bytes()), usize::MAX, &whole, End::ByPeer).await;
    }
    check(
        &echo,
        &[frame(TEXT & !FIN, ""), frame(CONTINUATION, ""), frame(LAST, "")],
        1,
        &[frame(TEXT, "")],
        End::ByPeer,
    )
    .await;
}

/// 6.3, 6.6, 6.8, 6.10, 6.12, 6.14 to 6.21.
#[tokio::test]
async fn what_is_not_utf8_ends_the_connection_with_1007() {
    let echo = Example::start("echo", &[]).await;
    let bad: &[&[u8]] = &[
        // Longer than any character, and beyond the last.
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xf7\xbf\xbf\xbf",
        b"\xf4\x90\x80\x80",
        // Continuation bytes that continue nothing.
        b"\x80",
        b"\xbf",
        b"\x80\xbf\x80\xbf\x80\xbf",
        // First bytes that nothing continues, or whose last byte is missing.
        b"\xc0 \xc1 \xdf ",
        b"\xe0 \xef ",
        b"\xf0 \xf7 ",
        b"\xce",
        b"\xe0\x80",
        b"\xe2\x89",
        b"\xf0\x90\x80",
        b"\xce\xba\xe1\xbd",
        // Never in UTF-8.
        b"\xfe",
        b"\xff",
        // Longer than needed.
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xc0\x80",
        // Surrogates, alone and in pairs.
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xed\xaf\xbf\xed\xbf\xbf",
    ];
    for bad in bad {
        let text = [KOSME, bad].concat();
        check(&echo, &[frame(TEXT, bad)], usize::MAX, &[], End::Refused(1007)).await;
        check(&echo, &[frame(TEXT, &text)], usize::MAX, &[], End::Refused(1007)).await;
        check(&echo, &octets(&text), usize::MAX, &[], End::Refused(1007)).await;
    }
}

/// 6.4: what follows the wrong byte is never sent.
#[tokio::test]
async fn text_is_refused_by_its_first_wrong_byte() {
    let echo = Example::start("echo", &[]).await;
    let (wrong, rest) = ([KOSME, b"\xf4\x90"].concat(), b"\x80\x80edited");
    // In the second of three fragments, and in the middle of a frame, in one write and in octets.
    let fragments = [frame(TEXT & !FIN, KOSME), frame(CONTINUATION, b"\xf4\x90\x80\x80")];
    let whole = bytes(&[frame(TEXT, [&wrong[..], rest].concat())]);
    for write in [usize::MAX, 1] {
        check(&echo, &fragments, write, &[], End::Refused(1007)).await;
        check_bytes(&echo, &whole[..whole.len() - rest.len()], write, &[], End::Refused(1007)).await;
    }
}
