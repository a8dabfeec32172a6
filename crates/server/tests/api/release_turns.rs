//! Releases that are held back or stopped.

use serde_json::json;

use crate::setup::{Fleet, Where, step};

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
