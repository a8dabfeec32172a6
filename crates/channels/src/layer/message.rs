//! What travels over a layer.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LayerError;
use super::wire::{self, Serializer};

/// The key under which the layers over Redis carry the receiving channel. Messages of callers must not have it.
pub const RESERVED_KEY: &str = "__asgi_channel__";

/// How many lists and maps may stand in each other in one message, the message itself included.
pub const MAX_DEPTH: usize = 64;

/// A value of a message, as msgpack and Python know it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// A larger integer is refused with [`LayerError::Serialization`], never cut.
    Int(i64),
    Float(f64),
    String(String),
    /// Refused by layers that write JSON, as Python's `json` refuses them.
    Bytes(Bytes),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Value {
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// A float, or an integer as a float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    pub fn as_bytes(&self) -> Option<&Bytes> {
        if let Self::Bytes(value) = self { Some(value) } else { None }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(value) = self { Some(value) } else { None }
    }

    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        if let Self::Map(value) = self { Some(value) } else { None }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether no more than `depth` lists and maps stand in each other.
    fn fits(&self, depth: usize) -> bool {
        match self {
            Self::List(values) => depth > 0 && values.iter().all(|value| value.fits(depth - 1)),
            Self::Map(values) => depth > 0 && values.values().all(|value| value.fits(depth - 1)),
            _ => true,
        }
    }
}

/// A map with string keys. Its `type` names the handler: `chat.message` goes to `chat_message`.
///
/// ```
/// use channels::layer::Message;
///
/// let message = Message::new("chat.message").with("text", "Hello").with("seq", 7);
/// assert_eq!(message.type_name(), Some("chat.message"));
/// assert_eq!(message.get("seq").and_then(|seq| seq.as_i64()), Some(7));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message(pub BTreeMap<String, Value>);

impl Message {
    /// A message of this type and nothing else.
    pub fn new(type_name: impl Into<String>) -> Self {
        Self::default().with("type", type_name.into())
    }

    /// The message with one more entry. A second value under the same key replaces the first.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// The `type`, when there is one and it is a string.
    pub fn type_name(&self) -> Option<&str> {
        self.get("type")?.as_str()
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Whatever serde can turn into a map with string keys, as a message.
    ///
    /// ```
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// #[serde(tag = "type")]
    /// enum Event {
    ///     #[serde(rename = "chat.message")]
    ///     Said { text: String },
    /// }
    ///
    /// let message = channels::layer::Message::from_serialize(&Event::Said { text: "Hello".into() })?;
    /// assert_eq!(message.type_name(), Some("chat.message"));
    /// let Event::Said { text } = message.to()?;
    /// assert_eq!(text, "Hello");
    /// # Ok::<(), channels::layer::LayerError>(())
    /// ```
    ///
    /// # Errors
    /// [`LayerError::Serialization`]: not a map, other keys than strings, integers outside `i64`, nested too deeply.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, LayerError> {
        let bytes = rmp_serde::to_vec_named(value).map_err(|error| LayerError::Serialization(error.to_string()))?;
        wire::decode(Serializer::Msgpack, &bytes)
    }

    /// The message as a type of the caller's.
    ///
    /// # Errors
    /// [`LayerError::Serialization`]: the message has another shape.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, LayerError> {
        let bytes = wire::encode(Serializer::Msgpack, self)?;
        rmp_serde::from_slice(&bytes).map_err(|error| LayerError::Serialization(error.to_string()))
    }

    /// Refuses what no layer carries. Every layer asks before it takes a message of a caller.
    ///
    /// # Errors
    /// [`LayerError::ReservedKey`]; [`LayerError::Serialization`] past [`MAX_DEPTH`].
    pub fn check(&self) -> Result<(), LayerError> {
        if self.0.contains_key(RESERVED_KEY) {
            return Err(LayerError::ReservedKey(RESERVED_KEY));
        }
        if !self.0.values().all(|value| value.fits(MAX_DEPTH - 1)) {
            return Err(LayerError::Serialization(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(())
    }
}

impl FromIterator<(String, Value)> for Message {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

value_from! {
    bool => Bool,
    i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int,
    f32 => Float, f64 => Float,
    &str => String, String => String,
    Bytes => Bytes, Vec<u8> => Bytes, &'static [u8] => Bytes,
    Vec<Value> => List,
    BTreeMap<String, Value> => Map,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Map(message.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Said {
        #[serde(rename = "type")]
        type_name: String,
        text: Option<String>,
        seq: u64,
        readers: Vec<i32>,
    }

    #[test]
    fn a_struct_becomes_a_message_and_comes_back() {
        let said = Said { type_name: "chat.message".into(), text: None, seq: 7, readers: vec![-1, 2] };
        let message = Message::from_serialize(&said).unwrap();
        assert_eq!(message.type_name(), Some("chat.message"));
        assert_eq!(message.get("text"), Some(&Value::Null));
        assert_eq!(message.to::<Said>().unwrap(), said);
    }

    #[test]
    fn what_is_no_map_and_integers_outside_i64_are_refused() {
        for refused in [
            Message::from_serialize(&5).unwrap_err(),
            Message::from_serialize(&[("a", 1)]).unwrap_err(),
            Message::from_serialize(&BTreeMap::from([("seq", u64::MAX)])).unwrap_err(),
            Message::from_serialize(&BTreeMap::from([(1, 1)])).unwrap_err(),
            Message::new("a").to::<Said>().unwrap_err(),
        ] {
            assert!(matches!(refused, LayerError::Serialization(_)), "{refused}");
        }
    }

    #[test]
    fn the_reserved_key_is_refused_at_the_top_and_only_there() {
        let refused = Message::new("a").with(RESERVED_KEY, "b").check();
        assert!(matches!(refused, Err(LayerError::ReservedKey(RESERVED_KEY))));
        let nested = Message::default().with(RESERVED_KEY, "b");
        assert!(Message::new("a").with("nested", nested).check().is_ok());
    }

    #[test]
    fn messages_nest_64_levels_and_no_more() {
        let nested = |levels: usize| (1..levels).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        assert!(Message::new("a").with("list", nested(MAX_DEPTH)).check().is_ok());
        assert!(Message::new("a").with("list", nested(MAX_DEPTH + 1)).check().is_err());
    }
}
