use std::collections::BTreeMap;
use std::sync::Arc;

use countersign::log::Range;
use countersign::rooms::{Command, Refusal, RoomKind};

use crate::team::{Team, command};

crate::on_both_databases!(
    entries_are_numbered_without_gaps_however_many_write_at_once,
    a_refused_unit_leaves_no_gap_and_spoils_no_other,
    a_repeated_command_gets_the_first_answer_and_changes_nothing,
    pages_are_bounded_and_say_whether_there_is_more,
    a_page_around_an_entry_has_both_sides_of_it,
    a_command_and_what_it_tells_a_feed_are_written_together,
);

async fn entries_are_numbered_without_gaps_however_many_write_at_once(team: Team) {
    let team = Arc::new(team);
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let writers = (0..20).map(|writer| {
        let team = team.clone();
        tokio::spawn(async move {
            let mut said = Vec::new();
            for n in 0..20 {
                said.push(team.says(&team.admin, room, &format!("{writer}:{n}")).await);
            }
            said
        })
    });
    let mut acknowledged = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        let said = writer.await.unwrap();
        assert!(said.is_sorted(), "a writer's own messages keep their order");
        acknowledged.extend(said);
    }
    acknowledged.sort_unstable();
    // Entry 1 says that the room was created.
    assert_eq!(acknowledged, (2..=401).collect::<Vec<i64>>());
    let kept: Vec<i64> = team.entries(room).await.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(kept, (1..=401).collect::<Vec<i64>>());
}

async fn a_refused_unit_leaves_no_gap_and_spoils_no_other(team: Team) {
    let team = Arc::new(team);
    let stranger = team.person("stranger").await;
    let room = team.room(&team.admin, RoomKind::Private, &[]).await;
    let attempts = (0..60).map(|n| {
        let (team, stranger) = (team.clone(), stranger.clone());
        tokio::spawn(async move {
            let who = if n % 2 == 0 { &team.admin } else { &stranger };
            (n, team.try_says(who, room, "hello").await)
        })
    });
    for attempt in attempts.collect::<Vec<_>>() {
        let (n, answer) = attempt.await.unwrap();
        match answer {
            Ok(_) => assert_eq!(n % 2, 0),
            Err(refusal) => {
                assert_eq!(n % 2, 1);
                assert!(matches!(refusal, Refusal::RoomNotFound), "{refusal}");
            }
        }
    }
    let kept: Vec<i64> = team.entries(room).await.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(kept, (1..=31).collect::<Vec<i64>>());
}

async fn a_repeated_command_gets_the_first_answer_and_changes_nothing(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let say = Command::Say { command: command(), room, text: "once".into(), reply_to: None, files: vec![] };
    let first = team.rooms.execute(&team.admin, say.clone()).await.unwrap();
    team.says(&team.admin, room, "something else").await;
    // The repeats race each other, too.
    let (second, third) =
        tokio::join!(team.rooms.execute(&team.admin, say.clone()), team.rooms.execute(&team.admin, say));
    assert_eq!(second.unwrap(), first);
    assert_eq!(third.unwrap(), first);
    assert_eq!(team.entries(room).await.len(), 3);
}

async fn pages_are_bounded_and_say_whether_there_is_more(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    for n in 2..=250 {
        assert_eq!(team.says(&team.admin, room, &n.to_string()).await, n);
    }
    let seqs = async |range, limit| {
        let page = team.log.page(room, range, limit).await.unwrap();
        assert_eq!(page.last_seq, 250);
        (page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), page.has_more)
    };
    assert_eq!(seqs(Range::After(0), 3).await, (vec![1, 2, 3], true));
    assert_eq!(seqs(Range::After(247), 3).await, (vec![248, 249, 250], false));
    assert_eq!(seqs(Range::After(250), 3).await, (vec![], false));
    assert_eq!(seqs(Range::Before(4), 3).await, (vec![1, 2, 3], false));
    assert_eq!(seqs(Range::Before(251), 2).await, (vec![249, 250], true));
    assert_eq!(seqs(Range::After(0), 150).await, ((1..=150).collect(), true));
    assert_eq!(seqs(Range::After(0), 250).await, ((1..=250).collect(), false));
    assert_eq!(seqs(Range::Before(i64::MAX), 1000).await, ((1..=250).collect(), false));
}

async fn a_page_around_an_entry_has_both_sides_of_it(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    for n in 2..=20 {
        team.says(&team.admin, room, &n.to_string()).await;
    }
    let page = team.log.page(room, Range::Around(10), 6).await.unwrap();
    assert_eq!(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (7..=12).collect::<Vec<_>>());
    assert!(page.has_more);
    let page = team.log.page(room, Range::Around(1), 6).await.unwrap();
    assert_eq!(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=6).collect::<Vec<_>>());
    let page = team.log.page(room, Range::Around(20), 6).await.unwrap();
    assert_eq!(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (17..=20).collect::<Vec<_>>());
    assert!(!page.has_more);
}

async fn a_command_and_what_it_tells_a_feed_are_written_together(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Private, &[&bob]).await;
    let seq = team.says(&team.admin, room, "look, @bob").await;
    let feed = team.log.page(bob.feed, Range::After(0), 10).await.unwrap().entries;
    let bodies: Vec<_> =
        feed.iter().map(|entry| (entry.seq, entry.kind.as_str(), entry.body.get().to_owned())).collect();
    let added = (1, "room_added", format!(r#"{{"room":{room}}}"#));
    let mention = (2, "mention", format!(r#"{{"room":{room},"seq":{seq}}}"#));
    assert_eq!(bodies, [added, mention]);
}

/// Writers of two nodes, that know nothing of each other, on one PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_write_to_sixty_four_rooms_in_random_order_and_no_error_reaches_a_caller() {
    let team = Team::on_postgres().await;
    let (_, other) = team.second_node().await;
    // Feeds are locked after rooms, in the order of the text: bob and carol are named in both orders.
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let mut rooms = Vec::new();
    for _ in 0..64 {
        rooms.push(team.room(&team.admin, RoomKind::Public, &[&bob, &carol]).await);
    }
    let rooms = Arc::new(rooms);
    let writers = (0..32).map(|writer| {
        let node = if writer % 2 == 0 { team.rooms.clone() } else { other.clone() };
        let (rooms, admin) = (rooms.clone(), team.admin.clone());
        tokio::spawn(async move {
            let mut said = Vec::new();
            for n in 0..24 {
                let room = rooms[rand::random_range(0..rooms.len())];
                let text = match n % 3 {
                    0 => "hello",
                    1 => "@bob and @carol",
                    _ => "@carol and @bob",
                };
                let say = Command::Say { command: command(), room, text: text.into(), reply_to: None, files: vec![] };
                let ack = node.execute(&admin, say).await.expect("no conflict reaches a caller");
                said.push((room, ack.seq.unwrap()));
            }
            said
        })
    });
    let mut acknowledged: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for writer in writers.collect::<Vec<_>>() {
        for (room, seq) in writer.await.unwrap() {
            acknowledged.entry(room).or_default().push(seq);
        }
    }
    for (room, mut seqs) in acknowledged {
        seqs.sort_unstable();
        // Three entries made the room: its creation and two people.
        assert_eq!(seqs, (4..4 + seqs.len() as i64).collect::<Vec<_>>());
        let kept: Vec<i64> = team.entries(room).await.into_iter().map(|(seq, _)| seq).collect();
        assert_eq!(kept, (1..=3 + seqs.len() as i64).collect::<Vec<_>>());
    }
}
