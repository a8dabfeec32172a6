//! The hash chain of rooms: what people do fits, and what is done past the server does not.

use std::sync::Arc;

use countersign::audit::{Place, Report, What, verify};
use countersign::db::Sql;
use countersign::rooms::{Command, RoomKind};
use countersign::values;
use futures_util::future::join_all;

use crate::team::{Team, command};

crate::on_both_databases!(
    what_people_do_in_rooms_fits_and_feeds_have_no_chain,
    a_recall_erases_the_text_and_its_edits_and_the_chain_still_fits,
    many_who_write_at_once_make_one_chain,
    single_entries_of_one_transaction_make_one_chain,
    a_changed_entry_is_named_whatever_was_changed,
    a_missing_an_added_and_a_moved_entry_are_named,
    a_tail_that_was_cut_is_named_when_the_room_still_knows_it,
    an_erased_text_needs_its_recall_and_its_hash,
    a_room_that_is_hidden_or_removed_is_named,
    rooms_of_an_older_version_get_their_chain,
    a_verification_beside_writers_finds_nothing,
);

pub async fn report(team: &Team) -> Report {
    verify(&team.log.db().reader, &[], &[]).await.unwrap()
}

/// The room's first finding, or nothing.
pub fn found(report: &Report, room: i64) -> Option<(i64, What)> {
    report.findings.iter().find_map(|finding| match finding.place {
        Place::Entry { room: named, seq } if named == room => Some((seq, finding.what.clone())),
        _ => None,
    })
}

/// A room with some of everything: entry 2 is a message, 3 its edit, 4 its recall, 5 another message, 6 a reaction to
/// it, 7 its edit.
pub async fn talk(team: &Team) -> i64 {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    assert_eq!(team.says(&team.admin, room, "a secret").await, 2);
    edit(team, room, 2, "a worse secret").await;
    team.does(&team.admin, Command::Recall { command: command(), room, seq: 2 }).await;
    assert_eq!(team.says(&team.admin, room, "同意").await, 5);
    let react = Command::React { command: command(), room, seq: 5, emoji: "👍".into(), on: true };
    team.does(&team.admin, react).await;
    edit(team, room, 5, "同意!").await;
    room
}

async fn edit(team: &Team, room: i64, seq: i64, text: &str) {
    team.does(&team.admin, Command::Edit { command: command(), room, seq, text: text.into() }).await;
}

/// Tampers, says what is found, and puts everything back.
async fn tampered(team: &Team, room: i64, sql: &str) -> Option<(i64, What)> {
    team.tampers("CREATE TABLE kept_entry AS SELECT * FROM entry").await;
    team.tampers("CREATE TABLE kept_log AS SELECT * FROM log").await;
    team.tampers(&sql.replace("{room}", &room.to_string())).await;
    let tampered = report(team).await;
    for table in ["entry", "log"] {
        team.tampers(&format!("DELETE FROM {table}")).await;
        team.tampers(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
        team.tampers(&format!("DROP TABLE kept_{table}")).await;
    }
    assert!(report(team).await.is_clean());
    let others: Vec<_> = tampered.findings.iter().map(ToString::to_string).collect();
    assert!(others.len() <= 1, "one room was tampered with: {others:?}");
    found(&tampered, room)
}

async fn what_people_do_in_rooms_fits_and_feeds_have_no_chain(team: Team) {
    let bob = team.person("bob").await;
    let room = talk(&team).await;
    team.does(&bob, Command::Join { command: command(), room }).await;
    team.says(&team.admin, room, "look, @bob").await;
    let direct = team.rooms.direct_room(&bob, command(), team.admin.id()).await.unwrap().id;
    team.says(&bob, direct, "hello").await;
    let report = report(&team).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rooms, report.entries), (2, 9 + 3));
    let chained = "SELECT COUNT(*) FROM entry WHERE log_id = $1 AND hash IS NOT NULL";
    let db = &team.log.db().reader;
    assert_eq!(db.number(chained, values![bob.feed]).await.unwrap(), Some(0));
    assert!(!team.entries(bob.feed).await.is_empty());
}

async fn a_recall_erases_the_text_and_its_edits_and_the_chain_still_fits(team: Team) {
    let room = talk(&team).await;
    for n in 0..70 {
        edit(&team, room, 5, &format!("version {n}")).await;
    }
    team.does(&team.admin, Command::Recall { command: command(), room, seq: 5 }).await;
    let kept = team.kept_text(room).await;
    assert!(!kept.contains("secret") && !kept.contains("version"), "{kept}");
    let erased = "SELECT COUNT(*) FROM entry WHERE log_id = $1 AND erased IS NOT NULL";
    assert_eq!(team.log.db().reader.number(erased, values![room]).await.unwrap(), Some(2 + 72));
    assert!(report(&team).await.is_clean());
}

async fn many_who_write_at_once_make_one_chain(team: Team) {
    let team = Arc::new(team);
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let first = team.says(&team.admin, room, "first").await;
    let writers = (0..20).map(|writer| {
        let team = team.clone();
        tokio::spawn(async move {
            for n in 0..10 {
                match writer % 4 {
                    0 => edit(&team, room, first, &format!("{writer}:{n}")).await,
                    _ => drop(team.says(&team.admin, room, &format!("{writer}:{n}")).await),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let report = report(&team).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.entries, 2 + 200);
}

async fn single_entries_of_one_transaction_make_one_chain(team: Team) {
    let people: Vec<_> = join_all((0..8).map(async |n| team.person(&format!("p{n}")).await)).await;
    let room = team.room(&team.admin, RoomKind::Private, &people.iter().collect::<Vec<_>>()).await;
    let says = people.iter().map(|person| team.says(person, room, "here"));
    let leaves = people.iter().map(|person| team.does(person, Command::Leave { command: command(), room }));
    join_all(says).await;
    join_all(leaves).await;
    let report = report(&team).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.entries, 9 + 8 + 8);
}

async fn a_changed_entry_is_named_whatever_was_changed(team: Team) {
    let room = talk(&team).await;
    let bytes = if team.is_postgres() { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    let changes = [
        (5, "body = replace(body, '同意', '驳回')".to_owned()),
        (5, "body = body || ' '".into()),
        (5, "author_id = author_id + 1".into()),
        (5, "author_id = NULL".into()),
        (5, "at = at + 1".into()),
        (5, "kind = 'topic'".into()),
        (5, "command = 'another'".into()),
        (5, "command = NULL".into()),
        (5, "target = 2".into()),
        (7, "target = 2".into()),
        (6, format!("hash = {bytes}")),
        // A text that nobody recalled can not be said to be erased.
        (5, format!("erased = {bytes}")),
        (1, "body = '{}'".into()),
        (7, "body = '{}'".into()),
    ];
    for (seq, change) in changes {
        let sql = format!("UPDATE entry SET {change} WHERE log_id = {{room}} AND seq = {seq}");
        assert_eq!(tampered(&team, room, &sql).await, Some((seq, What::Changed)), "{change}");
    }
    let nothing = "UPDATE entry SET hash = NULL WHERE log_id = {room} AND seq = 5";
    assert_eq!(tampered(&team, room, nothing).await, Some((5, What::Added)));
    let head = format!("UPDATE log SET head = {bytes} WHERE id = {{room}}");
    assert_eq!(tampered(&team, room, &head).await, Some((7, What::EndChanged)));
}

async fn a_missing_an_added_and_a_moved_entry_are_named(team: Team) {
    let room = talk(&team).await;
    for seq in [1, 4, 6] {
        let delete = format!("DELETE FROM entry WHERE log_id = {{room}} AND seq = {seq}");
        assert_eq!(tampered(&team, room, &delete).await, Some((seq, What::Missing)));
    }
    let swap = "UPDATE entry SET seq = 99 WHERE log_id = {room} AND seq = 5; UPDATE entry SET seq = 5 WHERE log_id = {room} AND seq = 7; UPDATE entry SET seq = 7 WHERE log_id = {room} AND seq = 99";
    assert_eq!(tampered(&team, room, swap).await, Some((5, What::Reordered { now_at: 7 })));
    let hashes = "; CREATE TABLE h AS SELECT seq, hash FROM entry WHERE log_id = {room}; ";
    let back =
        "UPDATE entry SET hash = (SELECT h.hash FROM h WHERE h.seq = entry.seq) WHERE log_id = {room}; DROP TABLE h";
    let swap_all_but_hashes = format!("{}{swap}; {back}", &hashes[2..]);
    assert_eq!(tampered(&team, room, &swap_all_but_hashes).await, Some((5, What::Reordered { now_at: 7 })));
    let copy = "INSERT INTO entry SELECT log_id, {seq}, at, author_id, kind, target, command, body, hash, erased FROM entry WHERE log_id = {room} AND seq = 5";
    let copied = |seq: &str| copy.replace("{seq}", seq);
    assert_eq!(tampered(&team, room, &copied("0")).await, Some((0, What::Added)));
    assert_eq!(tampered(&team, room, &copied("8")).await, Some((8, What::Changed)));
    // Closing the gap hides no deletion.
    let renumbered = "DELETE FROM entry WHERE log_id = {room} AND seq = 6; UPDATE entry SET seq = 6 WHERE log_id = {room} AND seq = 7; UPDATE log SET last_seq = 6 WHERE id = {room}";
    assert_eq!(tampered(&team, room, renumbered).await, Some((6, What::Changed)));
}

async fn a_tail_that_was_cut_is_named_when_the_room_still_knows_it(team: Team) {
    let room = talk(&team).await;
    let cut = "DELETE FROM entry WHERE log_id = {room} AND seq > 5";
    assert_eq!(tampered(&team, room, cut).await, Some((6, What::CutTail { last_seq: 7 })));
    let cut = format!("{cut}; UPDATE log SET last_seq = 5 WHERE id = {{room}}");
    assert_eq!(tampered(&team, room, &cut).await, Some((5, What::EndChanged)));
    let shorter = "UPDATE log SET last_seq = 5 WHERE id = {room}";
    assert_eq!(tampered(&team, room, shorter).await, Some((7, What::EndChanged)));
    // Who makes the room forget is found by a checkpoint only.
    let forgotten = format!(
        "{cut}; UPDATE log SET head = (SELECT hash FROM entry WHERE log_id = {{room}} AND seq = 5) WHERE id = {{room}}"
    );
    assert_eq!(tampered(&team, room, &forgotten).await, None);
}

async fn an_erased_text_needs_its_recall_and_its_hash(team: Team) {
    let room = talk(&team).await;
    let bytes = if team.is_postgres() { "sha256(convert_to(body, 'UTF8'))" } else { "zeroblob(32)" };
    let forged = format!(
        "UPDATE entry SET erased = {bytes}, body = '{{\"files\":[],\"mentions\":[],\"recalled\":true,\"reply_to\":null,\"text\":null}}' WHERE log_id = {{room}} AND seq = 5"
    );
    // SQLite can not make the hash; with the right one, the recall is what is missing.
    let expected = if team.is_postgres() { What::ErasedWithoutRecall } else { What::Changed };
    assert_eq!(tampered(&team, room, &forged).await, Some((5, expected)));
    // What breaks the chain tells more than the recall that is missing because of it.
    let unrecalled = "UPDATE entry SET target = 5 WHERE log_id = {room} AND seq = 4";
    assert_eq!(tampered(&team, room, unrecalled).await, Some((4, What::Changed)));
    let gone = "DELETE FROM entry WHERE log_id = {room} AND seq >= 4; UPDATE log SET last_seq = 3, head = (SELECT hash FROM entry WHERE log_id = {room} AND seq = 3) WHERE id = {room}";
    assert_eq!(tampered(&team, room, gone).await, Some((2, What::ErasedWithoutRecall)));
    for seq in [2, 3] {
        for change in ["erased = hash", "erased = NULL", "body = replace(body, 'null', '\"x\"')", "kind = 'topic'"] {
            let sql = format!("UPDATE entry SET {change} WHERE log_id = {{room}} AND seq = {seq}");
            assert_eq!(tampered(&team, room, &sql).await, Some((seq, What::Changed)), "{change}");
        }
    }
}

async fn a_room_that_is_hidden_or_removed_is_named(team: Team) {
    let (room, other) = (talk(&team).await, talk(&team).await);
    let removed = "DELETE FROM log WHERE id = {room}";
    assert_eq!(tampered(&team, room, removed).await, Some((1, What::RoomRemoved)));
    assert_eq!(tampered(&team, other, removed).await, Some((1, What::RoomRemoved)));
    let emptied = "DELETE FROM entry WHERE log_id = {room}";
    assert_eq!(tampered(&team, room, emptied).await, Some((1, What::CutTail { last_seq: 7 })));
    let feed =
        "UPDATE entry SET body = '{}' WHERE log_id = {room} AND seq = 2; UPDATE log SET head = NULL WHERE id = {room}";
    assert_eq!(tampered(&team, room, feed).await, Some((2, What::Changed)));
}

async fn rooms_of_an_older_version_get_their_chain(team: Team) {
    let room = talk(&team).await;
    join_all((0..600).map(async |n: i32| team.says(&team.admin, room, &n.to_string()).await)).await;
    team.tampers("ALTER TABLE entry DROP COLUMN hash").await;
    team.tampers("ALTER TABLE entry DROP COLUMN erased").await;
    team.tampers("ALTER TABLE log DROP COLUMN head").await;
    team.tampers("DELETE FROM seaql_migrations WHERE version = '0002_audit'").await;
    let db = team.opens_again().await;
    let report = verify(&db.reader, &[], &[]).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.entries, 607);
}

async fn a_verification_beside_writers_finds_nothing(team: Team) {
    let team = Arc::new(team);
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let writer = tokio::spawn({
        let team = team.clone();
        async move {
            for n in 0..150 {
                let seq = team.says(&team.admin, room, "now").await;
                if n % 3 == 0 {
                    team.does(&team.admin, Command::Recall { command: command(), room, seq }).await;
                }
                if n % 10 == 0 {
                    talk(&team).await;
                }
            }
        }
    });
    while !writer.is_finished() {
        let report = report(&team).await;
        assert!(report.is_clean(), "{report:?}");
    }
    writer.await.unwrap();
}

/// Two nodes that know nothing of each other write to the same rooms.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_make_one_chain() {
    let team = Arc::new(Team::on_postgres().await);
    let (_, other) = team.second_node().await;
    let rooms =
        [team.room(&team.admin, RoomKind::Public, &[]).await, team.room(&team.admin, RoomKind::Public, &[]).await];
    let writers = (0..12).map(|writer| {
        let (team, other) = (team.clone(), other.clone());
        tokio::spawn(async move {
            let node = if writer % 2 == 0 { &team.rooms } else { &other };
            for n in 0..20 {
                let room = rooms[n % 2];
                let say =
                    Command::Say { command: command(), room, text: "hello".into(), reply_to: None, files: vec![] };
                let seq = node.execute(&team.admin, say).await.unwrap().seq.unwrap();
                if writer % 3 == 0 {
                    let edit = Command::Edit { command: command(), room, seq, text: format!("hello {n}") };
                    node.execute(&team.admin, edit).await.unwrap();
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let report = report(&team).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.entries, 2 + 240 + 80);
}
