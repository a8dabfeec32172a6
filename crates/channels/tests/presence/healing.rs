//! Nodes that crash, are cut off or miss something.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use channels::layer::{MemoryLayer, Message, Options, SharedLayer};
use tokio::time::{Instant, advance, sleep};

use crate::node::{Node, diff, layer, next, nodes};

#[tokio::test(start_paused = true)]
async fn the_entries_of_a_crashed_node_leave_after_the_timeout() {
    let [here, there] = nodes(&layer()).await;
    let _present = here.enter("room", "ann").unwrap();
    let _both = [here.enter("room", "bob").unwrap(), there.enter("room", "bob").unwrap()];
    there.sees("room", &["ann", "bob"]).await;
    sleep(Duration::from_secs(1)).await;
    let mut changes = there.changes();
    // A heartbeat was told at most 5 seconds before the crash.
    let crashed = Instant::now();
    here.crash().await;
    assert_eq!(next(&mut changes).await, diff("room", &[], &["ann"]));
    let elapsed = crashed.elapsed();
    assert!(Duration::from_secs(10) <= elapsed && elapsed <= Duration::from_secs(17), "{elapsed:?}");
    assert_eq!(there.list("room"), ["bob"]);
}

#[tokio::test(start_paused = true)]
async fn a_diff_that_was_lost_is_repaired_by_the_next_heartbeat() {
    let [here, there] = nodes(&layer()).await;
    let gone = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
    here.wire.lose_diffs(1);
    drop(gone);
    let _present = here.enter("room", "bob").unwrap();
    let entered = Instant::now();
    there.sees("room", &["bob"]).await;
    assert!(entered.elapsed() <= Duration::from_secs(6), "{:?}", entered.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_diff_after_one_that_was_lost_repairs_it_at_once() {
    let [here, there] = nodes(&layer()).await;
    sleep(Duration::from_secs(5)).await;
    here.wire.lose_diffs(1);
    let _lost = here.enter("room", "ann").unwrap();
    sleep(Duration::from_secs(1)).await;
    let _present = here.enter("room", "bob").unwrap();
    let entered = Instant::now();
    there.sees("room", &["ann", "bob"]).await;
    assert!(entered.elapsed() <= Duration::from_secs(1), "{:?}", entered.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_cut_off_keeps_what_it_knows_and_catches_up_when_it_is_back() {
    let [here, there] = nodes(&layer()).await;
    let mut present = vec![here.enter("room", "ann").unwrap(), there.enter("room", "bob").unwrap()];
    here.sees("room", &["ann", "bob"]).await;
    there.sees("room", &["ann", "bob"]).await;
    here.wire.cut();
    there.sees("room", &["bob"]).await;
    present.push(here.enter("room", "cleo").unwrap());
    present.push(there.enter("room", "dan").unwrap());
    advance(Duration::from_secs(60)).await;
    assert_eq!(here.list("room"), ["ann", "bob", "cleo"]);
    here.wire.mend();
    here.sees("room", &["ann", "bob", "cleo", "dan"]).await;
    there.sees("room", &["ann", "bob", "cleo", "dan"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_died_while_another_was_cut_off_is_gone_a_timeout_after_that_one_is_back() {
    let [here, there] = nodes(&layer()).await;
    let _present = there.enter("room", "bob").unwrap();
    here.sees("room", &["bob"]).await;
    here.wire.cut();
    there.crash().await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(here.list("room"), ["bob"]);
    here.wire.mend();
    let mended = Instant::now();
    here.sees("room", &[]).await;
    assert!(mended.elapsed() <= Duration::from_secs(23), "{:?}", mended.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_the_layer_forgot_joins_again() {
    let layer = layer();
    let [here, there] = nodes(&layer).await;
    layer.flush().await.unwrap();
    let _present = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_fell_behind_catches_up_before_the_next_heartbeat() {
    let layer: SharedLayer = Arc::new(MemoryLayer::new(Options::default().capacity(3)));
    let [here, there] = nodes(&layer).await;
    sleep(Duration::from_millis(5_100)).await;
    let _lost = here.enter("room", "ann").unwrap();
    sleep(Duration::from_millis(499)).await;
    let entered = Instant::now();
    // The channels are full when the diff comes, because no node reads before this task waits.
    for _ in 0..10 {
        layer.group_send("presence", Message::new("noise")).await.unwrap();
    }
    here.wire.lose_diffs(1);
    there.sees("room", &["ann"]).await;
    assert_eq!(layer.metrics().behind, 2);
    assert!(entered.elapsed() <= Duration::from_secs(2), "{:?}", entered.elapsed());
}

#[tokio::test(start_paused = true)]
async fn twenty_nodes_learn_of_each_other_with_few_messages() {
    let layer = layer();
    let nodes: [Node; 20] = nodes(&layer).await;
    let present: Vec<_> =
        nodes.iter().enumerate().map(|(number, node)| node.enter("room", &format!("{number:02}")).unwrap()).collect();
    let keys: Vec<_> = present.iter().map(|present| present.key()).collect();
    for node in &nodes {
        node.sees("room", &keys).await;
    }
    sleep(Duration::from_secs(100)).await;
    let sent: usize = nodes.iter().map(|node| node.wire.sent.load(Ordering::Relaxed)).sum();
    // In 100 seconds each node tells 20 heartbeats, and a diff and what the start takes.
    assert!(sent < 20 * 30, "{sent}");
}
