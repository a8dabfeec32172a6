//! The dashboard's figures, the metrics, and whether a server is ready.

use serde_json::{Value, json};

use crate::orders::{decision, publishes, submits};
use crate::setup::{Person, Server, Site, Team, in_time};

async fn dashboard(who: &Person) -> Value {
    who.get("/api/dashboard?days=7&zone=%2B08:00").await.ok()
}

/// Waits until a figure of the newest day is this.
async fn until(who: &Person, figure: &str, wanted: i64) -> Value {
    let found = async {
        loop {
            let dashboard = dashboard(who).await;
            if dashboard["days"][6][figure] == wanted {
                return dashboard;
            }
        }
    };
    in_time(found).await
}

#[tokio::test]
async fn the_dashboard_counts_what_happened_and_says_when_it_changed() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let mut watcher = requester.opens_socket().await;
    let orders = [submits(&requester, &flow, "a chair").await, submits(&requester, &flow, "a lamp").await];
    watcher.next_of("dashboard").await;
    until(&requester, "submitted", 2).await;
    asker.does(decision(orders[0], json!({"move": "approve"}))).await;
    asker.does(decision(orders[1], json!({"move": "reject", "reason": "no"}))).await;
    for number in 0..5 {
        requester.says(orders[0], &number.to_string()).await;
    }
    until(&requester, "ended", 2).await;
    let found = async {
        loop {
            let dashboard = dashboard(&requester).await;
            let counts =
                dashboard["messages"].as_array().unwrap().iter().map(|minute| minute["count"].as_i64().unwrap());
            if counts.sum::<i64>() == 5 {
                return dashboard;
            }
        }
    };
    let dashboard = in_time(found).await;
    assert_eq!(dashboard["messages"].as_array().unwrap().len(), 60);
    let today = &dashboard["days"][6];
    assert_eq!((&today["approved"], &today["rejected"], &today["handled"]), (&1.into(), &1.into(), &0.into()));
    let count = |status: &str| {
        let counts = dashboard["orders"].as_array().unwrap();
        counts.iter().find(|count| count["status"] == status).map(|count| count["count"].clone()).unwrap()
    };
    assert_eq!((count("approved"), count("rejected"), count("running")), (1.into(), 1.into(), 0.into()));
    let wait = &dashboard["waits"][0];
    assert_eq!((&wait["flow"], &wait["node"], &wait["count"]), (&flow.as_str().into(), &"ask".into(), &2.into()));
    assert_eq!((&wait["flow_name"]["en"], &wait["node_name"]["zh"]), (&"Test".into(), &"审批".into()));
    assert!(wait["median_ms"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn the_dashboard_is_not_for_guests_and_its_parameters_have_bounds() {
    let team = Team::new().await;
    team.guest("guest").await.get("/api/dashboard").await.refused(403, "not_for_guests");
    for query in ["days=0", "days=367", "zone=8", "zone=%2B15:00", "week=1"] {
        team.admin.get(&format!("/api/dashboard?{query}")).await.refused(400, "wrong_query");
    }
    let days = team.admin.get("/api/dashboard?days=366&zone=-03:30").await.ok();
    assert_eq!(days["days"].as_array().unwrap().len(), 366);
}

/// The value of a metric with these labels.
fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is missing in {text}")).parse().unwrap()
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_whoever_has_the_token() {
    let server = Server::start(&["--metrics-token", "a secret"]);
    let team = Team::on(&server).await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("public", &[]).await;
    let _live = ann.follows(room, 0).await;
    let _stream = ann.opens_stream("/api/live").await;
    ann.says(room, "hello").await;
    let text = team.stranger().get("/metrics").await.text();
    assert_eq!(figure(&text, "countersign_connections{transport=\"websocket\"}"), 1.0);
    assert_eq!(figure(&text, "countersign_connections{transport=\"sse\"}"), 1.0);
    assert!(figure(&text, "countersign_entries_total") >= 2.0);
    assert!(figure(&text, "countersign_commit_seconds_count") >= 2.0);
    assert!(figure(&text, "countersign_commit_commands_sum") >= 2.0);
    assert!(figure(&text, "process_resident_memory_bytes") > 1e6);
    assert_eq!(figure(&text, "countersign_outbox_waiting"), 0.0);
    assert_eq!(figure(&text, "countersign_open_tasks"), 0.0);
    let said = "countersign_requests_total{method=\"POST\",route=\"/api/commands\",status=\"200\"}";
    assert_eq!(figure(&text, said), 1.0);
    assert!(!text.contains(&format!("/rooms/{room}")), "addresses are no routes");
    // What comes through a proxy on this machine is not from this machine.
    let stranger = team.stranger();
    let passed_on = || stranger.request(http::Method::GET, "/metrics").header("x-forwarded-for", "192.0.2.1");
    stranger.sends(passed_on()).await.refused(403, "not_permitted");
    stranger.sends(passed_on().bearer_auth("another")).await.refused(403, "not_permitted");
    assert_eq!(stranger.sends(passed_on().bearer_auth("a secret")).await.status, 200);
}

#[tokio::test]
async fn a_node_without_its_layer_is_not_ready_until_it_is_back() {
    let mut site = Site::new().await;
    let server = site.server();
    let stranger = Person::nobody(&server.url);
    let until_ready = async || {
        while stranger.get("/readyz").await.status != 200 {}
    };
    in_time(until_ready()).await;
    site.loses_redis();
    let problem = async {
        loop {
            let answer = stranger.get("/readyz").await;
            if answer.status != 200 {
                return answer.refused(503, "not_ready");
            }
        }
    };
    assert_eq!(in_time(problem).await["detail"], "layer");
    // It goes on serving, and says that it lives.
    assert_eq!(stranger.get("/healthz").await.status, 200);
    site.gets_redis_back().await;
    in_time(until_ready()).await;
}
