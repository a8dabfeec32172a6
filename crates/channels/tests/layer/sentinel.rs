//! Redis behind Sentinel: the layer goes to the new master after a failover.

use std::time::Duration;

use channels::layer::{ChannelLayer, LayerEvent, Message, Received, RedisLayer, RedisOptions};
use tokio::time::{sleep, timeout};

use crate::server::{OwnRedis, free_port};

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(40), future).await.expect("this should have happened long ago")
}

/// Starts a Sentinel that watches the master and takes half a second of silence for its death.
async fn sentinel_for(master: &OwnRedis, folder: &std::path::Path) -> OwnRedis {
    let configuration = folder.join("sentinel.conf");
    let port = master.port();
    std::fs::write(
        &configuration,
        format!(
            "sentinel monitor main 127.0.0.1 {port} 1\n\
             sentinel down-after-milliseconds main 500\n\
             sentinel failover-timeout main 5000\n"
        ),
    )
    .unwrap();
    OwnRedis::start_with(&[configuration.to_str().unwrap(), "--sentinel"]).await
}

async fn sentinel_knows_a_replica(sentinel: &OwnRedis) {
    let mut connection = sentinel.connection().await;
    loop {
        let mut command = redis::cmd("SENTINEL");
        let replicas: Vec<redis::Value> =
            command.arg("REPLICAS").arg("main").query_async(&mut connection).await.unwrap();
        if !replicas.is_empty() {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_layer_follows_a_failover() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = OwnRedis::start().await;
    let _replica = OwnRedis::start_with(&["--replicaof", "127.0.0.1", &master.port().to_string()]).await;
    let sentinel = sentinel_for(&master, folder.path()).await;
    soon(sentinel_knows_a_replica(&sentinel)).await;

    let nobody = format!("redis://127.0.0.1:{}", free_port());
    let options = RedisOptions::new([""; 0]).sentinel([nobody, sentinel.url()], "main");
    let layer = RedisLayer::connect(options).await.unwrap();
    let (channel, mut events) = (layer.new_channel(), layer.events());
    layer.group_add("room", &channel).await.unwrap();

    master.kill().await;
    assert_eq!(soon(events.recv()).await.unwrap(), LayerEvent::Lost);
    assert!(matches!(soon(events.recv()).await.unwrap(), LayerEvent::Recovered { .. }));
    assert_eq!(soon(layer.receive(&channel)).await.unwrap(), Received::Behind);
    soon(layer.group_send("room", Message::new("after"))).await.unwrap();
    assert_eq!(soon(layer.receive(&channel)).await.unwrap(), Received::Message(Message::new("after")));
}
