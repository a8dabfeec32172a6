//! Releases that are held back or stopped, and what that does to others.

use serde_json::json;

use crate::setup::{Fleet, Where, step};

/// Scripts of one server at the same time, at most.
const HOSTS: usize = 50;

const WAITS: &str = "echo begun\nwhile [ ! -e go ]; do sleep 0.1; done";

#[tokio::test]
async fn a_script_is_stopped_although_its_secret_is_gone() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let new = json!({"name": "API_KEY", "value": "canary", "grants": [{"application": "web", "environment": "*"}]});
    let secret = fleet.admin.post("/api/secrets", new).await.ok()["id"].clone();
    let flow = fleet.publishes(&[step("push", WAITS, "on: {group: web}\nsecrets: [API_KEY]")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    // Somebody else has it: it is taken away, and what uses it has to end.
    assert_eq!(fleet.admin.delete(&format!("/api/secrets/{secret}")).await.status, 204);
    fleet.decides(order, json!({"move": "cancel_run", "node": "push", "reason": "the key leaked"})).await;
    let run = fleet.gets(order, "push", "cancelled").await;
    assert_eq!(run["hosts"][0]["state"], "cancelled");
}

#[tokio::test]
async fn a_release_that_is_held_back_holds_up_no_other() {
    let fleet = Fleet::start(Where::Sqlite).await;
    for group in ["many", "one"] {
        fleet.admin.post("/api/host-groups", json!({"name": group, "title": group})).await.ok();
    }
    let mut hosts: Vec<(String, &str)> = (0..=HOSTS).map(|number| (format!("many-{number:02}"), "many")).collect();
    hosts.push(("one".to_owned(), "one"));
    for (name, group) in hosts {
        let new = json!({"name": name, "address": "local", "port": 22, "username": "nobody", "groups": [group]});
        fleet.admin.post("/api/hosts", new).await.ok();
    }
    let flow = fleet.publishes(&[step("push", WAITS, "on: {group: many}\nbatches: ['1', rest]")]).await;
    let other = step("push", "true", "on: {group: one}").replace("application: web", "application: other");
    let other = fleet.publishes(&[other]).await;
    let held = fleet.starts(&flow, "v1").await;
    fleet.until(held, "push", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    fleet.decides(held, json!({"move": "pause_run", "node": "push"})).await;
    let go = fleet.runner().join("hosts/many-00/countersign/web/staging/go");
    std::fs::write(go, "").unwrap();
    fleet.until(held, "push", |run| run["hosts"][0]["state"] == "succeeded").await;
    let order = fleet.starts(&other, "v1").await;
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(fleet.run(held, "push").await["hosts"][1]["state"], "waiting");
}
