//! Who is where, as long as nothing goes wrong.

use std::time::Duration;

use channels::presence::{MAX_NAME_BYTES, PresenceError, PresenceOptions};
use tokio::time::{Instant, advance, sleep};

use crate::node::{Node, diff, layer, next, nodes};

#[tokio::test(start_paused = true)]
async fn who_enters_is_present_here_at_once_and_at_the_other_node_soon() {
    let [here, there] = nodes(&layer()).await;
    let present = here.enter("room-7", "person-42").unwrap();
    assert_eq!((present.group(), present.key()), ("room-7", "person-42"));
    assert!(here.is_present("room-7", "person-42"));
    assert!(!there.is_present("room-7", "person-42"));
    let entered = Instant::now();
    there.sees("room-7", &["person-42"]).await;
    assert!(entered.elapsed() <= Duration::from_secs(1), "{:?}", entered.elapsed());
    assert_eq!(there.count("room-7"), 1);
    drop(present);
    assert_eq!(here.list("room-7"), [""; 0]);
    there.sees("room-7", &[]).await;
    assert_eq!(there.count("room-7"), 0);
}

#[tokio::test(start_paused = true)]
async fn lists_are_sorted_and_groups_are_apart() {
    let [here, there] = nodes(&layer()).await;
    let _present = ["c", "a", "人", "b"].map(|key| here.enter("room", key).unwrap());
    let _elsewhere = here.enter("", "").unwrap();
    there.sees("room", &["a", "b", "c", "人"]).await;
    there.sees("", &[""]).await;
    there.sees("roo", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn several_connections_of_one_key_count_once_and_leave_with_the_last() {
    let [here, there] = nodes(&layer()).await;
    let mut changes = there.changes();
    let tabs: Vec<_> = (0..3).map(|_| here.enter("room", "ann").unwrap()).collect();
    assert_eq!(next(&mut changes).await, diff("room", &["ann"], &[]));
    assert_eq!((here.count("room"), there.count("room")), (1, 1));
    for tab in tabs {
        assert!(here.is_present("room", "ann"));
        advance(Duration::from_secs(5)).await;
        assert!(there.is_present("room", "ann"));
        drop(tab);
    }
    assert_eq!(next(&mut changes).await, diff("room", &[], &["ann"]));
}

#[tokio::test(start_paused = true)]
async fn a_key_at_two_nodes_leaves_with_the_second() {
    let [first, second, third] = nodes(&layer()).await;
    let mut changes = third.changes();
    let at_first = first.enter("room", "ann").unwrap();
    assert_eq!(next(&mut changes).await, diff("room", &["ann"], &[]));
    let at_second = second.enter("room", "ann").unwrap();
    advance(Duration::from_secs(2)).await;
    drop(at_first);
    let _marker = first.enter("marker", "ann").unwrap();
    assert_eq!(next(&mut changes).await, diff("marker", &["ann"], &[]));
    assert!([&first, &second, &third].into_iter().all(|node| node.list("room") == ["ann"]));
    drop(at_second);
    assert_eq!(next(&mut changes).await, diff("room", &[], &["ann"]));
}

#[tokio::test(start_paused = true)]
async fn a_late_joiner_learns_everything_within_a_second() {
    let layer = layer();
    let [first, second] = nodes(&layer).await;
    let _present = [first.enter("room", "ann").unwrap(), second.enter("room", "bob").unwrap()];
    second.sees("room", &["ann", "bob"]).await;
    advance(Duration::from_secs(3)).await;
    let started = Instant::now();
    let late = Node::start(&layer).await;
    late.sees("room", &["ann", "bob"]).await;
    assert!(started.elapsed() <= Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_late_joiner_learns_a_large_state_in_small_messages_while_it_changes() {
    let layer = layer();
    let [first] = nodes(&layer).await;
    let key = |number: usize| format!("{number:05}{}", "\"".repeat(50));
    let mut present: Vec<_> =
        (0..5_000).map(|number| first.enter(&format!("room-{}", number % 7), &key(number)).unwrap()).collect();
    sleep(Duration::from_secs(2)).await;
    let late = Node::start(&layer).await;
    for number in (0..5_000).step_by(2) {
        drop(std::mem::replace(&mut present[number], first.enter("new", &key(number)).unwrap()));
        if number % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let _last = first.enter("last", "ann").unwrap();
    late.sees("last", &["ann"]).await;
    for group in ["new", "room-0", "room-3", "room-6"] {
        assert!(late.count(group) > 300, "{}", late.count(group));
        assert_eq!(late.list(group), first.list(group));
    }
    let largest = first.wire.largest.load(std::sync::atomic::Ordering::Relaxed);
    assert!((32 << 10..64 << 10).contains(&largest), "{largest}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_says_so_and_takes_nobody_any_more() {
    let [here, there] = nodes(&layer()).await;
    let present = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
    let (stopped, mut changes) = (Instant::now(), here.changes());
    here.stop().await;
    there.sees("room", &[]).await;
    assert!(stopped.elapsed() <= Duration::from_secs(1), "{:?}", stopped.elapsed());
    assert_eq!(here.list("room"), [""; 0]);
    assert!(matches!(here.enter("room", "ann"), Err(PresenceError::Stopped)));
    assert_eq!(changes.next().await, None);
    assert_eq!(here.changes().next().await, None);
    here.stop().await;
    drop(present);
}

#[tokio::test(start_paused = true)]
async fn a_node_leaves_with_its_last_handle_and_a_connection_is_one() {
    let layer = layer();
    let [here, there] = nodes(&layer).await;
    let present = here.enter("room", "ann").unwrap();
    let mut changes = here.changes();
    drop(here);
    there.sees("room", &["ann"]).await;
    advance(Duration::from_secs(60)).await;
    there.sees("room", &["ann"]).await;
    drop(present);
    there.sees("room", &[]).await;
    while changes.next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn presences_with_other_names_know_nothing_of_each_other() {
    let layer = layer();
    let here = Node::start_with(&layer, PresenceOptions::default().name("chat")).await;
    let other = Node::start_with(&layer, PresenceOptions::default().name("chart")).await;
    let there = Node::start_with(&layer, PresenceOptions::default().name("chat")).await;
    let _present = here.enter("room", "ann").unwrap();
    there.sees("room", &["ann"]).await;
    assert_eq!(other.count("room"), 0);
}

#[tokio::test(start_paused = true)]
async fn names_have_a_length_and_entries_a_limit() {
    let layer = layer();
    let here = Node::start_with(&layer, PresenceOptions::default().max_entries(2)).await;
    let long = "a".repeat(MAX_NAME_BYTES);
    let too_long = format!("{long}a");
    assert!(matches!(here.enter(&too_long, "a"), Err(PresenceError::NameTooLong { what: "group", bytes: 256 })));
    assert!(matches!(here.enter("a", &too_long), Err(PresenceError::NameTooLong { what: "key", bytes: 256 })));
    let present = [here.enter(&long, &long).unwrap(), here.enter("b", "b").unwrap()];
    let _again = here.enter("b", "b").unwrap();
    assert!(matches!(here.enter("c", "c"), Err(PresenceError::LimitReached { limit: 2 })));
    drop(present);
    drop(here.enter("c", "c").unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_did_not_fit_is_learnt_when_there_is_room() {
    let layer = layer();
    let [here] = nodes(&layer).await;
    let small = Node::start_with(&layer, PresenceOptions::default().max_entries(3)).await;
    let mut present: Vec<_> = ["a", "b", "c", "d", "e"].map(|key| here.enter("room", key).unwrap()).into();
    small.sees("room", &["a", "b", "c"]).await;
    present.drain(..3);
    small.sees("room", &["d", "e"]).await;
}

#[tokio::test]
async fn wrong_options_are_refused() {
    let (second, layer) = (Duration::from_secs(1), layer());
    for refused in [
        PresenceOptions::default().heartbeat(Duration::ZERO),
        PresenceOptions::default().heartbeat(second).timeout(2 * second),
        PresenceOptions::default().timeout(Duration::MAX),
        PresenceOptions::default().collect(6 * second),
        PresenceOptions::default().name("no name"),
    ] {
        let error = channels::presence::Presence::start(layer.clone(), refused).await.unwrap_err();
        assert!(matches!(error, PresenceError::Configuration(_) | PresenceError::Layer(_)), "{error}");
    }
}
