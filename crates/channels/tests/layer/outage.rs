//! A Redis that goes away and comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use channels::layer::{
    ChannelLayer, LayerError, LayerEvent, Message, Received, RedisLayer, RedisOptions, RedisPubSubLayer, SharedLayer,
};
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};

use crate::server::OwnRedis;

/// A Redis that is back is found within a second, and a group send answers within two.
const PATIENCE: Duration = Duration::from_secs(20);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("this should have happened long ago")
}

async fn core(urls: Vec<String>) -> SharedLayer {
    Arc::new(RedisLayer::connect(RedisOptions::new(urls)).await.unwrap())
}

async fn pubsub(urls: Vec<String>) -> SharedLayer {
    Arc::new(RedisPubSubLayer::connect(RedisOptions::new(urls)).await.unwrap())
}

async fn event(events: &mut broadcast::Receiver<LayerEvent>) -> LayerEvent {
    soon(events.recv()).await.unwrap()
}

async fn receive(layer: &SharedLayer, channel: &str) -> Received {
    soon(layer.receive(channel)).await.unwrap()
}

async fn assert_is_unreachable(layer: &SharedLayer, channel: &str) {
    let started = Instant::now();
    let answers = [
        layer.group_send("room", Message::new("lost")).await,
        layer.send(channel, Message::new("lost")).await,
        layer.group_add("another-room", channel).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(LayerError::Unreachable(_))), "{answer:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "three answers took {:?}", started.elapsed());
}

/// Everything is as it was, but the members know that messages may be missing.
async fn assert_is_restored(layer: &SharedLayer, channel: &str) {
    assert_eq!(receive(layer, channel).await, Received::Behind);
    soon(layer.group_send("room", Message::new("to.group"))).await.unwrap();
    assert_eq!(receive(layer, channel).await, Received::Message(Message::new("to.group")));
    soon(layer.send(channel, Message::new("to.channel"))).await.unwrap();
    assert_eq!(receive(layer, channel).await, Received::Message(Message::new("to.channel")));
    assert_eq!(layer.metrics().reconnects, 1);
}

async fn comes_back_after_it_was_killed(make: impl AsyncFn(Vec<String>) -> SharedLayer) {
    let mut redis = OwnRedis::start().await;
    let layer = make(vec![redis.url()]).await;
    let (channel, mut events) = (layer.new_channel(), layer.events());
    layer.group_add("room", &channel).await.unwrap();

    redis.kill().await;
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    assert_is_unreachable(&layer, &channel).await;
    redis.start_again().await;

    assert!(matches!(event(&mut events).await, LayerEvent::Recovered { .. }));
    assert_is_restored(&layer, &channel).await;
    assert!(events.is_empty());
}

async fn is_missed_when_it_answers_no_more(make: impl AsyncFn(Vec<String>) -> SharedLayer) {
    let redis = OwnRedis::start().await;
    let layer = make(vec![redis.url()]).await;
    let (channel, mut events) = (layer.new_channel(), layer.events());
    layer.group_add("room", &channel).await.unwrap();

    redis.signal("STOP").await;
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    assert_is_unreachable(&layer, &channel).await;
    redis.signal("CONT").await;

    let LayerEvent::Recovered { after } = event(&mut events).await else { panic!("it is back") };
    assert!(after < PATIENCE);
    assert_is_restored(&layer, &channel).await;
}

/// Short outages and long ones end alike: nobody gives up, and nobody waits for minutes before asking again.
async fn comes_back_after(outage: Duration, make: impl AsyncFn(Vec<String>) -> SharedLayer) {
    let mut redis = OwnRedis::start().await;
    let layer = make(vec![redis.url()]).await;
    let (channel, mut events) = (layer.new_channel(), layer.events());
    layer.group_add("room", &channel).await.unwrap();

    let began = Instant::now();
    redis.kill().await;
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    sleep(outage.saturating_sub(began.elapsed())).await;
    assert!(events.is_empty());
    redis.start_again().await;

    let LayerEvent::Recovered { after } = event(&mut events).await else { panic!("it is back") };
    assert!(after + Duration::from_secs(1) >= outage, "{after:?} of {outage:?}");
    assert_is_restored(&layer, &channel).await;
}

/// 40 s only when there is time for it.
fn outages() -> &'static [u64] {
    if std::env::var_os("COUNTERSIGN_TEST_LONG").is_some() { &[3, 40] } else { &[3] }
}

/// Each instance of several is watched; the event tells when all are back.
async fn one_of_several_comes_back(make: impl AsyncFn(Vec<String>) -> SharedLayer) {
    let mut redis = [OwnRedis::start().await, OwnRedis::start().await, OwnRedis::start().await];
    let layer = make(redis.iter().map(OwnRedis::url).collect()).await;
    let (channel, mut events) = (layer.new_channel(), layer.events());
    let groups: Vec<_> = (0..12).map(|number| format!("room-{number}")).collect();
    for group in &groups {
        layer.group_add(group, &channel).await.unwrap();
    }
    redis[0].kill().await;
    redis[1].kill().await;
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    redis[1].start_again().await;
    redis[0].start_again().await;
    assert!(matches!(event(&mut events).await, LayerEvent::Recovered { .. }));
    for group in &groups {
        soon(layer.group_send(group, Message::new(group.as_str()))).await.unwrap();
        loop {
            match receive(&layer, &channel).await {
                Received::Behind => {}
                Received::Message(message) => break assert_eq!(message.type_name(), Some(group.as_str())),
            }
        }
    }
    assert_eq!(layer.metrics().reconnects, 2);
}

mod core_format {
    #[tokio::test]
    async fn comes_back_after_outages_of_every_length() {
        for seconds in super::outages() {
            super::comes_back_after(super::Duration::from_secs(*seconds), super::core).await;
        }
    }

    #[tokio::test]
    async fn comes_back_after_it_was_killed() {
        super::comes_back_after_it_was_killed(super::core).await;
    }

    #[tokio::test]
    async fn is_missed_when_it_answers_no_more() {
        super::is_missed_when_it_answers_no_more(super::core).await;
    }

    #[tokio::test]
    async fn one_of_several_comes_back() {
        super::one_of_several_comes_back(super::core).await;
    }
}

mod pubsub_format {
    #[tokio::test]
    async fn comes_back_after_outages_of_every_length() {
        for seconds in super::outages() {
            super::comes_back_after(super::Duration::from_secs(*seconds), super::pubsub).await;
        }
    }

    #[tokio::test]
    async fn comes_back_after_it_was_killed() {
        super::comes_back_after_it_was_killed(super::pubsub).await;
    }

    #[tokio::test]
    async fn is_missed_when_it_answers_no_more() {
        super::is_missed_when_it_answers_no_more(super::pubsub).await;
    }

    #[tokio::test]
    async fn one_of_several_comes_back() {
        super::one_of_several_comes_back(super::pubsub).await;
    }
}

#[tokio::test]
async fn a_worker_that_waits_goes_on_when_redis_is_back() {
    let mut redis = OwnRedis::start().await;
    let layer = core(vec![redis.url()]).await;
    let mut events = layer.events();
    let reader = tokio::spawn({
        let layer = layer.clone();
        async move { [layer.receive("worker").await.unwrap(), layer.receive("worker").await.unwrap()] }
    });
    // The reader works before Redis goes.
    layer.send("other", Message::new("first")).await.unwrap();
    assert!(matches!(receive(&layer, "other").await, Received::Message(_)));
    redis.kill().await;
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    redis.start_again().await;
    assert!(matches!(event(&mut events).await, LayerEvent::Recovered { .. }));
    layer.send("worker", Message::new("work")).await.unwrap();
    let received = soon(reader).await.unwrap();
    assert_eq!(received, [Received::Behind, Received::Message(Message::new("work"))]);
}

#[tokio::test]
async fn a_layer_can_start_before_redis() {
    let mut redis = OwnRedis::start().await;
    redis.kill().await;
    let refused = RedisLayer::connect(RedisOptions::new([redis.url()])).await.unwrap_err();
    assert!(matches!(refused, LayerError::Unreachable(_)), "{refused}");

    let layer = RedisLayer::start(RedisOptions::new([redis.url()])).unwrap();
    let mut events = layer.events();
    assert_eq!(event(&mut events).await, LayerEvent::Lost);
    redis.start_again().await;
    assert!(matches!(event(&mut events).await, LayerEvent::Recovered { .. }));
    layer.send("worker", Message::new("work")).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_no_redis_url_is_a_configuration_error() {
    let bad_prefix = RedisOptions::new(["redis://127.0.0.1"]).prefix("a b");
    let [http, tls] = [RedisOptions::new(["http://127.0.0.1"]), RedisOptions::new(["rediss://127.0.0.1"])];
    for options in [bad_prefix, http, tls, RedisOptions::new([""; 0])] {
        assert!(matches!(RedisLayer::start(options.clone()), Err(LayerError::Configuration(_))));
        assert!(matches!(RedisPubSubLayer::start(options), Err(LayerError::Configuration(_))));
    }
}
