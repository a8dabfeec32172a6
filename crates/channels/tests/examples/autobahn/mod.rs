//! The Autobahn suite, in our own words: what its 517 cases send to a server and what they want to see, over TCP
//! against the example `echo`.
//!
//! | cases | what they are about | here |
//! |---|---|---|
//! | 1 to 5 | lengths, pings, reserved bits and opcodes, fragments | `framing` |
//! | 6 | text that is UTF-8 and text that is not | `text` |
//! | 7 | closing | `closing` |
//! | 9, 10 | large messages, in frames and in writes of every size | `size` |
//! | 12, 13 | permessage-deflate | `compression` |
//!
//! There is no chapter 8 or 11. `tests/protocol` has the same rules at the codec, with the bytes cut in every way; here
//! it is shown that nothing is lost between the codec and the wire. The peer is written by hand and shares no code with
//! the crate.

mod closing;
mod compression;
mod framing;
mod peer;
mod size;
mod text;
