//! Signed checkpoints: they find what the database alone can not show.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use clap::Parser;
use countersign::audit::{Failure, Keeper, Place, PublicKey, Report, What, verify};
use countersign::chain::{self, Link};
use countersign::cli::{Cli, Command as Subcommand};
use countersign::config::Config;
use countersign::db::Sql;
use countersign::values;

use crate::audit::{found, report, talk};
use crate::team::Team;

crate::on_both_databases!(
    a_checkpoint_names_the_rooms_that_have_grown,
    a_cut_tail_is_found_by_a_checkpoint,
    a_room_that_was_written_anew_is_found_by_a_checkpoint,
    a_room_that_was_removed_or_hidden_is_found_by_a_checkpoint,
    a_checkpoint_that_was_changed_removed_or_replaced_is_named,
    a_key_that_is_given_has_to_have_signed,
    a_webhook_that_fails_gets_the_checkpoint_again_with_the_next_one,
);

fn file(team: &Team) -> PathBuf {
    team.folder().join("audit-checkpoints.jsonl")
}

fn keeper(team: &Team) -> Keeper {
    Keeper::on(team.folder(), &file(team), team.log.db().reader.clone()).unwrap()
}

async fn anchored(team: &Team) -> Report {
    anchored_by(team, &[]).await
}

async fn anchored_by(team: &Team, keys: &[PublicKey]) -> Report {
    verify(&team.log.db().reader, &[file(team)], keys).await.unwrap()
}

fn lines(team: &Team) -> Vec<String> {
    std::fs::read_to_string(file(team)).unwrap().lines().map(str::to_owned).collect()
}

fn write(team: &Team, lines: &[String]) {
    std::fs::write(file(team), lines.iter().map(|line| line.clone() + "\n").collect::<String>()).unwrap();
}

/// What is said of lines of the file.
fn said(report: &Report) -> Vec<(u64, What)> {
    let line = |place: &Place| match place {
        Place::Line { line, .. } => Some(*line),
        Place::Entry { .. } => None,
    };
    report.findings.iter().filter_map(|finding| Some((line(&finding.place)?, finding.what.clone()))).collect()
}

/// Makes a chain that fits of whatever stands in the room, as somebody can who writes to the database.
async fn forges(team: &Team, room: i64) {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        seq: i64,
        at: i64,
        author_id: Option<i64>,
        kind: String,
        target: Option<i64>,
        command: Option<String>,
        body: String,
        erased: Option<Vec<u8>>,
    }
    let db = &team.log.db().writer;
    let rows: Vec<Row> = db.all("SELECT * FROM entry WHERE log_id = $1 ORDER BY seq", values![room]).await.unwrap();
    let mut head = chain::START;
    for row in rows {
        let payload = row.erased.map_or_else(|| chain::payload(&row.body), |erased| erased.try_into().unwrap());
        let Row { seq, at, author_id: author, kind, target, command, .. } = row;
        let link = Link { room, seq, at, author, kind: &kind, target, command: command.as_deref() };
        head = link.hash(&head, &payload);
        let values = values![room, seq, head.to_vec()];
        db.run("UPDATE entry SET hash = $3 WHERE log_id = $1 AND seq = $2", values).await.unwrap();
        db.run("UPDATE log SET last_seq = $2, head = $3 WHERE id = $1", values![room, seq, head.to_vec()])
            .await
            .unwrap();
    }
}

async fn a_checkpoint_names_the_rooms_that_have_grown(team: Team) {
    let (first, second) = (talk(&team).await, talk(&team).await);
    let mut keeper = keeper(&team);
    keeper.checkpoint().await.unwrap();
    team.says(&team.admin, second, "more").await;
    keeper.checkpoint().await.unwrap();
    keeper.checkpoint().await.unwrap();
    let rooms = |line: &String| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let heads = line["checkpoint"]["heads"].as_array().unwrap().clone();
        heads
            .into_iter()
            .map(|head| (head["room"].as_i64().unwrap(), head["seq"].as_i64().unwrap()))
            .collect::<Vec<_>>()
    };
    let named: Vec<_> = lines(&team).iter().map(rooms).collect();
    assert_eq!(named, [vec![(first, 7), (second, 7)], vec![(second, 8)], vec![]]);
    let report = anchored(&team).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.checkpoints, 3);
}

async fn a_cut_tail_is_found_by_a_checkpoint(team: Team) {
    let room = talk(&team).await;
    keeper(&team).checkpoint().await.unwrap();
    team.tampers(&format!("DELETE FROM entry WHERE log_id = {room} AND seq > 5")).await;
    forges(&team, room).await;
    assert!(report(&team).await.is_clean(), "the database alone can not show it");
    assert!(matches!(found(&anchored(&team).await, room), Some((7, What::CutAfterCheckpoint { checkpoint: 1, .. }))));
    // Nor does it help to fill the room up again.
    team.says(&team.admin, room, "nothing").await;
    team.says(&team.admin, room, "to see").await;
    assert!(matches!(found(&anchored(&team).await, room), Some((7, What::Rewritten { checkpoint: 1, .. }))));
}

async fn a_room_that_was_written_anew_is_found_by_a_checkpoint(team: Team) {
    let (room, other) = (talk(&team).await, talk(&team).await);
    let mut keeper = keeper(&team);
    keeper.checkpoint().await.unwrap();
    team.says(&team.admin, room, "more").await;
    keeper.checkpoint().await.unwrap();
    team.tampers(&format!("UPDATE entry SET author_id = 99 WHERE log_id = {room} AND seq = 5")).await;
    forges(&team, room).await;
    assert!(report(&team).await.is_clean(), "the database alone can not show it");
    let report = anchored(&team).await;
    assert!(matches!(found(&report, room), Some((7, What::Rewritten { checkpoint: 1, .. }))), "{report:?}");
    assert_eq!(found(&report, other), None);
    assert!(report.findings[0].to_string().contains("checkpoint 1 of 20"), "{}", report.findings[0]);
}

async fn a_room_that_was_removed_or_hidden_is_found_by_a_checkpoint(team: Team) {
    let (room, hidden) = (talk(&team).await, talk(&team).await);
    keeper(&team).checkpoint().await.unwrap();
    for table in ["entry WHERE log_id", "log WHERE id", "room WHERE id"] {
        team.tampers(&format!("DELETE FROM {table} = {room}")).await;
    }
    // A feed has no chain: what looks like one might hide a room.
    team.tampers(&format!("DELETE FROM room WHERE id = {hidden}")).await;
    team.tampers(&format!("UPDATE person SET feed_id = {hidden}")).await;
    team.tampers(&format!("UPDATE log SET head = NULL WHERE id = {hidden}")).await;
    team.tampers(&format!("UPDATE entry SET body = '{{}}' WHERE log_id = {hidden} AND seq = 5")).await;
    let report = anchored(&team).await;
    assert!(matches!(found(&report, room), Some((7, What::CutAfterCheckpoint { .. }))), "{report:?}");
    assert!(matches!(found(&report, hidden), Some((7, What::Rewritten { .. }))), "{report:?}");
}

async fn a_checkpoint_that_was_changed_removed_or_replaced_is_named(team: Team) {
    let room = talk(&team).await;
    let mut keeper = keeper(&team);
    for n in 0..4 {
        team.says(&team.admin, room, &n.to_string()).await;
        keeper.checkpoint().await.unwrap();
    }
    let whole = lines(&team);
    let check = async |lines: &[String], expected: &[(u64, What)]| {
        write(&team, lines);
        assert_eq!(said(&anchored(&team).await), expected);
        write(&team, &whole);
    };
    check(&whole, &[]).await;
    let changed: Vec<_> = whole.iter().map(|line| line.replace("\"seq\":9", "\"seq\":8")).collect();
    let replaced = What::CheckpointReplaced { checkpoint: 3 };
    check(&changed, &[(2, What::BadSignature { checkpoint: 2 }), (3, replaced.clone())]).await;
    check(&whole[1..], &[(1, What::CheckpointMissing { checkpoint: 1 })]).await;
    let removed = [&whole[..1], &whole[2..]].concat();
    check(&removed, &[(2, What::CheckpointMissing { checkpoint: 2 })]).await;
    let garbage = [&whole[..], &["{}".into()]].concat();
    check(&garbage, &[(5, What::NoCheckpoint)]).await;
    // A branch that the same key signed.
    write(&team, &whole[..1]);
    let mut branch = Keeper::on(team.folder(), &file(&team), team.log.db().reader.clone()).unwrap();
    branch.checkpoint().await.unwrap();
    let branched = [&lines(&team)[..], &whole[2..]].concat();
    check(&branched, &[(3, replaced)]).await;
}

async fn a_key_that_is_given_has_to_have_signed(team: Team) {
    talk(&team).await;
    keeper(&team).checkpoint().await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&lines(&team)[0]).unwrap();
    let key: PublicKey = line["checkpoint"]["key"].as_str().unwrap().parse().unwrap();
    assert!(anchored_by(&team, std::slice::from_ref(&key)).await.is_clean());
    // Somebody who can write the file, and has no key, signs all of it with another.
    std::fs::remove_file(file(&team)).unwrap();
    std::fs::remove_file(team.folder().join("audit-key")).unwrap();
    keeper(&team).checkpoint().await.unwrap();
    assert!(anchored(&team).await.is_clean(), "the file alone can not show it");
    assert_eq!(said(&anchored_by(&team, &[key]).await), [(1, What::OtherKey { checkpoint: 1 })]);
    let missing = verify(&team.log.db().reader, &[team.folder().join("none")], &[]).await;
    assert!(matches!(missing, Err(Failure::File { .. })));
}

async fn a_webhook_that_fails_gets_the_checkpoint_again_with_the_next_one(team: Team) {
    let got = Arc::new(Mutex::new((vec![StatusCode::BAD_GATEWAY], Vec::<String>::new())));
    let witness = got.clone();
    let take = axum::routing::post(move |body: String| async move {
        let mut witness = witness.lock().unwrap();
        let status = witness.0.pop().unwrap_or(StatusCode::NO_CONTENT);
        witness.1.push(body);
        status
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/witness", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/witness", take)).await });
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let config = config(&["--data", team.folder().to_str().unwrap(), "--audit-webhook", &url]);
    let mut keeper = Keeper::open(&config, team.log.db().reader.clone()).unwrap();
    keeper.checkpoint().await.unwrap();
    // A restart forgets neither what was sent nor what was not.
    let mut keeper = Keeper::open(&config, team.log.db().reader.clone()).unwrap();
    keeper.checkpoint().await.unwrap();
    let mut keeper = Keeper::open(&config, team.log.db().reader.clone()).unwrap();
    keeper.checkpoint().await.unwrap();
    server.abort();
    let [first, second, third] = &lines(&team)[..] else { panic!("three checkpoints were kept") };
    let expected = [first, first, second, third].map(|line| line.clone() + "\n");
    assert_eq!(got.lock().unwrap().1, expected);
}

fn config(options: &[&str]) -> Config {
    match Cli::parse_from([&["countersign", "serve"], options].concat()).command {
        Subcommand::Serve(config) => *config,
        _ => unreachable!("it says serve"),
    }
}
