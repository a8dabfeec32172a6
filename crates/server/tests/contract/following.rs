use std::time::Duration;

use countersign::log::{Delivery, Follower, JUMP, LogId, Topic};
use countersign::rooms::{Command, RoomKind};
use countersign::stop::stop;
use serde_json::{Value, json};

use crate::team::{Team, command};

crate::on_both_databases!(
    a_follower_gets_what_was_there_and_what_comes_in_order_and_once,
    a_follower_that_is_far_behind_jumps_and_a_program_reads_everything,
    a_follower_that_does_not_keep_up_reads_the_log_and_misses_nothing,
    a_removed_person_sees_nothing_after_the_removal,
    a_person_who_left_before_following_is_told_so,
    a_session_that_ends_ends_its_follower,
);

/// Reads entries until `count` of them came; other messages are left out.
async fn entries(follower: &mut Follower, count: usize) -> Vec<Value> {
    let mut entries = Vec::new();
    while entries.len() < count {
        let delivery = tokio::time::timeout(Duration::from_secs(20), follower.next()).await.expect("an entry").unwrap();
        if let Delivery::Entries { message, .. } = delivery {
            let message: Value = serde_json::from_str(message.as_text().unwrap()).unwrap();
            entries.extend(message["entries"].as_array().unwrap().iter().cloned());
        }
    }
    entries
}

fn seqs(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

async fn a_follower_gets_what_was_there_and_what_comes_in_order_and_once(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    team.says(&team.admin, room, "before").await;
    let mut follower = Follower::new(&team.log, team.admin.id(), team.admin.session);
    follower.follow(vec![(LogId::Room(room), 1)]).await.unwrap();
    team.says(&team.admin, room, "between").await;
    let first = entries(&mut follower, 2).await;
    assert_eq!(seqs(&first), [2, 3]);
    assert_eq!(first[0]["body"]["text"], json!("before"));
    for _ in 0..50 {
        team.says(&team.admin, room, "after").await;
    }
    assert_eq!(seqs(&entries(&mut follower, 50).await), (4..=53).collect::<Vec<i64>>());
    assert_eq!(follower.position(), format!("r{room}:53"));
    assert!(follower.try_next().is_none());
}

async fn a_follower_that_is_far_behind_jumps_and_a_program_reads_everything(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let say = |n: i64| {
        let (rooms, admin) = (team.rooms.clone(), team.admin.clone());
        async move {
            let say = Command::Say { command: command(), room, text: n.to_string(), reply_to: None, files: vec![] };
            rooms.execute(&admin, say).await.unwrap();
        }
    };
    let said: Vec<_> = (0..=JUMP).map(|n| tokio::spawn(say(n))).collect();
    for task in said {
        task.await.unwrap();
    }
    let last = JUMP + 2;
    let mut follower = Follower::new(&team.log, team.admin.id(), team.admin.session);
    follower.follow(vec![(LogId::Room(room), 0)]).await.unwrap();
    let mut told = Vec::new();
    while let Some(Delivery::Followed(message) | Delivery::Other(message)) = follower.try_next() {
        told.push(serde_json::from_str::<Value>(message.as_text().unwrap()).unwrap());
    }
    let log = format!("r{room}");
    let expected = [
        json!({"type": "followed", "log": log, "last_seq": last}),
        json!({"type": "jump", "log": log, "last_seq": last}),
    ];
    assert_eq!(told, expected);
    follower.follow_from(LogId::Room(room), 0).await.unwrap();
    assert_eq!(seqs(&entries(&mut follower, last as usize).await), (1..=last).collect::<Vec<i64>>());
}

async fn a_follower_that_does_not_keep_up_reads_the_log_and_misses_nothing(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let mut follower = Follower::new(&team.log, team.admin.id(), team.admin.session);
    follower.follow(vec![(LogId::Room(room), 1)]).await.unwrap();
    // 100 messages of 8 KB are more than a mailbox holds.
    let long = "x".repeat(8000);
    for _ in 0..100 {
        team.says(&team.admin, room, &long).await;
    }
    assert_eq!(seqs(&entries(&mut follower, 100).await), (2..=101).collect::<Vec<i64>>());
}

async fn a_removed_person_sees_nothing_after_the_removal(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Private, &[&bob]).await;
    let mut follower = Follower::new(&team.log, bob.id(), bob.session);
    follower.follow(vec![(LogId::Room(room), 2)]).await.unwrap();
    team.says(&team.admin, room, "for bob").await;
    team.does(&team.admin, Command::RemovePerson { command: command(), room, person: bob.id() }).await;
    team.says(&team.admin, room, "not for bob").await;
    let mut seen = String::new();
    let ended = loop {
        match tokio::time::timeout(Duration::from_secs(20), follower.next()).await.expect("an end").unwrap() {
            Delivery::Ended { message, .. } => break message,
            Delivery::Entries { message, .. } => seen.push_str(message.as_text().unwrap()),
            _ => {}
        }
    };
    assert!(!seen.contains("not for bob"));
    let ended: Value = serde_json::from_str(ended.as_text().unwrap()).unwrap();
    assert_eq!(ended, json!({"type": "ended", "log": format!("r{room}"), "reason": "removed"}));
    team.says(&team.admin, room, "not for bob either").await;
    while let Some(delivery) = follower.try_next() {
        assert!(!format!("{delivery:?}").contains("not for bob"));
    }
}

async fn a_person_who_left_before_following_is_told_so(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Private, &[&bob]).await;
    team.does(&bob, Command::Leave { command: command(), room }).await;
    let mut follower = Follower::new(&team.log, bob.id(), bob.session);
    follower.follow(vec![(LogId::Room(room), 0)]).await.unwrap();
    assert!(matches!(follower.next().await.unwrap(), Delivery::Ended { reason: "not_found", .. }));
    assert!(follower.is_empty());
}

async fn a_session_that_ends_ends_its_follower(team: Team) {
    let address = "127.0.0.1".parse().unwrap();
    let signed_in = team.accounts.sign_in("admin", "correct horse".into(), address, "test").await.unwrap().caller;
    let mut follower = Follower::new(&team.log, signed_in.id(), signed_in.session);
    team.accounts.end_sessions(signed_in.id(), None).await.unwrap();
    assert!(matches!(follower.next().await.unwrap(), Delivery::Closed));
    assert_eq!(team.log.listeners(Topic::Session(signed_in.session)), 1);
    drop(follower);
    assert_eq!(team.log.listeners(Topic::Session(signed_in.session)), 0);
}

/// No announcement travels between two nodes here; the reader asks for itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_gets_what_another_node_wrote() {
    let team = Team::on_postgres().await;
    let (log, _) = team.second_node().await;
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let (stopper, stopped) = stop();
    let catching_up = tokio::spawn(log.clone().catch_up(stopped));
    let mut follower = Follower::new(&log, team.admin.id(), team.admin.session);
    follower.follow(vec![(LogId::Room(room), 1)]).await.unwrap();
    for _ in 0..3 {
        team.says(&team.admin, room, "from the other node").await;
    }
    assert_eq!(seqs(&entries(&mut follower, 3).await), [2, 3, 4]);
    stopper.stop();
    catching_up.await.unwrap();
}
