//! A server that is killed while people decide.

use std::collections::BTreeSet;

use countersign::accounts::Accounts;
use countersign::db::Database;
use countersign::log::Log;
use countersign::orders::Orders;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::orders::{begins, decision, publishes};
use crate::setup::{Person, Server, Site, Team, in_time, unique};

/// People who decide at the same time, in pairs: what waits together is written together.
const PAIRS: usize = 12;

/// Decisions after which the server is killed.
const DECISIONS: usize = 1000;

/// Two people who submit and decide in turn until the server is gone; answers the decisions that were acknowledged.
async fn decides(requester: Person, asker: Person, flow: String, done: watch::Sender<usize>) -> Vec<(i64, i64)> {
    let mut acknowledged = Vec::new();
    loop {
        let Some(order) = submits(&requester, &flow).await else { return acknowledged };
        let approval = decision(order, json!({"move": "approve"}));
        let Some(ack) = tries(&asker, "/api/commands", crate::setup::with_id(approval)).await else {
            return acknowledged;
        };
        acknowledged.push((order, ack["seq"].as_i64().unwrap()));
        done.send_modify(|count| *count += 1);
    }
}

async fn submits(requester: &Person, flow: &str) -> Option<i64> {
    let new = json!({"command": unique("draft"), "flow": flow});
    let order = tries(requester, "/api/orders", new).await?["id"].as_i64()?;
    let submit = json!({"command": unique("submit"), "form": {"what": "a kill", "parts": 4}});
    tries(requester, &format!("/api/orders/{order}/submit"), submit).await.map(|_| order)
}

/// The answer, or nothing when the server has gone away.
async fn tries(who: &Person, path: &str, body: Value) -> Option<Value> {
    let request = who.request(http::Method::POST, path).json(&body);
    let response = in_time(request.send()).await.ok()?;
    assert!(response.status().is_success() || response.status().as_u16() == 503, "{}", response.status());
    response.json().await.ok().filter(|answer: &Value| answer.get("type").is_none_or(|kind| kind == "ack"))
}

async fn is_killed_while_people_decide(server: Server) -> Vec<(i64, i64)> {
    let team = Team::on(&server).await;
    let (done, mut count) = watch::channel(0);
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let [requester, asker] = team.people(["ann", "bob"]).await;
        let flow = publishes(&team, "any", &[&asker]).await;
        begins(&requester, &flow).await;
        pairs.push(tokio::spawn(decides(requester, asker, flow, done.clone())));
    }
    tokio::time::timeout(std::time::Duration::from_secs(240), count.wait_for(|count| *count >= DECISIONS))
        .await
        .unwrap()
        .unwrap();
    server.kill();
    let acknowledged = join_all(pairs).await.into_iter().flat_map(Result::unwrap).collect::<Vec<_>>();
    assert!(acknowledged.len() >= DECISIONS);
    acknowledged
}

/// What was acknowledged is there once, and everything that is kept is what the events give.
async fn is_whole(db: Database, acknowledged: &[(i64, i64)]) {
    let (log, _) = Log::start(db, 1);
    let orders = Orders::new(log.clone(), Accounts::new(log.clone()));
    assert_eq!(orders.mismatches(10).await.unwrap(), []);
    let mut seen = BTreeSet::new();
    for (order, seq) in acknowledged {
        assert!(seen.insert((*order, *seq)));
        let page = log.page(*order, countersign::log::Range::After(0), 100).await.unwrap();
        let decisions: Vec<i64> =
            page.entries.iter().filter(|entry| entry.kind == "order").map(|entry| entry.seq).collect();
        assert_eq!(decisions, [2, 3], "submitted and approved, once each");
        assert_eq!(decisions[1], *seq);
    }
}

#[tokio::test]
async fn on_sqlite_what_was_acknowledged_is_there_once_after_a_kill() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_on(folder.path(), &["--commands-per-second", "100000"]);
    let acknowledged = is_killed_while_people_decide(server).await;
    let db = Database::open_sqlite(&folder.path().join("data"), None).await.unwrap();
    is_whole(db, &acknowledged).await;
}

#[tokio::test]
async fn on_postgres_what_was_acknowledged_is_there_once_after_a_kill() {
    let site = Site::new().await;
    let acknowledged = is_killed_while_people_decide(site.server()).await;
    let db = Database::open_postgres(&site.database, 1).await.unwrap();
    is_whole(db, &acknowledged).await;
}
