//! What is sent.

/// Around every border of the three forms of a frame's length, and one that does not fit a read.
pub const SIZES: [usize; 9] = [0, 1, 125, 126, 127, 1024, 65_535, 65_536, 1 << 20];

/// Text of so many bytes with characters of one to four bytes.
pub fn text(size: usize) -> String {
    let mut text: String = "Rooms für Sockets. 你好，世界！👩‍🚀🦀 "
        .chars()
        .cycle()
        .scan(0, |bytes, character| {
            *bytes += character.len_utf8();
            (*bytes <= size).then_some(character)
        })
        .collect();
    text.extend(std::iter::repeat_n('.', size - text.len()));
    text
}

/// Bytes that hardly get smaller when they are compressed, the same for the same size.
pub fn noise(size: usize) -> Vec<u8> {
    let mut state = size as u32 ^ 0x9E37_79B9;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..size).map(|_| next()).collect()
}
