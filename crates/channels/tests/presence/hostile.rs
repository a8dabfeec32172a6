//! What no node would send.

use channels::layer::{Message, RESERVED_KEY, Value};

use crate::node::{layer, nodes};

fn names(group: &str, keys: &[&str]) -> Value {
    let keys = keys.iter().map(|key| Value::from(*key)).collect::<Vec<_>>();
    Value::from(Message::default().with(group, keys))
}

fn from_stranger(type_name: &str) -> Message {
    Message::new(type_name).with("node", "stranger").with("channel", "nowhere").with("version", 1)
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_malformed_are_ignored() {
    let layer = layer();
    let [here, there] = nodes(&layer).await;
    let long = "a".repeat(256);
    for message in [
        Message::default(),
        Message::new("chat.message").with("text", "Hello"),
        Message::new("presence.diff"),
        from_stranger("presence.unknown"),
        from_stranger("presence.diff"),
        from_stranger("presence.diff").with("joined", "room").with("left", Value::Null),
        from_stranger("presence.diff").with("joined", names("room", &[&long])).with("left", names(&long, &[])),
        from_stranger("presence.diff").with("joined", names("room", &["x"])).with("left", vec![0_u8]),
        from_stranger("presence.diff").with("version", i64::MIN),
        from_stranger("presence.ask").with("after", vec![Value::from(1)]).with("channel", "no channel!!"),
        from_stranger("presence.state").with("entries", names("room", &["x"])).with("more", 7),
        from_stranger("presence.leave").with("version", f64::NAN),
    ] {
        layer.group_send("presence", message).await.unwrap();
    }
    assert!(layer.group_send("presence", Message::default().with(RESERVED_KEY, 1)).await.is_err());
    let _present = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_state_that_nobody_asked_for_and_a_version_that_never_comes_change_nothing() {
    let layer = layer();
    let [here, there] = nodes(&layer).await;
    let state = from_stranger("presence.state").with("after", Value::Null).with("more", false);
    layer.group_send("presence", state.with("entries", names("room", &["x"]))).await.unwrap();
    let diff = from_stranger("presence.diff").with("joined", names("room", &["x"])).with("left", names("room", &[]));
    layer.group_send("presence", diff.with("version", i64::MAX)).await.unwrap();
    let _present = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
}

#[tokio::test(start_paused = true)]
async fn no_more_than_1024_nodes_are_listened_to() {
    let layer = layer();
    let [here] = nodes(&layer).await;
    let mut changes = here.changes();
    for number in 0..1_100 {
        let diff = from_stranger("presence.diff").with("node", format!("stranger-{number}"));
        let diff = diff.with("joined", names("room", &[&format!("{number:04}")])).with("left", names("room", &[]));
        layer.group_send("presence", diff).await.unwrap();
        tokio::task::yield_now().await;
    }
    changes.next().await.unwrap();
    assert_eq!(here.count("room"), 1_024);
    // They are silent from now on.
    here.sees("room", &[]).await;
}
