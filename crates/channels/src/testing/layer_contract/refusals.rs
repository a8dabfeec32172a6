//! What no layer takes.

use super::{SharedLayer, numbered, soon};
use crate::layer::{LayerError, MAX_DEPTH, Message, Options, RESERVED_KEY, Value};

pub async fn names_that_are_no_names_are_refused(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    let long = "a".repeat(100);
    for bad in ["", "a b", "a:b", "!a", "a!b!c", "é", "a\n", &long] {
        let answers = [
            soon(layer.send(bad, numbered(1))).await,
            soon(layer.receive(bad)).await.map(drop),
            soon(layer.group_add("room", bad)).await,
            soon(layer.group_discard("room", bad)).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(LayerError::InvalidChannelName(_))), "{bad:?}: {answer:?}");
        }
    }
    for bad in ["", "a b", "room!", "é", "room\n", &long] {
        let answers = [
            soon(layer.group_add(bad, &channel)).await,
            soon(layer.group_discard(bad, &channel)).await,
            soon(layer.group_send(bad, numbered(1))).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(LayerError::InvalidGroupName(_))), "{bad:?}: {answer:?}");
        }
    }
}

pub async fn the_reserved_key_is_refused(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    let message = Message::new("a").with(RESERVED_KEY, channel.as_str());
    for answer in [soon(layer.send(&channel, message.clone())).await, soon(layer.group_send("a", message)).await] {
        assert!(matches!(answer, Err(LayerError::ReservedKey(RESERVED_KEY))), "{answer:?}");
    }
}

pub async fn messages_that_nest_too_deeply_are_refused(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    let nested = (0..MAX_DEPTH).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    let message = Message::new("a").with("nested", nested);
    for answer in [soon(layer.send(&channel, message.clone())).await, soon(layer.group_send("a", message)).await] {
        assert!(matches!(answer, Err(LayerError::Serialization(_))), "{answer:?}");
    }
}
