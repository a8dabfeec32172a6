//! The hash chain of a room: what the hash of an entry covers, byte for byte. `docs/audit.md` describes the same for
//! people who check a chain with programs of their own.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// What stands before the first entry of a chain.
pub const START: Hash = [0; 32];

/// The length that says "nothing", which is not the same as an empty text.
const NOTHING: u32 = u32::MAX;

/// What an entry's hash covers beside the hash before it and the payload.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    pub room: i64,
    pub seq: i64,
    pub at: i64,
    pub author: Option<i64>,
    pub kind: &'a str,
    pub target: Option<i64>,
    pub command: Option<&'a str>,
}

impl Link<'_> {
    /// The entry's hash. `payload` is the hash of the body as it was written, which outlives the body.
    pub fn hash(&self, previous: &Hash, payload: &Hash) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        for number in [Some(self.room), Some(self.seq), Some(self.at), self.author] {
            field(&mut hasher, number.map(i64::to_be_bytes).as_ref().map(|bytes| &bytes[..]));
        }
        field(&mut hasher, Some(self.kind.as_bytes()));
        field(&mut hasher, self.target.map(i64::to_be_bytes).as_ref().map(|bytes| &bytes[..]));
        field(&mut hasher, self.command.map(str::as_bytes));
        hasher.update(payload);
        hasher.finalize().into()
    }
}

/// With its length before it, so that no two rows of fields have the same bytes.
fn field(hasher: &mut Sha256, bytes: Option<&[u8]>) {
    let length = bytes.map_or(NOTHING, |bytes| u32::try_from(bytes.len()).unwrap_or(NOTHING - 1));
    hasher.update(length.to_be_bytes());
    hasher.update(bytes.unwrap_or_default());
}

/// The hash of a body, as it stands in the database.
pub fn payload(body: &str) -> Hash {
    Sha256::digest(body.as_bytes()).into()
}

/// What takes the place of a body that is erased. Only these kinds are ever erased.
pub fn erased_body(kind: &str) -> Option<&'static str> {
    match kind {
        "message" => Some(r#"{"files":[],"mentions":[],"recalled":true,"reply_to":null,"text":null}"#),
        "edit" => Some(r#"{"mentions":[],"text":null}"#),
        _ => None,
    }
}

/// As people and files write it.
pub fn to_hex(hash: &Hash) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub fn from_hex(text: &str) -> Option<Hash> {
    let mut hash = START;
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"text":"同意 ok","reply_to":null,"mentions":[],"files":[]}"#;

    fn created() -> Link<'static> {
        Link { room: 7, seq: 1, at: 1767225600000, author: None, kind: "membership", target: None, command: None }
    }

    fn said() -> Link<'static> {
        Link { seq: 2, at: 1767225600001, author: Some(3), kind: "message", command: Some("c-1"), ..created() }
    }

    fn recalled() -> Link<'static> {
        Link { seq: 3, kind: "recall", target: Some(2), command: Some(""), ..said() }
    }

    /// The vectors of `docs/audit.md`, which were computed there by another program.
    #[test]
    fn the_documented_vectors_hold() {
        let documented = include_str!("../../../docs/audit.md");
        let first = created().hash(&START, &payload("{}"));
        let second = said().hash(&first, &payload(MESSAGE));
        let third = recalled().hash(&second, &payload("{}"));
        for hash in [payload("{}"), payload(MESSAGE), first, second, third] {
            assert!(documented.contains(&to_hex(&hash)), "{} is not documented", to_hex(&hash));
        }
        for body in ["message", "edit"].map(|kind| erased_body(kind).unwrap()).into_iter().chain([MESSAGE]) {
            assert!(documented.contains(body), "{body} is not documented");
        }
    }

    #[test]
    fn every_field_counts() {
        let (first, payload) = (said().hash(&START, &payload(MESSAGE)), payload(MESSAGE));
        let changes = [
            Link { room: 8, ..said() },
            Link { seq: 3, ..said() },
            Link { at: 0, ..said() },
            Link { author: None, ..said() },
            Link { kind: "messag", ..said() },
            Link { target: Some(0), ..said() },
            Link { command: None, ..said() },
            Link { command: Some(""), ..said() },
            Link { kind: "messagec", command: Some("-1"), ..said() },
        ];
        for changed in changes {
            assert_ne!(changed.hash(&START, &payload), first, "{changed:?}");
        }
        assert_ne!(said().hash(&[1; 32], &payload), first);
    }

    #[test]
    fn hexadecimal_text_comes_back() {
        let hash = payload("{}");
        assert_eq!(from_hex(&to_hex(&hash)), Some(hash));
        for wrong in ["", "00", &"g".repeat(64), &"+1".repeat(32)] {
            assert_eq!(from_hex(wrong), None);
        }
    }
}
