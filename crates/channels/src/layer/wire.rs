//! Messages as bytes: msgpack or JSON.
//!
//! Both are what `channels_redis` writes and reads. The differences between them are documented at [`Serializer`].

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize};

use super::LayerError;
use super::message::{MAX_DEPTH, Message, Value};

/// At most this many values are made room for before they are read, whatever length the bytes claim to have.
const ROOM_AHEAD: usize = 64;

/// The format of messages in Redis. All processes of one deployment use the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Serializer {
    /// Carries every [`Value`], text as `str` and bytes as `bin`.
    #[default]
    Msgpack,
    /// Carries no bytes and neither infinity nor NaN: they are refused with [`LayerError::Serialization`]. An integer
    /// of more than 64 bits that Python wrote is read as a float.
    Json,
}

/// A message as bytes.
pub(super) fn encode(serializer: Serializer, message: &impl Serialize) -> Result<Vec<u8>, LayerError> {
    match serializer {
        Serializer::Msgpack => rmp_serde::to_vec(message).map_err(refused),
        Serializer::Json => serde_json::to_vec(message).map_err(refused),
    }
}

/// The message in these bytes, to the last of them.
pub(super) fn decode(serializer: Serializer, bytes: &[u8]) -> Result<Message, LayerError> {
    match serializer {
        Serializer::Msgpack => {
            let mut rest = bytes;
            let message = Message::deserialize(&mut rmp_serde::Deserializer::new(&mut rest)).map_err(refused)?;
            if !rest.is_empty() {
                return Err(LayerError::Serialization(format!("{} bytes follow the message", rest.len())));
            }
            Ok(message)
        }
        Serializer::Json => serde_json::from_slice(bytes).map_err(refused),
    }
}

fn refused(error: impl fmt::Display) -> LayerError {
    LayerError::Serialization(error.to_string())
}

/// Formats for people have no bytes and no infinite floats; a list of numbers or a `null` in their place would change
/// the message on its way.
impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) if serializer.is_human_readable() && !value.is_finite() => {
                Err(S::Error::custom(format!("JSON has no {value}")))
            }
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(_) if serializer.is_human_readable() => Err(S::Error::custom("JSON has no bytes")),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Map(values) => serialize_map(values, serializer),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_map(&self.0, serializer)
    }
}

fn serialize_map<S: serde::Serializer>(values: &BTreeMap<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(values.len()))?;
    values.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
    map.end()
}

/// Refuses more than [`MAX_DEPTH`] lists and maps in each other.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValueAtDepth(MAX_DEPTH).deserialize(deserializer)
    }
}

/// Refuses what is no map, and more than [`MAX_DEPTH`] lists and maps in each other.
impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Map(entries) => Ok(Self(entries)),
            _ => Err(D::Error::custom("a message is a map")),
        }
    }
}

/// Reads a value that may hold this many levels of lists and maps.
#[derive(Clone, Copy)]
struct ValueAtDepth(usize);

impl ValueAtDepth {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.0.checked_sub(1);
        depth.map(Self).ok_or_else(|| E::custom(format!("nested more than {MAX_DEPTH} levels deep")))
    }
}

impl<'de> DeserializeSeed<'de> for ValueAtDepth {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueAtDepth {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("null, a bool, an i64, a float, text, bytes, a list or a map with string keys")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        let value = i64::try_from(value).map_err(|_| E::custom(format!("{value} does not fit into an i64")))?;
        Ok(Value::Int(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(Bytes::copy_from_slice(value)))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::with_capacity(list.size_hint().unwrap_or(0).min(ROOM_AHEAD));
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            values.insert(key, map.next_value_seed(inner)?);
        }
        Ok(Value::Map(values))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn every_kind() -> Message {
        Message::new("every.kind")
            .with("null", None::<bool>)
            .with("bool", true)
            .with("ints", [i64::MIN, -129, -1, 0, 127, 128, 65_536, i64::MAX].map(Value::Int).to_vec())
            .with("float", 0.5)
            .with("text", "面 \u{1F600}")
            .with("map", Message::default().with("inner", Vec::<Value>::new()))
    }

    #[test]
    fn every_kind_of_value_comes_back_from_both_formats() {
        let message = every_kind();
        for serializer in [Serializer::Msgpack, Serializer::Json] {
            assert_eq!(decode(serializer, &encode(serializer, &message).unwrap()).unwrap(), message);
        }
        let message = message.with("bytes", vec![0_u8, 255]);
        assert_eq!(decode(Serializer::Msgpack, &encode(Serializer::Msgpack, &message).unwrap()).unwrap(), message);
    }

    #[test]
    fn msgpack_is_written_as_python_writes_it() {
        let message: Message = serde_json::from_str(r#"{"a": true, "b": null, "c": {"d": []}}"#).unwrap();
        assert_eq!(encode(Serializer::Msgpack, &message).unwrap(), b"\x83\xa1a\xc3\xa1b\xc0\xa1c\x81\xa1d\x90");
        let message = Message::default().with("b", vec![1_u8]).with("i", 200).with("f", 1.0);
        let expected = b"\x83\xa1b\xc4\x01\x01\xa1f\xcb\x3f\xf0\0\0\0\0\0\0\xa1i\xcc\xc8";
        assert_eq!(encode(Serializer::Msgpack, &message).unwrap(), expected);
    }

    #[test]
    fn json_refuses_bytes_and_floats_that_are_no_numbers() {
        for value in [Value::from(vec![1_u8]), f64::NAN.into(), f64::INFINITY.into()] {
            let refused = encode(Serializer::Json, &Message::new("a").with("value", value)).unwrap_err();
            assert!(matches!(refused, LayerError::Serialization(_)), "{refused}");
        }
    }

    #[test]
    fn malformed_bytes_are_errors() {
        let deep = [[0x81, 0xa1, b'a'].repeat(65), vec![0xc0]].concat();
        let wide = b"\x81\xa1a\xdd\xff\xff\xff\xff".to_vec();
        let long_text = b"\x81\xa1a\xdb\xff\xff\xff\xff".to_vec();
        let too_large = b"\x81\xa1a\xcf\xff\xff\xff\xff\xff\xff\xff\xff".to_vec();
        let trailing = b"\x80\x80".to_vec();
        let integer_key = b"\x81\x01\x01".to_vec();
        let extension = b"\x81\xa1a\xd4\x01\x00".to_vec();
        for bytes in [vec![], vec![0xc1], deep, wide, long_text, too_large, trailing, integer_key, extension] {
            assert!(decode(Serializer::Msgpack, &bytes).is_err(), "{bytes:x?}");
        }
        let deep = "[".repeat(1_000_000);
        for text in ["", "[]", "{", "{}x", r#"{"a": NaN}"#, r#"{"a": 18446744073709551615}"#, &deep] {
            assert!(decode(Serializer::Json, text.as_bytes()).is_err());
        }
    }

    #[test]
    fn sixty_four_levels_pass() {
        let bytes = [[0x81, 0xa1, b'a'].repeat(64), vec![0xc0]].concat();
        assert!(decode(Serializer::Msgpack, &bytes).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(Serializer::Msgpack, &bytes);
            let _ = decode(Serializer::Json, &bytes);
        }

        #[test]
        fn a_message_that_was_cut_short_is_an_error(length in 0_usize..40) {
            let bytes = encode(Serializer::Msgpack, &every_kind()).unwrap();
            prop_assert!(decode(Serializer::Msgpack, &bytes[..length.min(bytes.len() - 1)]).is_err());
        }
    }
}
