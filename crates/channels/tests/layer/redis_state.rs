//! What the layers leave in Redis, and what they make of what others left there.

use std::time::Duration;

use channels::layer::{
    ChannelLayer, LayerError, Message, Options, Received, RedisLayer, RedisOptions, RedisPubSubLayer, non_local_name,
};
use redis::AsyncCommands;
use tokio::time::{sleep, timeout};

use crate::server::OwnRedis;

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("this should have happened long ago")
}

async fn message(layer: &RedisLayer, channel: &str) -> Message {
    match soon(layer.receive(channel)).await.unwrap() {
        Received::Message(message) => message,
        Received::Behind => panic!("nothing was lost"),
    }
}

#[tokio::test]
async fn a_process_is_one_member_of_a_group_and_renews_its_membership() {
    let redis = OwnRedis::start().await;
    let limits = Options::default().group_expiry(Duration::from_secs(2));
    let layer = RedisLayer::connect(RedisOptions::new([redis.url()]).limits(limits)).await.unwrap();
    let channels = [layer.new_channel(), layer.new_channel()];
    for channel in &channels {
        layer.group_add("room", channel).await.unwrap();
    }
    let mut connection = redis.connection().await;
    let first: Vec<(String, f64)> = connection.zrange_withscores("asgi:group:room", 0, -1).await.unwrap();
    let [(member, joined)] = &first[..] else { panic!("one member, not {first:?}") };

    // While both are read, the membership outlives its expiry.
    let reading = async { tokio::join!(message(&layer, &channels[0]), message(&layer, &channels[1])) };
    let sending = async {
        loop {
            let now: Option<f64> = redis.connection().await.zscore("asgi:group:room", member).await.unwrap();
            if now.is_some_and(|now| now > joined + 2.0) {
                break layer.group_send("room", Message::new("late")).await.unwrap();
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let (received, ()) = soon(async { tokio::join!(reading, sending) }).await;
    assert_eq!(received, (Message::new("late"), Message::new("late")));
}

#[tokio::test]
async fn a_layer_that_is_closed_leaves_its_groups_and_answers_no_more() {
    let redis = OwnRedis::start().await;
    let layer = RedisLayer::connect(RedisOptions::new([redis.url()])).await.unwrap();
    let channel = layer.new_channel();
    layer.group_add("room", &channel).await.unwrap();
    layer.close().await;
    let members: usize = redis.connection().await.zcard("asgi:group:room").await.unwrap();
    assert_eq!(members, 0);
    assert!(matches!(layer.send(&channel, Message::new("late")).await, Err(LayerError::Unreachable(_))));
}

#[tokio::test]
async fn the_connections_end_when_the_layers_are_dropped() {
    let redis = OwnRedis::start().await;
    let options = RedisOptions::new([redis.url()]);
    let core = RedisLayer::connect(options.clone()).await.unwrap();
    let pubsub = RedisPubSubLayer::connect(options).await.unwrap();
    core.send("worker", Message::new("work")).await.unwrap();
    message(&core, "worker").await;
    drop((core, pubsub));
    let mut connection = redis.connection().await;
    soon(async {
        loop {
            let clients: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut connection).await.unwrap();
            if clients.lines().count() == 1 {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_message_is_dropped_and_the_next_one_comes() {
    let redis = OwnRedis::start().await;
    let layer = RedisLayer::connect(RedisOptions::new([redis.url()])).await.unwrap();
    let channel = layer.new_channel();
    let mailbox = format!("asgi{}", non_local_name(&channel));
    let mut connection = redis.connection().await;
    let to_nobody = b"twelve bytes\x81\xb0__asgi_channel__\xa3abc".to_vec();
    let nested = [b"twelve bytes".to_vec(), vec![0x91; 100_000]].concat();
    for garbage in [b"".to_vec(), b"short".to_vec(), b"twelve bytes\xc1".to_vec(), nested, to_nobody] {
        let _: () = connection.zadd(&mailbox, garbage, 1).await.unwrap();
    }
    let _: () = connection.zadd("asgi:group:room", b"\xff\xfe", 9e12).await.unwrap();
    let _: () = connection.zadd("asgi:group:room", "no name at all", 9e12).await.unwrap();
    layer.group_add("room", &channel).await.unwrap();
    layer.group_send("room", Message::new("good")).await.unwrap();
    assert_eq!(message(&layer, &channel).await, Message::new("good"));
    assert_eq!(layer.metrics().dropped, 5);
}

#[tokio::test]
async fn every_channel_is_behind_when_the_mailbox_of_the_process_was_full() {
    let redis = OwnRedis::start().await;
    let limits = Options::default().capacity(3);
    let layer = RedisLayer::connect(RedisOptions::new([redis.url()]).limits(limits)).await.unwrap();
    let (channel, mailbox) = (layer.new_channel(), format!("asgi{}", non_local_name(&layer.new_channel())));
    let garbage = [(1, "a"), (2, "b"), (3, "c")];
    let _: () = redis.connection().await.zadd_multiple(&mailbox, &garbage).await.unwrap();
    assert_eq!(soon(layer.receive(&channel)).await.unwrap(), Received::Behind);
}

#[tokio::test]
async fn flush_deletes_the_keys_of_its_prefix_only() {
    let redis = OwnRedis::start().await;
    let [ours, theirs] = ["ours", "theirs"].map(|prefix| RedisOptions::new([redis.url()]).prefix(prefix));
    let (ours, theirs) = (RedisLayer::connect(ours).await.unwrap(), RedisLayer::connect(theirs).await.unwrap());
    ours.send("worker", Message::new("ours")).await.unwrap();
    theirs.send("worker", Message::new("theirs")).await.unwrap();
    ours.flush().await.unwrap();
    let keys: Vec<String> = redis.connection().await.keys("*").await.unwrap();
    assert_eq!(keys, ["theirsworker"]);
}

#[tokio::test]
async fn a_channel_of_another_process_can_not_be_received_from() {
    let redis = OwnRedis::start().await;
    let options = RedisOptions::new([redis.url()]);
    let one = RedisLayer::connect(options.clone()).await.unwrap();
    let two = RedisLayer::connect(options).await.unwrap();
    let channel = one.new_channel();
    assert!(matches!(two.receive(&channel).await, Err(LayerError::NotLocal(name)) if name == channel));
}

#[tokio::test]
async fn redis_is_reached_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let _redis = OwnRedis::start_with(&["--unixsocket", socket.to_str().unwrap()]).await;
    let url = format!("redis+unix://{}", socket.display());
    let layer = RedisLayer::connect(RedisOptions::new([url])).await.unwrap();
    layer.send("worker", Message::new("work")).await.unwrap();
    assert_eq!(message(&layer, "worker").await, Message::new("work"));
}
