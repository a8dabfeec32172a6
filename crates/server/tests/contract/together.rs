//! What waits at the same time shares a transaction; nobody may notice.

use countersign::db::Sql;
use countersign::log::Range;
use countersign::rooms::{Command, Refusal, RoomKind};
use countersign::values;
use futures_util::future::join_all;

use crate::team::{Team, command};

crate::on_both_databases!(
    messages_of_one_moment_are_all_kept_counted_and_found,
    an_answer_to_a_message_of_the_same_moment_finds_it,
    repeats_of_the_same_moment_get_one_answer,
    what_somebody_loses_they_lose_between_two_messages_of_one_moment,
    a_unit_that_is_refused_after_it_has_written_leaves_nothing_and_spoils_no_other,
);

fn say(room: i64, text: &str, reply_to: Option<i64>) -> Command {
    Command::Say { command: command(), room, text: text.into(), reply_to, files: vec![] }
}

async fn messages_of_one_moment_are_all_kept_counted_and_found(team: Team) {
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let rooms = [
        team.room(&team.admin, RoomKind::Public, &[&bob, &carol]).await,
        team.room(&bob, RoomKind::Private, &[&team.admin, &carol]).await,
    ];
    let says = (0..150).map(|n| {
        let (who, room) = (if n % 3 == 0 { &bob } else { &team.admin }, rooms[n % 2]);
        let text = if n % 10 == 0 { format!("word{n:03} for @carol") } else { format!("word{n:03}") };
        team.rooms.execute(who, say(room, &text, None))
    });
    let acks: Vec<_> = join_all(says.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    for room in rooms {
        let (page, _) = team.rooms.entries(&carol, room, Range::After(0), 1000).await.unwrap();
        let messages: Vec<_> = page.entries.iter().filter(|entry| entry.kind == "message").collect();
        let mut acknowledged: Vec<i64> = acks.iter().filter(|ack| ack.room == room).filter_map(|ack| ack.seq).collect();
        acknowledged.sort_unstable();
        assert_eq!(messages.iter().map(|entry| entry.seq).collect::<Vec<_>>(), acknowledged);
        assert_eq!(messages.len(), 75);
        let seen = team.rooms.room(&carol, room).await.unwrap();
        assert_eq!((seen.unread, seen.last_seq), (75, page.last_seq));
        // One's own messages count as read, and what stands above them.
        let last_of_bob = messages.iter().rfind(|entry| entry.by == Some(bob.id())).unwrap().seq;
        assert_eq!(team.rooms.room(&bob, room).await.unwrap().read_seq, last_of_bob);
    }
    assert_eq!(team.rooms.room(&carol, rooms[0]).await.unwrap().mentions, 15);
    assert_eq!(team.log.page(carol.feed, Range::After(0), 1000).await.unwrap().entries.len(), 2 + 15);
    for n in [0, 1, 77, 149] {
        let (hits, _) = team.rooms.search(&carol, &format!("word{n:03}"), None, None).await.unwrap();
        assert!(hits.iter().any(|hit| Some(hit.seq) == acks[n].seq && hit.room == acks[n].room), "word{n:03}");
    }
}

async fn an_answer_to_a_message_of_the_same_moment_finds_it(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    // Entry 1 says that the room was created; each message answers the one before.
    let says = (2..80).map(|seq| say(room, "so", (seq > 2).then_some(seq - 1)));
    let says: Vec<_> = says.map(|say| team.rooms.execute(&team.admin, say)).collect();
    let seqs: Vec<i64> = join_all(says).await.into_iter().map(|ack| ack.unwrap().seq.unwrap()).collect();
    assert_eq!(seqs, (2..80).collect::<Vec<i64>>());
    let unknown = team.rooms.execute(&team.admin, say(room, "so", Some(1000))).await;
    assert!(matches!(unknown, Err(Refusal::Field(_))), "{unknown:?}");
}

async fn repeats_of_the_same_moment_get_one_answer(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let once = say(room, "once", None);
    let repeats: Vec<_> = (0..30).map(|_| team.rooms.execute(&team.admin, once.clone())).collect();
    let answers: Vec<_> = join_all(repeats).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|ack| *ack == answers[0]));
    assert_eq!(team.entries(room).await.len(), 2);
}

async fn what_somebody_loses_they_lose_between_two_messages_of_one_moment(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Private, &[&bob]).await;
    let remove = Command::RemovePerson { command: command(), room, person: bob.id() };
    let mut commands = Vec::new();
    for n in 0..20 {
        commands.push(team.rooms.execute(&bob, say(room, &n.to_string(), None)));
    }
    commands.push(team.rooms.execute(&team.admin, remove));
    for n in 0..20 {
        commands.push(team.rooms.execute(&bob, say(room, &n.to_string(), None)));
    }
    let answers = join_all(commands).await;
    assert!(answers[..=20].iter().all(Result::is_ok));
    assert!(answers[21..].iter().all(|answer| matches!(answer, Err(Refusal::RoomNotFound))));
    assert_eq!(team.entries(room).await.iter().filter(|(_, kind)| kind == "message").count(), 20);
}

async fn a_unit_that_is_refused_after_it_has_written_leaves_nothing_and_spoils_no_other(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let spoil = async || {
        let spoiled = team.log.work::<(), Refusal, _>(Some(room), move |tx| {
            Box::pin(async move {
                tx.sql().run("UPDATE room SET topic = $2 WHERE id = $1", values![room, "spoiled"]).await?;
                Err(Refusal::RoomNotFound)
            })
        });
        assert!(matches!(spoiled.await, Err(Refusal::RoomNotFound)));
    };
    let failure = async || {
        let failed = team.log.work::<(), Refusal, _>(Some(room), move |tx| {
            Box::pin(async move {
                tx.sql().run("SELECT nothing FROM nowhere", values![]).await?;
                Ok(())
            })
        });
        assert!(failed.await.is_err());
    };
    let says = (0..40).map(|n| team.rooms.execute(&team.admin, say(room, &n.to_string(), None)));
    let says = says.collect::<Vec<_>>();
    let (said, (), ()) = tokio::join!(join_all(says), spoil(), failure());
    assert!(said.iter().all(Result::is_ok));
    assert_eq!(team.entries(room).await.len(), 41);
    assert_eq!(team.rooms.room(&team.admin, room).await.unwrap().topic, "");
}
