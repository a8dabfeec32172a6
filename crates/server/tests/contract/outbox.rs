use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use countersign::db::Sql;
use countersign::outbox::{self, Event, NewWebhook, Options, Outbox, TestNote};
use countersign::outgoing::Targets;
use countersign::stop::stop;
use countersign::values;
use countersign::vault::Vault;
use http::{HeaderMap, StatusCode};

use crate::team::Team;

crate::on_both_databases!(
    nodes_share_the_work_and_each_message_leaves_once,
    a_message_of_a_unit_that_was_refused_was_never_there,
    what_did_not_arrive_for_a_day_is_given_up,
    whatever_ended_long_ago_is_forgotten_however_much_it_is,
);

/// The ids of messages in the order in which they came.
type Seen = Arc<Mutex<Vec<String>>>;

async fn receiver() -> (String, Seen) {
    let seen = Seen::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let receive = async |State(seen): State<Seen>, headers: HeaderMap| {
        seen.lock().unwrap().push(headers["webhook-id"].to_str().unwrap().to_owned());
        StatusCode::OK
    };
    let router = Router::new().fallback(receive).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

async fn outbox(team: &Team) -> Outbox {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let vault = Vault::open(&team.log, &team.folder().join("vault.key")).await.unwrap();
    let targets = Targets::new(vec!["127.0.0.1".parse().unwrap()]);
    Outbox::new(team.log.clone(), vault, Options { targets, ..Options::default() }).unwrap()
}

async fn webhook(team: &Team, outbox: &Outbox, url: &str) -> i64 {
    let new = NewWebhook { name: "x".into(), url: url.into(), events: vec![Event::OrderEnded] };
    outbox.create_webhook(&team.admin, new).await.unwrap().0.id
}

/// Queues messages in one unit of work, which is refused if `refuse`.
async fn queues(team: &Team, count: i64, refuse: bool) {
    let written = team.log.work::<(), countersign::rooms::Refusal, _>(None, move |tx| {
        Box::pin(async move {
            for webhook in 0..count {
                let note = TestNote { webhook, name: String::new() };
                outbox::queue(tx, Event::OrderEnded, &note).await?;
            }
            if refuse { Err(countersign::rooms::Refusal::RoomNotFound) } else { Ok(()) }
        })
    });
    assert_eq!(written.await.is_err(), refuse);
}

async fn count(team: &Team, condition: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM outbox WHERE {condition}");
    team.log.db().reader.number(&sql, values![]).await.unwrap().unwrap()
}

/// Waits until no message is left to be delivered.
async fn until_all_ended(team: &Team) {
    let ended = async { while count(team, "due_at IS NOT NULL").await > 0 {} };
    tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap();
}

async fn nodes_share_the_work_and_each_message_leaves_once(team: Team) {
    let (url, seen) = receiver().await;
    let nodes = [outbox(&team).await, outbox(&team).await];
    webhook(&team, &nodes[0], &url).await;
    queues(&team, 200, false).await;
    let (stopper, stopped) = stop();
    let nodes = nodes.map(|node| tokio::spawn(node.deliver(stopped.clone())));
    until_all_ended(&team).await;
    stopper.stop();
    for node in nodes {
        node.await.unwrap();
    }
    let seen = seen.lock().unwrap().clone();
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    assert_eq!(count(&team, "state = 'delivered' AND attempts = 1").await, 200);
}

async fn a_message_of_a_unit_that_was_refused_was_never_there(team: Team) {
    let outbox = outbox(&team).await;
    webhook(&team, &outbox, "http://127.0.0.1:9/").await;
    queues(&team, 3, true).await;
    assert_eq!(count(&team, "TRUE").await, 0);
    queues(&team, 3, false).await;
    assert_eq!(count(&team, "state = 'waiting'").await, 3);
}

async fn what_did_not_arrive_for_a_day_is_given_up(team: Team) {
    let outbox = outbox(&team).await;
    // Nobody listens there.
    let webhook = webhook(&team, &outbox, "http://127.0.0.1:9/").await;
    queues(&team, 2, false).await;
    team.tampers("UPDATE outbox SET give_up_at = created_at WHERE id = (SELECT MIN(id) FROM outbox)").await;
    let (stopper, stopped) = stop();
    let node = tokio::spawn(outbox.clone().deliver(stopped));
    let tried = async { while count(&team, "state = 'given_up' OR attempts > 1").await < 2 {} };
    tokio::time::timeout(Duration::from_secs(30), tried).await.unwrap();
    stopper.stop();
    node.await.unwrap();
    let (deliveries, _) = outbox.deliveries(&team.admin, webhook, i64::MAX, 10).await.unwrap();
    let states: Vec<_> = deliveries.iter().map(|delivery| format!("{:?}", delivery.state)).collect();
    assert_eq!(states, ["Waiting", "GivenUp"]);
    assert!(deliveries[1].ended_at.is_some() && deliveries[1].error.is_some());
    // What no node could try in its time is given up as well.
    team.tampers("UPDATE outbox SET give_up_at = 0, due_at = 0 WHERE state = 'waiting'").await;
    outbox.tidy().await.unwrap();
    assert_eq!(count(&team, "state = 'given_up'").await, 2);
    team.tampers("UPDATE outbox SET ended_at = 0").await;
    outbox.tidy().await.unwrap();
    assert_eq!(count(&team, "TRUE").await, 0);
}

async fn whatever_ended_long_ago_is_forgotten_however_much_it_is(team: Team) {
    let outbox = outbox(&team).await;
    team.tampers("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001) INSERT INTO outbox (webhook_id, event, message_id, body, state, created_at, give_up_at, ended_at) SELECT 1, 'test', 'm', '{}', 'delivered', 0, 0, 0 FROM n").await;
    outbox.tidy().await.unwrap();
    assert_eq!(count(&team, "TRUE").await, 0);
}
