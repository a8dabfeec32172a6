//! Several servers on one database, which tell each other over Redis.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::setup::{Heard, Live, Person, Site, Team, log, seqs};

/// What two people at two nodes see of a room.
struct Scene {
    ann: Person,
    bob: Person,
    room: i64,
    anns: Live,
    bobs: Live,
}

impl Scene {
    async fn new(first: &str, second: &str, team: &Team) -> Self {
        let [ann, bob] = team.people(["ann", "bob"]).await;
        let (ann, bob) = (ann.at(first), bob.at(second));
        let room = ann.makes_room("private", &[&bob]).await;
        let (anns, bobs) = (ann.follows(room, 0).await, bob.follows(room, 0).await);
        Self { ann, bob, room, anns, bobs }
    }

    /// Both type until the other hears it: from then on the nodes are connected. Typing goes over the layer only.
    async fn until_connected(&mut self) {
        let Self { ann, bob, room, anns, bobs } = self;
        until_heard(anns, bobs, *room, ann).await;
        until_heard(bobs, anns, *room, bob).await;
    }

    async fn both_say(&self, count: usize) {
        let says = |person: &Person, number: usize| {
            let text = format!("{number} of {}", person.username);
            let (person, room) = (person.at(&person.url), self.room);
            async move { person.says(room, &text).await }
        };
        join_all((0..count).flat_map(|number| [says(&self.ann, number), says(&self.bob, number)])).await;
    }

    async fn both_see(&mut self, last: i64) -> Vec<Value> {
        let name = log(self.room);
        let anns = self.anns.entries_to(&name, last).await;
        let bobs = self.bobs.entries_to(&name, last).await;
        assert_eq!(anns, bobs);
        anns
    }
}

/// Types until the other hears it.
async fn until_heard(from: &mut Live, to: &mut Live, room: i64, typist: &Person) {
    let heard = json!({"type": "typing", "room": room, "person": typist.id});
    loop {
        from.send(json!({"type": "typing", "room": room})).await;
        // Somebody's typing is passed on once in two seconds.
        if to.hears_within(&heard, Duration::from_millis(2100)).await {
            return;
        }
    }
}

#[tokio::test]
async fn people_at_two_nodes_see_one_order_and_each_other_typing() {
    let site = Site::new().await;
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let mut scene = Scene::new(&first.url, &second.url, &team).await;
    let before = scene.both_see(2).await.len() as i64;
    scene.until_connected().await;
    scene.both_say(25).await;
    let seen = scene.both_see(before + 50).await;
    assert_eq!(seqs(&seen), (before + 1..=before + 50).collect::<Vec<i64>>());
}

#[tokio::test]
async fn people_are_online_at_every_node_until_their_last_connection_ends() {
    let site = Site::new().await;
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let (ann, bob) = (ann.at(&first.url), bob.at(&second.url));
    let mut anns = ann.opens_socket().await;
    let bobs = bob.opens_socket().await;
    let told = |message: &Value, how: &str| message[how].as_array().unwrap().contains(&bob.id.into());
    while !told(&anns.next_of("presence").await, "online") {}
    drop(bobs);
    while !told(&anns.next_of("presence").await, "offline") {}
}

#[tokio::test]
async fn a_session_that_ends_at_one_node_ends_its_sockets_at_the_other() {
    let site = Site::new().await;
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let mut scene = Scene::new(&first.url, &second.url, &team).await;
    scene.until_connected().await;
    scene.bob.at(&first.url).delete("/api/session").await;
    assert_eq!(scene.bobs.until_the_end().await.1, Heard::Closed(4401, "session_ended".into()));
}

#[tokio::test]
async fn nothing_is_missing_while_redis_is_away_and_typing_comes_back_with_it() {
    let mut site = Site::new().await;
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let mut scene = Scene::new(&first.url, &second.url, &team).await;
    let before = scene.both_see(2).await.len() as i64;
    scene.until_connected().await;
    site.loses_redis();
    scene.both_say(5).await;
    assert_eq!(scene.both_see(before + 10).await.len(), 10);
    site.gets_redis_back().await;
    scene.both_say(5).await;
    assert_eq!(scene.both_see(before + 20).await.len(), 10);
    scene.until_connected().await;
}

#[tokio::test]
async fn a_node_starts_while_redis_is_away_and_finds_the_others_when_it_is_back() {
    let mut site = Site::new().await;
    site.loses_redis();
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let mut scene = Scene::new(&first.url, &second.url, &team).await;
    scene.both_say(5).await;
    assert_eq!(scene.both_see(12).await.len(), 12);
    site.gets_redis_back().await;
    scene.until_connected().await;
}

#[tokio::test]
async fn people_of_a_node_that_is_killed_go_on_at_the_other() {
    let site = Site::new().await;
    let (first, second) = (site.server(), site.server());
    let team = Team::on(&first).await;
    let mut scene = Scene::new(&first.url, &second.url, &team).await;
    scene.both_say(5).await;
    let last = *seqs(&scene.both_see(12).await).last().unwrap();
    second.kill();
    assert!(matches!(scene.bobs.until_the_end().await.1, Heard::Lost));
    scene.ann.says(scene.room, "while bob is away").await;
    let bob = scene.bob.at(&first.url);
    let mut bobs = bob.follows(scene.room, last).await;
    bob.says(scene.room, "bob is back").await;
    assert_eq!(seqs(&bobs.entries_to(&log(scene.room), last + 2).await), [last + 1, last + 2]);
}
