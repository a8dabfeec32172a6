//! Servers that are killed or stopped while scripts run, and scripts that write more than anybody reads.

use futures_util::future::join;
use serde_json::{Value, json};

use crate::orders::decision;
use crate::setup::{Fleet, Where, step, with_id};

/// A script that says when it begins, waits to be let go, and counts how often it ran.
const COUNTS: &str = "echo begun\nwhile [ ! -e go ]; do sleep 0.1; done\necho run >> counter\necho ended";

fn lines(path: &std::path::Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn has_begun(host: usize) -> impl Fn(&Value) -> bool {
    move |run| run["hosts"][host]["output"]["last_seq"].as_i64() > Some(0)
}

/// The server is killed in the middle of a host's script, between two batches, and in the middle of a local script:
/// what runs goes on, and everything is done and told once.
async fn is_killed_in_the_middle_of_everything(place: Where) {
    let mut fleet = Fleet::start(place).await;
    fleet.gets_hosts(2).await;
    let local =
        "echo begun\nwhile [ ! -e \"$HOME/go\" ]; do sleep 0.1; done\necho run >> \"$HOME/counter\"\necho ended";
    let steps = [
        step("build", local, ""),
        step("push", COUNTS, "on: {group: web}\nbatches: serial\npause: 2s"),
        step("after", "echo run >> after", "on: {group: web}"),
    ];
    let flow = fleet.publishes(&steps).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "build", has_begun(0)).await;
    fleet.is_killed().await;
    std::fs::write(fleet.runner().join("go"), "").unwrap();
    fleet.until(order, "push", has_begun(0)).await;
    fleet.is_killed().await;
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    // Between two batches.
    fleet.until(order, "push", |run| run["hosts"][0]["state"] == "succeeded").await;
    fleet.is_killed().await;
    fleet.until(order, "push", has_begun(1)).await;
    std::fs::write(fleet.place(1).join("go"), "").unwrap();
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(lines(&fleet.runner().join("counter")), 1);
    for host in 0..2 {
        assert_eq!((lines(&fleet.place(host).join("counter")), lines(&fleet.place(host).join("after"))), (1, 1));
    }
    for (node, host) in [("build", None), ("push", Some("web-01")), ("push", Some("web-02"))] {
        let run = fleet.run(order, node).await;
        assert_eq!(fleet.text(&run, host).await, "begun\nended\n");
    }
}

#[tokio::test]
async fn on_sqlite_a_release_survives_every_kill() {
    is_killed_in_the_middle_of_everything(Where::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_a_release_survives_every_kill() {
    is_killed_in_the_middle_of_everything(Where::Postgres).await;
}

#[tokio::test]
async fn a_host_that_was_restarted_asks_a_person_unless_its_step_may_run_again() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let flow = fleet.publishes(&[step("push", COUNTS, "on: {group: web}")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", has_begun(0)).await;
    fleet.hosts[0].lose_all_processes();
    let run = fleet.gets(order, "push", "interrupted").await;
    assert_eq!(run["hosts"][0]["state"], "interrupted");
    assert!(run["moves"].as_array().unwrap().contains(&"retry_failed".into()));
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    fleet.decides(order, json!({"move": "retry_failed", "node": "push"})).await;
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(lines(&fleet.place(0).join("counter")), 1);
    // The same where it may run again: nobody is asked.
    std::fs::remove_file(fleet.place(0).join("go")).unwrap();
    let flow = fleet.publishes(&[step("push", COUNTS, "on: {group: web}\nidempotent: true")]).await;
    let order = fleet.starts(&flow, "v2").await;
    fleet.until(order, "push", has_begun(0)).await;
    fleet.hosts[0].lose_all_processes();
    fleet.until(order, "push", |run| run["attempt"] == 2 && has_begun(0)(run)).await;
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(lines(&fleet.place(0).join("counter")), 2);
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again_and_nothing_is_lost() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let flow = fleet.publishes(&[step("push", COUNTS, "on: {group: web}")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", has_begun(0)).await;
    fleet.hosts[0].cut_connections();
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    assert_eq!(fleet.ends(order).await, "done");
    let run = fleet.run(order, "push").await;
    assert_eq!((fleet.text(&run, None).await.as_str(), lines(&fleet.place(0).join("counter"))), ("begun\nended\n", 1));
}

#[tokio::test]
async fn an_owner_that_stood_still_writes_nothing_when_it_wakes_up() {
    let mut fleet = Fleet::with_lease(Where::Postgres, 3_000).await;
    fleet.gets_hosts(1).await;
    let flow = fleet
        .publishes(&[step("push", COUNTS, "on: {group: web}"), step("after", "echo run >> after", "on: {group: web}")])
        .await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", has_begun(0)).await;
    let stale = fleet.server.take().unwrap();
    stale.signal("-STOP");
    let second = fleet.second_server();
    fleet.admin = fleet.admin.at(&second.url);
    fleet.server = Some(second);
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    fleet.gets(order, "push", "succeeded").await;
    stale.signal("-CONT");
    assert_eq!(fleet.ends(order).await, "done");
    // The stale one answers again, and has not done or told anything twice.
    let answers = fleet.admin.at(&stale.url).get(&format!("/api/orders/{order}/runs")).await.ok();
    assert_eq!(answers["runs"][1]["state"], "succeeded");
    let run = fleet.run(order, "push").await;
    assert_eq!(fleet.text(&run, None).await, "begun\nended\n");
    assert_eq!((lines(&fleet.place(0).join("counter")), lines(&fleet.place(0).join("after"))), (1, 1));
    let entries = fleet.admin.reads(order).await;
    let happened = |name: &str| {
        let events = entries.iter().filter_map(|entry| entry["body"]["events"].as_array()).flatten();
        events.filter(|event| event["event"] == name).count()
    };
    assert_eq!((happened("run_started"), happened("run_ended"), happened("host_changed")), (2, 2, 4));
}

#[tokio::test]
async fn a_script_that_writes_without_end_does_not_fill_the_server() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let script = "echo first\nhead -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 100\necho last";
    let flow = fleet.publishes(&[step("push", script, "on: {group: web}")]).await;
    let before = memory_kib(fleet.server().id);
    let order = fleet.starts(&flow, "v1").await;
    assert_eq!(fleet.ends(order).await, "done");
    let after = memory_kib(fleet.server().id);
    let run = fleet.run(order, "push").await;
    assert_eq!(run["hosts"][0]["output"]["cut"], true);
    let text = fleet.text(&run, None).await;
    assert!(text.starts_with("first\n") && text.ends_with("last\n") && text.contains("[…"), "{}", text.len());
    assert!(text.len() < 5 * 1024 * 1024, "{}", text.len());
    assert!(after < before + 60 * 1024, "{before} KiB before, {after} KiB after");
}

fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn approving_and_withdrawing_at_once_runs_a_script_once_or_not_at_all() {
    let mut fleet = Fleet::start(Where::Postgres).await;
    fleet.gets_hosts(1).await;
    let ask = "  - {id: ask, name: Ask, kind: approve, who: [administrators], own: true}\n";
    let flow = fleet
        .publishes_behind(ask, &["start", "ask"], &[step("push", "echo \"$ORDER\" >> counter", "on: {group: web}")])
        .await;
    let mut done = 0;
    for round in 0..5 {
        let order = fleet.starts(&flow, &format!("v{round}")).await;
        let approve = with_id(decision(order, json!({"move": "approve"})));
        let withdraw = with_id(decision(order, json!({"move": "withdraw", "reason": "no"})));
        let both = (fleet.admin.post("/api/commands", approve), fleet.admin.post("/api/commands", withdraw));
        join(both.0, both.1).await;
        let status = fleet.ends(order).await;
        assert!(["done", "withdrawn"].contains(&status.as_str()), "{status}");
        done += usize::from(status == "done");
    }
    let ran = lines(&fleet.place(0).join("counter"));
    assert!((done..=5).contains(&ran), "{done} of 5 orders are done, and the script ran {ran} times");
}

#[tokio::test]
async fn without_the_local_runner_a_step_here_fails_at_once_and_says_why() {
    let fleet = Fleet::without_local_runner().await;
    let flow = fleet.publishes(&[step("build", "true", "")]).await;
    let order = fleet.starts(&flow, "v1").await;
    let run = fleet.gets(order, "build", "failed").await;
    assert_eq!(run["note"]["code"], "local_runner_off", "{run}");
}
