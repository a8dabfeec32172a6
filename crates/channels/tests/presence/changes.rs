//! What the readers of changes are told.

use std::time::Duration;

use channels::presence::PresenceChange;
use tokio::time::{Instant, sleep};

use crate::node::{diff, layer, next, nodes};

#[tokio::test(start_paused = true)]
async fn changes_of_a_while_are_told_together_one_a_group() {
    let [here, there] = nodes(&layer()).await;
    let (mut at_here, mut at_there) = (here.changes(), there.changes());
    let entered = Instant::now();
    let ann = here.enter("a", "ann").unwrap();
    let _others = [here.enter("b", "ann").unwrap(), here.enter("a", "cleo").unwrap(), here.enter("a", "bob").unwrap()];
    for changes in [&mut at_here, &mut at_there] {
        assert_eq!(next(changes).await, diff("a", &["ann", "bob", "cleo"], &[]));
        assert_eq!(next(changes).await, diff("b", &["ann"], &[]));
    }
    assert!(entered.elapsed() <= Duration::from_millis(1_010), "{:?}", entered.elapsed());
    drop(ann);
    let _dan = here.enter("a", "dan").unwrap();
    for changes in [&mut at_here, &mut at_there] {
        assert_eq!(next(changes).await, diff("a", &["dan"], &["ann"]));
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_and_returns_at_once_has_not_left() {
    let [here, there] = nodes(&layer()).await;
    let ann = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
    let (mut at_here, mut at_there) = (here.changes(), there.changes());
    drop(ann);
    sleep(Duration::from_millis(400)).await;
    let _back = here.enter("room", "ann").unwrap();
    drop(here.enter("room", "passer-by").unwrap());
    let _marker = here.enter("marker", "ann").unwrap();
    for changes in [&mut at_here, &mut at_there] {
        assert_eq!(next(changes).await, diff("marker", &["ann"], &[]));
    }
}

#[tokio::test(start_paused = true)]
async fn who_returns_at_another_node_has_not_left_either() {
    let [first, second, third] = nodes(&layer()).await;
    let ann = first.enter("room", "ann").unwrap();
    third.sees("room", &["ann"]).await;
    let mut changes = third.changes();
    drop(ann);
    sleep(Duration::from_millis(300)).await;
    let _back = second.enter("room", "ann").unwrap();
    let _marker = second.enter("marker", "ann").unwrap();
    assert_eq!(next(&mut changes).await, diff("marker", &["ann"], &[]));
    assert_eq!(third.list("room"), ["ann"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_list_showed_for_a_moment_is_taken_back() {
    let [here] = nodes(&layer()).await;
    let mut changes = here.changes();
    let (ann, bob) = (here.enter("room", "ann").unwrap(), here.enter("room", "bob").unwrap());
    assert_eq!(here.list("room"), ["ann", "bob"]);
    drop(ann);
    assert_eq!(next(&mut changes).await, diff("room", &["bob"], &["ann"]));
    drop(bob);
    assert!(!here.is_present("room", "bob"));
    let _bob = here.enter("room", "bob").unwrap();
    assert_eq!(next(&mut changes).await, diff("room", &["bob"], &[]));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_lags_is_told_to_list_anew_and_then_reads_on() {
    let [here] = nodes(&layer()).await;
    let mut changes = here.changes();
    let mut present = Vec::new();
    for number in 0..100 {
        present.push(here.enter("room", &format!("{number:03}")).unwrap());
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(next(&mut changes).await, PresenceChange::Reset);
    assert_eq!(here.count("room"), 100);
    let _last = here.enter("room", "last").unwrap();
    assert_eq!(next(&mut changes).await, diff("room", &["last"], &[]));
}
