//! Two processes that share a Redis.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use channels::layer::{RedisLayer, RedisOptions, RedisPubSubLayer, Serializer, SharedLayer};
use channels::presence::{Presence, PresenceOptions};
use tokio::time::timeout;

use crate::proxy::Proxy;

/// Far beyond everything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
enum Format {
    Core,
    PubSub,
}

/// How the processes of one test find each other.
#[derive(Clone)]
struct Deployment {
    format: Format,
    redis: RedisOptions,
}

impl Deployment {
    fn new(format: Format) -> Self {
        Self::on(format, redis_urls(), &own_prefix())
    }

    fn on(format: Format, urls: Vec<String>, prefix: &str) -> Self {
        Self { format, redis: RedisOptions::new(urls).prefix(prefix) }
    }

    async fn node(self) -> Presence {
        let layer: SharedLayer = match self.format {
            Format::Core => Arc::new(RedisLayer::connect(self.redis).await.unwrap()),
            Format::PubSub => Arc::new(RedisPubSubLayer::connect(self.redis).await.unwrap()),
        };
        let options = PresenceOptions::default()
            .heartbeat(Duration::from_millis(300))
            .timeout(Duration::from_millis(1_200))
            .collect(Duration::from_millis(20));
        Presence::start(layer, options).await.unwrap()
    }

    /// A node in a runtime of its own, which ends without a word when the answer is dropped.
    fn process(self, group: &'static str, key: &'static str) -> mpsc::Sender<()> {
        let (kill, killed) = mpsc::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let node = runtime.block_on(self.node());
            let _present = node.enter(group, key).unwrap();
            let _ = killed.recv();
            runtime.shutdown_background();
        });
        kill
    }
}

fn redis_urls() -> Vec<String> {
    let urls = std::env::var("COUNTERSIGN_TEST_REDIS").expect(
        "COUNTERSIGN_TEST_REDIS is not set. Start Redis for the tests: eval \"$(scripts/services.sh start redis)\"",
    );
    urls.split(',').map(str::to_owned).collect()
}

/// A prefix that no other test uses.
fn own_prefix() -> String {
    format!("test{:016x}", rand::random::<u64>())
}

async fn sees(node: &Presence, group: &str, keys: &[&str]) {
    let mut changes = node.changes();
    let seen = async {
        while node.list(group) != keys {
            changes.next().await.unwrap();
        }
    };
    if timeout(PATIENCE, seen).await.is_err() {
        panic!("{group} has {:?}, not {keys:?}", node.list(group));
    }
}

async fn check_two_nodes(deployment: Deployment) {
    let here = deployment.clone().node().await;
    let ann = here.enter("room", "ann").unwrap();
    let there = deployment.node().await;
    sees(&there, "room", &["ann"]).await;
    let many: Vec<_> = (0..3_000).map(|number| there.enter("many", &format!("{number:060}")).unwrap()).collect();
    let _bob = there.enter("room", "bob").unwrap();
    sees(&here, "room", &["ann", "bob"]).await;
    assert_eq!(here.count("many"), many.len());
    drop(ann);
    sees(&there, "room", &["bob"]).await;
    there.stop().await;
    sees(&here, "room", &[]).await;
    assert_eq!(here.count("many"), 0);
}

async fn check_crash(deployment: Deployment) {
    let here = deployment.clone().node().await;
    let kill = deployment.process("room", "bob");
    sees(&here, "room", &["bob"]).await;
    drop(kill);
    sees(&here, "room", &[]).await;
}

async fn check_outage(format: Format) {
    let (url, prefix) = (redis_urls().swap_remove(0), own_prefix());
    let proxy = Proxy::start(url.trim_start_matches("redis://").to_owned()).await;
    let here = Deployment::on(format, vec![url], &prefix).node().await;
    let there = Deployment::on(format, vec![proxy.url()], &prefix).node().await;
    let _present = [here.enter("room", "ann").unwrap(), there.enter("room", "bob").unwrap()];
    sees(&here, "room", &["ann", "bob"]).await;
    sees(&there, "room", &["ann", "bob"]).await;
    proxy.cut();
    sees(&here, "room", &["ann"]).await;
    assert_eq!(there.list("room"), ["ann", "bob"]);
    let _meanwhile = [here.enter("room", "cleo").unwrap(), there.enter("room", "dan").unwrap()];
    proxy.mend();
    sees(&here, "room", &["ann", "bob", "cleo", "dan"]).await;
    sees(&there, "room", &["ann", "bob", "cleo", "dan"]).await;
}

#[tokio::test]
async fn two_nodes_see_each_other_over_the_core_format() {
    check_two_nodes(Deployment::new(Format::Core)).await;
}

#[tokio::test]
async fn two_nodes_see_each_other_over_the_pubsub_format() {
    check_two_nodes(Deployment::new(Format::PubSub)).await;
}

#[tokio::test]
async fn two_nodes_see_each_other_when_the_layer_writes_json_and_encrypts() {
    for format in [Format::Core, Format::PubSub] {
        let mut deployment = Deployment::new(format);
        deployment.redis = deployment.redis.serializer(Serializer::Json).encryption_key("secret");
        check_two_nodes(deployment).await;
    }
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_after_the_timeout_over_the_core_format() {
    check_crash(Deployment::new(Format::Core)).await;
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_after_the_timeout_over_the_pubsub_format() {
    check_crash(Deployment::new(Format::PubSub)).await;
}

#[tokio::test]
async fn a_node_whose_redis_comes_back_catches_up_over_the_core_format() {
    check_outage(Format::Core).await;
}

#[tokio::test]
async fn a_node_whose_redis_comes_back_catches_up_over_the_pubsub_format() {
    check_outage(Format::PubSub).await;
}
