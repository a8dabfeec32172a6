//! Rust and Python in one group: `channels_redis` from PyPI on the other side.

use std::sync::Arc;

use bytes::Bytes;
use channels::layer::{
    Message, Options, Received, RedisLayer, RedisOptions, RedisPubSubLayer, Serializer, SharedLayer, Value,
};
use serde_json::json;

use crate::environment::{own_prefix, redis_urls};
use crate::peer::Peer;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Core,
    PubSub,
}

#[derive(Clone, Copy)]
struct Setting {
    format: Format,
    instances: usize,
    serializer: Serializer,
    key: Option<&'static str>,
}

impl Setting {
    async fn start(self) -> (SharedLayer, Peer) {
        let (hosts, prefix) = (redis_urls(self.instances), own_prefix());
        let mut options = RedisOptions::new(hosts.clone())
            .prefix(&prefix)
            .serializer(self.serializer)
            .limits(Options::default().capacity(1_000));
        if let Some(key) = self.key {
            options = options.encryption_key(key);
        }
        let (layer, backend): (SharedLayer, _) = match self.format {
            Format::Core => (Arc::new(RedisLayer::connect(options).await.unwrap()), "core"),
            Format::PubSub => (Arc::new(RedisPubSubLayer::connect(options).await.unwrap()), "pubsub"),
        };
        let serializer = if self.serializer == Serializer::Json { "json" } else { "msgpack" };
        let config = json!({
            "backend": backend, "hosts": hosts, "prefix": prefix, "serializer": serializer, "key": self.key,
        });
        let (peer, ready) = Peer::start("layer.py", &[config.to_string()]).await;
        assert_eq!(ready, json!({"ready": true}));
        (layer, peer)
    }

    /// Every kind of value that the serializer carries, as Rust and as the peer show it.
    fn message(self, number: i64) -> (Message, serde_json::Value) {
        let mut message = Message::new("chat.message")
            .with("number", number)
            .with("text", "你好 \u{1F600}")
            .with("null", Value::Null)
            .with("float", 2.5)
            .with("list", vec![Value::Bool(true), Value::Int(i64::MIN), Value::Int(i64::MAX)])
            .with("map", Message::new("inner"));
        let mut shown = json!({
            "type": "chat.message", "number": number, "text": "你好 \u{1F600}", "null": null, "float": 2.5,
            "list": [true, i64::MIN, i64::MAX], "map": {"type": "inner"},
        });
        if self.serializer == Serializer::Msgpack {
            message = message.with("bytes", Bytes::from_static(b"\x00\xff"));
            shown["bytes"] = json!({"__bytes__": "00ff"});
        }
        (message, shown)
    }
}

async fn received(layer: &SharedLayer, channel: &str) -> Message {
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), layer.receive(channel));
    match next.await.expect("a message comes").unwrap() {
        Received::Message(message) => message,
        Received::Behind => panic!("nothing was lost"),
    }
}

async fn both_send_to_each_others_channels(setting: Setting) {
    let (layer, mut python) = setting.start().await;
    // Many channels, so that all instances take part.
    for number in 0..8 {
        let (message, shown) = setting.message(number);
        let ours = layer.new_channel();
        python.ask(json!({"command": "send", "channel": ours, "message": shown})).await;
        assert_eq!(received(&layer, &ours).await, message);

        let theirs = python.new_channel().await;
        layer.send(&theirs, message).await.unwrap();
        assert_eq!(python.receive(&theirs).await, shown);
    }
}

async fn both_are_in_one_group(setting: Setting) {
    let (layer, mut python) = setting.start().await;
    let ours = [layer.new_channel(), layer.new_channel()];
    let theirs = [python.new_channel().await, python.new_channel().await];
    for number in 0..8 {
        let group = format!("room-{number}");
        let (message, shown) = setting.message(number);
        for channel in &ours {
            layer.group_add(&group, channel).await.unwrap();
        }
        for channel in &theirs {
            python.ask(json!({"command": "group_add", "group": group, "channel": channel})).await;
        }
        layer.group_send(&group, message.clone()).await.unwrap();
        python.ask(json!({"command": "group_send", "group": group, "message": shown})).await;
        for _ in 0..2 {
            for channel in &ours {
                assert_eq!(received(&layer, channel).await, message);
            }
            for channel in &theirs {
                assert_eq!(python.receive(channel).await, shown);
            }
        }
        layer.group_discard(&group, &ours[0]).await.unwrap();
        python.ask(json!({"command": "group_discard", "group": group, "channel": theirs[0]})).await;
        let (message, shown) = setting.message(number + 100);
        python.ask(json!({"command": "group_send", "group": group, "message": shown})).await;
        assert_eq!(received(&layer, &ours[1]).await, message);
        assert_eq!(python.receive(&theirs[1]).await, shown);
    }
    // Who was discarded has nothing of the last round before this.
    let (message, shown) = setting.message(-1);
    python.ask(json!({"command": "send", "channel": ours[0], "message": shown})).await;
    assert_eq!(received(&layer, &ours[0]).await, message);
}

macro_rules! with_python {
    ($($name:ident: $format:ident, $instances:literal, $serializer:ident, $key:expr;)*) => {$(
        mod $name {
            use super::*;

            const SETTING: Setting = Setting {
                format: Format::$format,
                instances: $instances,
                serializer: Serializer::$serializer,
                key: $key,
            };

            #[tokio::test]
            async fn both_send_to_each_others_channels() {
                super::both_send_to_each_others_channels(SETTING).await;
            }

            #[tokio::test]
            async fn both_are_in_one_group() {
                super::both_are_in_one_group(SETTING).await;
            }
        }
    )*};
}

with_python! {
    core_msgpack: Core, 1, Msgpack, None;
    core_json: Core, 1, Json, None;
    core_encrypted: Core, 1, Msgpack, Some("a secret");
    core_encrypted_json: Core, 1, Json, Some("a secret");
    core_four_instances: Core, 4, Msgpack, None;
    core_four_instances_encrypted_json: Core, 4, Json, Some("a secret");
    pubsub_msgpack: PubSub, 1, Msgpack, None;
    pubsub_json: PubSub, 1, Json, None;
    pubsub_encrypted: PubSub, 1, Msgpack, Some("a secret");
    pubsub_four_instances: PubSub, 4, Msgpack, None;
    pubsub_four_instances_encrypted_json: PubSub, 4, Json, Some("a secret");
}

#[tokio::test]
async fn a_worker_of_either_language_receives_what_the_other_sends_to_its_name() {
    let setting = Setting { format: Format::Core, instances: 1, serializer: Serializer::Msgpack, key: None };
    let (layer, mut python) = setting.start().await;
    let (message, shown) = setting.message(1);
    python.ask(json!({"command": "send", "channel": "worker", "message": shown})).await;
    assert_eq!(received(&layer, "worker").await, message);
    layer.send("worker", message).await.unwrap();
    assert_eq!(python.receive("worker").await, shown);
}

/// Python spreads the messages for a name over all instances, in turn.
#[tokio::test]
async fn a_worker_finds_what_python_sends_to_its_name_on_any_instance() {
    let setting = Setting { format: Format::Core, instances: 4, serializer: Serializer::Msgpack, key: None };
    let (layer, mut python) = setting.start().await;
    for number in 0..8 {
        let (message, shown) = setting.message(number);
        python.ask(json!({"command": "send", "channel": "worker", "message": shown})).await;
        assert_eq!(received(&layer, "worker").await, message);
    }
}
