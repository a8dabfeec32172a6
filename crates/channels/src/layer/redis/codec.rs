//! Messages as they stand in Redis.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use fernet::Fernet;
use sha2::{Digest, Sha256};

use super::super::message::{RESERVED_KEY, Value};
use super::super::{LayerError, Message, Serializer, wire};
use super::RedisOptions;

/// Random bytes before a message in a mailbox, so that two equal messages are two members of the sorted set.
const RANDOM_PREFIX_LENGTH: usize = 12;

/// How much older than the expiry an encrypted message may be, in seconds, because clocks differ.
const CLOCK_TOLERANCE_SECONDS: u64 = 10;

/// Writes and reads messages in the format that the options name.
pub(super) struct Codec {
    serializer: Serializer,
    /// The first one encrypts.
    keys: Vec<Fernet>,
    token_seconds: u64,
}

/// Whom a message in a mailbox is for.
#[derive(Debug, PartialEq)]
pub(super) enum Addressee {
    /// The channel that the mailbox is named after.
    Mailbox,
    Channel(String),
    /// Members of a group.
    Members(Vec<String>),
}

impl Codec {
    pub(super) fn new(options: &RedisOptions) -> Self {
        let token_seconds = options.expiry_seconds().saturating_add(CLOCK_TOLERANCE_SECONDS);
        let keys = options.encryption_keys.iter().map(|key| fernet_key(key)).collect();
        Self { serializer: options.serializer, keys, token_seconds }
    }

    /// The payload of a mailbox.
    pub(super) fn encode_for(&self, addressee: Addressee, mut message: Message) -> Result<Vec<u8>, LayerError> {
        let addressee = match addressee {
            Addressee::Mailbox => None,
            Addressee::Channel(channel) => Some(Value::String(channel)),
            Addressee::Members(members) => Some(Value::List(members.into_iter().map(Value::String).collect())),
        };
        message.0.extend(addressee.map(|addressee| (RESERVED_KEY.to_owned(), addressee)));
        let mut payload = rand::random::<[u8; RANDOM_PREFIX_LENGTH]>().to_vec();
        payload.extend(self.encode(&message)?);
        Ok(payload)
    }

    /// What stands in a payload of a mailbox.
    pub(super) fn decode_for(&self, payload: &[u8]) -> Result<(Addressee, Message), LayerError> {
        let body = payload.get(RANDOM_PREFIX_LENGTH..);
        let body = body.ok_or_else(|| LayerError::Serialization("the payload is too short".to_owned()))?;
        let mut message = self.decode(body)?;
        let addressee = match message.0.remove(RESERVED_KEY) {
            None => Addressee::Mailbox,
            Some(Value::String(channel)) => Addressee::Channel(channel),
            Some(Value::List(members)) => Addressee::Members(members.into_iter().filter_map(text).collect()),
            Some(_) => return Err(LayerError::Serialization(format!("{RESERVED_KEY} names no channel"))),
        };
        Ok((addressee, message))
    }

    /// The bare message, as pub/sub carries it.
    pub(super) fn encode(&self, message: &Message) -> Result<Vec<u8>, LayerError> {
        let body = wire::encode(self.serializer, message)?;
        Ok(self.keys.first().map_or_else(|| body.clone(), |key| key.encrypt(&body).into_bytes()))
    }

    pub(super) fn decode(&self, body: &[u8]) -> Result<Message, LayerError> {
        if self.keys.is_empty() {
            return wire::decode(self.serializer, body);
        }
        let token = std::str::from_utf8(body).ok();
        let decrypt = |token| self.keys.iter().find_map(|key| key.decrypt_with_ttl(token, self.token_seconds).ok());
        let body = token.and_then(decrypt);
        let body = body.ok_or_else(|| LayerError::Serialization("no key decrypts the payload".to_owned()))?;
        wire::decode(self.serializer, &body)
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn fernet_key(key: &[u8]) -> Fernet {
    let digest = URL_SAFE.encode(Sha256::digest(key));
    Fernet::new(&digest).expect("a digest of SHA-256 has the 32 bytes of a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(keys: &[&str]) -> Codec {
        let options = RedisOptions::new(["redis://127.0.0.1"]);
        Codec::new(&keys.iter().fold(options, |options, key| options.encryption_key(*key)))
    }

    #[test]
    fn a_payload_tells_whom_it_is_for() {
        let message = Message::new("chat.message").with("text", "Hello");
        let members = Addressee::Members(vec!["a!1".into(), "a!2".into()]);
        for addressee in [Addressee::Mailbox, Addressee::Channel("a!b".into()), members] {
            for keys in [&[][..], &["secret"]] {
                let again = match &addressee {
                    Addressee::Mailbox => Addressee::Mailbox,
                    Addressee::Channel(channel) => Addressee::Channel(channel.clone()),
                    Addressee::Members(members) => Addressee::Members(members.clone()),
                };
                let payload = codec(keys).encode_for(again, message.clone()).unwrap();
                let (found, decoded) = codec(keys).decode_for(&payload).unwrap();
                assert_eq!((&found, &decoded), (&addressee, &message));
            }
        }
    }

    #[test]
    fn the_first_key_encrypts_and_every_key_decrypts() {
        let message = Message::new("secret");
        let old = codec(&["old"]).encode(&message).unwrap();
        assert_eq!(codec(&["new", "old"]).decode(&old).unwrap(), message);
        let new = codec(&["new", "old"]).encode(&message).unwrap();
        assert_eq!(codec(&["new"]).decode(&new).unwrap(), message);
        assert!(codec(&["old"]).decode(&new).is_err());
    }

    #[test]
    fn malformed_payloads_are_errors() {
        let encrypted = codec(&["secret"]);
        for payload in [&b""[..], b"short", b"twelve bytes", b"twelve bytes\xc1", b"twelve bytesgAAAAA=="] {
            assert!(codec(&[]).decode_for(payload).is_err());
            assert!(encrypted.decode_for(payload).is_err());
        }
        let to_nobody = codec(&[]).encode_for(Addressee::Mailbox, Message::new("a").with(RESERVED_KEY, 1)).unwrap();
        assert!(codec(&[]).decode_for(&to_nobody).is_err());
    }
}
