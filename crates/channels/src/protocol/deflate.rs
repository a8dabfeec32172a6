//! Messages compressed with permessage-deflate (RFC 7692), each by itself.
//!
//! Neither side keeps its window from one message to the next ("no context takeover"). So a compressed message is the
//! same for every receiver with the same window size, and a compressor belongs to the thread and not to a connection,
//! where it would cost some 300 KiB.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::ProtocolError;

/// What both sides agreed on. Neither direction keeps its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// The base-2 logarithm of the window that the server compresses with, 9 to 15.
    pub server_window_bits: u8,
    /// The base-2 logarithm of the window that the client compresses with, 8 to 15.
    pub client_window_bits: u8,
}

/// The window sizes that our compressor can use; zlib can not make raw deflate with 8.
pub(super) const COMPRESSOR_WINDOW_BITS: std::ops::RangeInclusive<u8> = 9..=15;

/// How many compressors a thread keeps: those for the window sizes it used last.
const POOLED_COMPRESSORS: usize = 2;

/// Every sync flush ends with this empty block, and it is not sent (RFC 7692, 7.2.1).
const FLUSH_TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The block that was not sent, and a final empty one: a message that is complete ends exactly with it.
const END: [u8; 9] = [0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF];

/// The least room that a step gets, so that a flush marker is not written twice.
const MIN_STEP: usize = 64;

thread_local! {
    static COMPRESSORS: RefCell<Vec<(u8, Compress)>> = const { RefCell::new(Vec::new()) };
    static DECOMPRESSOR: RefCell<Option<Decompress>> = const { RefCell::new(None) };
}

/// The payload of a compressed message: raw deflate at level 1, flushed, without the flush's last four bytes.
///
/// `window_bits` is the base-2 logarithm of the window; what is outside 9 to 15 is brought to the nearer end.
pub fn compress(payload: &[u8], window_bits: u8) -> Vec<u8> {
    let window_bits = window_bits.clamp(*COMPRESSOR_WINDOW_BITS.start(), *COMPRESSOR_WINDOW_BITS.end());
    let mut compress = take_compressor(window_bits);
    let mut out = Vec::with_capacity(payload.len() / 2 + MIN_STEP);
    loop {
        let used = compress.total_in() as usize;
        compress
            .compress_vec(&payload[used..], &mut out, FlushCompress::Sync)
            .expect("deflate refuses no input, and its state is only ever flushed");
        // A flush is complete when it leaves room.
        if out.len() < out.capacity() {
            break;
        }
        out.reserve(out.len().max(MIN_STEP));
    }
    give_back_compressor(window_bits, compress);
    debug_assert!(out.ends_with(&FLUSH_TAIL), "a sync flush ends with an empty stored block");
    out.truncate(out.len() - FLUSH_TAIL.len());
    out
}

/// Inflates the payload of a compressed message.
///
/// Several blocks, blocks that call themselves final, and an empty payload are all good. The window is always the
/// largest, which inflates what was made with any `window_bits` from 8 to 15. At most `limit` bytes are ever allocated
/// for the result.
///
/// # Errors
///
/// [`ProtocolError::InvalidDeflate`] for what is not deflate, or stops in the middle;
/// [`ProtocolError::MessageTooBig`] when more than `limit` bytes come out.
pub fn inflate(payload: &[u8], window_bits: u8, limit: usize) -> Result<Vec<u8>, ProtocolError> {
    debug_assert!((8..=15).contains(&window_bits), "a window has 2^8 to 2^15 bytes");
    if payload.is_empty() {
        return Ok(Vec::new());
    }
    let mut decompress = DECOMPRESSOR.take().unwrap_or_else(|| Decompress::new(false));
    let mut out = Vec::new();
    let result = inflate_into(&mut out, &mut decompress, payload, limit);
    decompress.reset(false);
    DECOMPRESSOR.set(Some(decompress));
    result.map(|()| out)
}

fn inflate_into(
    out: &mut Vec<u8>,
    decompress: &mut Decompress,
    payload: &[u8],
    limit: usize,
) -> Result<(), ProtocolError> {
    let mut input = payload;
    let mut in_end = false;
    loop {
        grow(out, input.len(), limit);
        let full = out.len() == out.capacity() || out.len() >= limit;
        let before = (decompress.total_in(), decompress.total_out());
        // When the buffer is as large as it may be, a byte beyond it shows whether there is more.
        let mut beyond = [0];
        let status = if full {
            decompress.decompress(input, &mut beyond, FlushDecompress::Sync)
        } else {
            decompress.decompress_vec(input, out, FlushDecompress::Sync)
        };
        let status = status.map_err(|_| ProtocolError::InvalidDeflate)?;
        let used = (decompress.total_in() - before.0) as usize;
        let made = decompress.total_out() - before.1;
        if out.len() > limit || (full && made > 0) {
            return Err(ProtocolError::MessageTooBig { limit });
        }
        input = &input[used..];

        if status == Status::StreamEnd {
            if input.is_empty() {
                return Ok(());
            }
            // What follows a final block begins a new stream.
            decompress.reset(false);
        } else if used == 0 && made == 0 {
            if in_end {
                return Err(ProtocolError::InvalidDeflate);
            }
            in_end = true;
            input = &END;
        }
    }
}

/// Makes room for a step: a few times the input at first, then twice as much, and never past `limit`.
fn grow(out: &mut Vec<u8>, input: usize, limit: usize) {
    if out.len() < out.capacity() {
        return;
    }
    let target = out.len().saturating_mul(2).max(input.saturating_mul(3)).max(MIN_STEP).min(limit);
    out.reserve_exact(target.saturating_sub(out.len()));
}

fn take_compressor(window_bits: u8) -> Compress {
    COMPRESSORS.with_borrow_mut(|pool| match pool.iter().position(|(bits, _)| *bits == window_bits) {
        Some(at) => pool.remove(at).1,
        None => Compress::new_with_window_bits(Compression::fast(), false, window_bits),
    })
}

fn give_back_compressor(window_bits: u8, mut compress: Compress) {
    compress.reset();
    COMPRESSORS.with_borrow_mut(|pool| {
        if pool.len() == POOLED_COMPRESSORS {
            pool.remove(0);
        }
        pool.push((window_bits, compress));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfc_s_example_inflates() {
        assert_eq!(inflate(b"\xf2\x48\xcd\xc9\xc9\x07\x00", 15, 100).unwrap(), b"Hello");
        // In a stored block, in a final block, in two blocks (RFC 7692, 7.2.3.3 to 7.2.3.5).
        assert_eq!(inflate(b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 15, 100).unwrap(), b"Hello");
        assert_eq!(inflate(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 15, 100).unwrap(), b"Hello");
        assert_eq!(inflate(b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 15, 100).unwrap(), b"Hello");
    }

    #[test]
    fn a_final_block_needs_nothing_after_it_and_may_be_followed_by_others() {
        assert_eq!(inflate(b"\xf3\x48\xcd\xc9\xc9\x07\x00", 15, 100).unwrap(), b"Hello");
        let twice = b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
        assert_eq!(inflate(twice, 15, 100).unwrap(), b"HelloHello");
    }

    #[test]
    fn an_empty_message_is_one_byte_and_inflates_with_it_or_without() {
        assert_eq!(compress(b"", 15), [0]);
        assert_eq!(inflate(&[0], 15, 0).unwrap(), b"");
        assert_eq!(inflate(b"", 15, 0).unwrap(), b"");
    }

    #[test]
    fn what_stops_in_the_middle_or_is_no_deflate_is_refused() {
        let whole = compress(&b"to be or not to be, that is the question".repeat(3), 15);
        assert!(inflate(&whole, 15, 1000).is_ok());
        for end in 1..whole.len() - 1 {
            assert_eq!(inflate(&whole[..end], 15, 1000), Err(ProtocolError::InvalidDeflate), "{end} bytes");
        }
        assert_eq!(inflate(b"\xff\xff", 15, 1000), Err(ProtocolError::InvalidDeflate));
        // The thread's inflater is as good as new after it.
        assert!(inflate(&whole, 15, 1000).is_ok());
    }

    #[test]
    fn a_result_may_be_as_long_as_the_limit_and_no_longer() {
        let compressed = compress(&[b'x'; 5000], 15);
        assert_eq!(inflate(&compressed, 15, 5000).unwrap().len(), 5000);
        assert_eq!(inflate(&compressed, 15, 4999), Err(ProtocolError::MessageTooBig { limit: 4999 }));
        assert_eq!(inflate(&compressed, 15, 0), Err(ProtocolError::MessageTooBig { limit: 0 }));
    }

    #[test]
    fn a_bomb_stops_at_the_limit_and_has_no_buffer_beyond_it() {
        let bomb = compress(&vec![0; 64 << 20], 15);
        assert!(bomb.len() < 1 << 20);
        for limit in [0, 1, 63, 64, 65, 1000, 1 << 20, (64 << 20) - 1] {
            let mut out = Vec::new();
            let result = inflate_into(&mut out, &mut Decompress::new(false), &bomb, limit);
            assert_eq!(result, Err(ProtocolError::MessageTooBig { limit }));
            assert!(out.capacity() <= limit, "{} bytes for a limit of {limit}", out.capacity());
        }
    }

    #[test]
    fn every_window_size_is_kept_to() {
        let payload: Vec<u8> = (0u32..40_000).flat_map(|n| (n.wrapping_mul(n) % 977).to_le_bytes()).collect();
        for window_bits in 9..=15 {
            for _ in 0..2 {
                let mut compressed = compress(&payload, window_bits);
                assert_eq!(inflate(&compressed, window_bits, payload.len()).unwrap(), payload);

                // An inflater with just this window, in steps so small that only the window can be looked back into.
                compressed.extend(FLUSH_TAIL);
                let mut strict = Decompress::new_with_window_bits(false, window_bits);
                let mut out = Vec::new();
                while out.len() < payload.len() {
                    let mut step = [0; 16];
                    let (used, made) = (strict.total_in() as usize, strict.total_out());
                    strict.decompress(&compressed[used..], &mut step, FlushDecompress::None).unwrap();
                    out.extend_from_slice(&step[..(strict.total_out() - made) as usize]);
                }
                assert!(out == payload, "window of 2^{window_bits}");
            }
        }
    }

    #[test]
    fn a_thread_keeps_few_compressors() {
        for window_bits in 9..=15 {
            compress(b"hello", window_bits);
        }
        COMPRESSORS.with_borrow(|pool| assert_eq!(pool.len(), POOLED_COMPRESSORS));
    }
}
