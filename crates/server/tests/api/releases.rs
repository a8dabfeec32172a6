//! Releases through the real program: scripts here and on hosts behind real sshd processes.

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

use crate::setup::{Fleet, Person, Team, Where, step, unique, with_id};

fn hosts(run: &Value) -> Vec<(String, String)> {
    let text = |host: &Value, key: &str| host[key].as_str().unwrap_or_default().to_owned();
    run["hosts"].as_array().unwrap().iter().map(|host| (text(host, "host"), text(host, "state"))).collect()
}

fn states(run: &Value) -> Vec<String> {
    hosts(run).into_iter().map(|(_, state)| state).collect()
}

async fn member_who_may_release(fleet: &Fleet) -> Person {
    let team = Team { admin: fleet.admin.clone(), url: fleet.admin.url.clone() };
    let [ann] = team.people(["ann"]).await;
    let grant = json!({"permission": "start_release", "application": "web", "environment": "staging"});
    fleet.admin.put(&format!("/api/people/{}/permissions", ann.id), json!({"permissions": [grant]})).await.ok();
    ann
}

#[tokio::test]
async fn the_website_is_built_here_and_pushed_to_its_hosts() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(2).await;
    let ops = json!({"name": "ops", "title": "Ops", "people": [fleet.admin.id]});
    fleet.admin.post("/api/groups", ops).await.ok();
    let yaml = include_str!("../../../flow/flows/website.yaml").replace("pause: 5s", "pause: 1s");
    fleet.admin.post("/api/flows", json!({"yaml": yaml})).await.ok();
    let ann = member_who_may_release(&fleet).await;
    let new = json!({"command": unique("draft"), "flow": "website"});
    let order = ann.post("/api/orders", new).await.ok()["id"].as_i64().unwrap();
    let form = |environment: &str| json!({"version": "v1.4.2", "environment": environment, "notes": "fixes"});
    // Whoever may not release there reads so while writing, next to the field, even when the rest is not filled in yet.
    let preview =
        async |form: Value| ann.post(&format!("/api/orders/{order}/preview"), json!({"form": form})).await.ok();
    let early = preview(json!({"environment": "production"})).await["problem"].clone();
    assert_eq!(
        (&early["type"], &early["errors"][0]["field"]),
        (&"/problems/may_not_release".into(), &"form.environment".into())
    );
    assert_eq!(early["errors"][0]["message"], "You may not release web to “production”.");
    assert_eq!(preview(form("staging")).await["problem"], Value::Null);
    assert_eq!(preview(json!({})).await["problem"]["type"], "/problems/invalid_fields", "nothing was chosen yet");
    let submit = json!({"command": unique("submit"), "form": form("production")});
    let refused = ann.post(&format!("/api/orders/{order}/submit"), submit).await;
    refused.refused(403, "may_not_release");
    let submit = json!({"command": unique("submit"), "form": form("staging")});
    ann.post(&format!("/api/orders/{order}/submit"), submit).await.ok();
    fleet.decides(order, json!({"move": "approve"})).await;
    assert_eq!(fleet.ends(order).await, "done");
    for host in 0..2 {
        let page = std::fs::read_to_string(fleet.place(host).join("current/index.html")).unwrap();
        assert!(page.contains("<h1>web v1.4.2</h1>"), "{page}");
        assert!(fleet.place(host).join("restarted").exists());
    }
    let runs = fleet.runs(order).await;
    let push = fleet.run(order, "push").await;
    assert_eq!(hosts(&push), [("web-01".into(), "succeeded".into()), ("web-02".into(), "succeeded".into())]);
    assert_eq!(push["batches"], json!([["web-01"], ["web-02"]]));
    let fetch = &runs["runs"][0];
    assert_eq!((&fetch["node"], &fetch["artifacts"][0]["name"]), (&"fetch".into(), &"source".into()));
    assert_eq!(fetch["hosts"][0]["progress"], 100);
    assert_eq!(fetch["script"]["version"], 1);
    // What the page downloads is what the package was.
    let package = fleet.run(order, "package").await;
    let artifact = &package["artifacts"][0];
    let bytes =
        ann.request(Method::GET, artifact["url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.len() as i64, artifact["size"].as_i64().unwrap());
    assert!(fleet.text(&package, None).await.contains("site.tar.gz"));
    // The scripts stand in the entry of the submission, which the audit trail covers.
    let entries = ann.reads(order).await;
    let submission = entries.iter().find(|entry| entry["kind"] == "order").unwrap();
    assert_eq!(submission["body"]["scripts"][0]["sha256"], fetch["script"]["sha256"]);
}

#[tokio::test]
async fn a_broken_fleet_is_told_host_by_host_and_only_the_failed_ones_run_again() {
    let mut fleet = Fleet::start(Where::Postgres).await;
    fleet.gets_hosts(20).await;
    let script = "n=${HOST#web-}\necho \"run $n\" >> counter\n[ -e fixed ] && exit 0\ncase $n in\n  03) sleep 1; exit 7;;\n  05) sleep 600;;\nesac";
    let more = "on: {group: web}\nbatches: ['1', 25%, rest]\nfailures: '4'\ntimeout: 3s";
    let flow = fleet.publishes(&[step("push", script, more)]).await;
    fleet.hosts[6].change_host_key();
    fleet.hosts[8].stop_listening();
    fleet.hosts[8].cut_connections();
    let order = fleet.starts(&flow, "v1").await;
    let run = fleet.gets(order, "push", "partly").await;
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(
        run["batches"].as_array().unwrap().iter().map(|batch| batch.as_array().unwrap().len()).collect::<Vec<_>>(),
        [1, 5, 14]
    );
    let host = |name: &str| run["hosts"].as_array().unwrap().iter().find(|host| host["host"] == name).unwrap().clone();
    assert_eq!((host("web-03")["state"].as_str(), host("web-03")["exit"].as_i64()), (Some("failed"), Some(7)));
    assert_eq!(host("web-05")["state"], "failed");
    // Why is a name for programs, and words in both languages.
    let note = json!({"code": "time_limit", "zh": "超过时限 3 秒", "en": "it took longer than its time limit of 3 s"});
    assert_eq!(host("web-05")["note"], note);
    assert_eq!(host("web-07")["state"], "unreachable");
    assert_eq!(host("web-07")["note"]["code"], "host_key_changed");
    assert_eq!(host("web-09")["state"], "unreachable");
    assert_eq!(host("web-09")["note"]["zh"], "主机拒绝此端口上的连接");
    assert_eq!(states(&run).iter().filter(|state| *state == "succeeded").count(), 16);

    // The same with no failure to bear: what waited does not begin, and only what failed runs again.
    let flow = fleet.publishes(&[step("push", script, &more.replace("'4'", "'0'"))]).await;
    let order = fleet.starts(&flow, "v2").await;
    let run = fleet.gets(order, "push", "failed").await;
    let (failed, waiting) =
        (run["note"]["en"].as_str().unwrap(), states(&run).iter().filter(|state| *state == "waiting").count());
    assert_eq!((failed, waiting), ("2 of 20 hosts failed", 14), "{run:#}");
    for host in [2, 4] {
        std::fs::write(fleet.place(host).join("fixed"), "").unwrap();
    }
    fleet.decides(order, json!({"move": "retry_failed", "node": "push"})).await;
    let run = fleet.until(order, "push", |run| run["attempt"] == 2 && run["state"] == "failed").await;
    // Whichever of the two is told first may keep the other one from being tried.
    let unreachable: Vec<String> =
        hosts(&run).into_iter().filter(|(_, state)| state == "unreachable").map(|(host, _)| host).collect();
    assert!(!unreachable.is_empty(), "{run:#}");
    assert!(unreachable.iter().all(|host| ["web-07", "web-09"].contains(&host.as_str())), "{run:#}");
    assert_eq!(
        std::fs::read_to_string(fleet.place(0).join("counter")).unwrap().lines().count(),
        2,
        "once in each order"
    );
    assert_eq!(std::fs::read_to_string(fleet.place(2).join("counter")).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn an_older_release_comes_back_as_it_was_built() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let build = "date +%s%N > built\necho \"::commit 0123abcd\"";
    let push = "cp \"$ARTIFACTS/built\" built";
    let flow = fleet
        .publishes(&[
            step("build", build, "artifacts: [built]\nparameters: {VERSION: version}"),
            step("push", push, "on: {group: web}"),
        ])
        .await;
    let built = || std::fs::read_to_string(fleet.place(0).join("built")).unwrap();
    let old = fleet.starts(&flow, "v1").await;
    assert_eq!(fleet.ends(old).await, "done");
    let old_bytes = built();
    let new = fleet.starts(&flow, "v2").await;
    assert_eq!(fleet.ends(new).await, "done");
    assert_ne!(built(), old_bytes);
    let rollback = fleet.runs(new).await["rollback"].clone();
    assert_eq!((&rollback["may"], &rollback["targets"][0]["order"]), (&true.into(), &old.into()));
    let ask = json!({"command": "back", "reason": "v2 is slow", "to": old});
    let path = format!("/api/orders/{new}/rollback");
    let orders = join_all((0..4).map(|_| fleet.admin.post(&path, ask.clone()))).await;
    let ids: Vec<i64> = orders.iter().map(|order| order.ok()["id"].as_i64().unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(fleet.ends(ids[0]).await, "done");
    assert_eq!(built(), old_bytes);
    let build = fleet.run(ids[0], "build").await;
    let artifact = &build["artifacts"][0];
    assert_eq!((&artifact["from_order"], &artifact["commit"]), (&old.into(), &"0123abcd".into()));
    assert_eq!(build["note"]["code"], "taken_from");
}

#[tokio::test]
async fn a_second_release_waits_for_the_lock_and_says_who_has_it() {
    let mut fleet = Fleet::start(Where::Postgres).await;
    fleet.gets_hosts(1).await;
    let wait = "echo begun\nwhile [ ! -e go ]; do sleep 0.1; done\necho \"$ORDER\" >> order";
    let flow =
        fleet.publishes(&[step("push", wait, "on: {group: web}"), step("after", "true", "on: {group: web}")]).await;
    let refuses = fleet.publishes(&[step("push", "true", "on: {group: web}\nlock: refuse")]).await;
    let first = fleet.starts(&flow, "v1").await;
    fleet.until(first, "push", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    let second = fleet.starts(&flow, "v2").await;
    let waits = fleet.until(second, "push", |run| run["waits_for"].is_object()).await;
    assert_eq!((&waits["state"], &waits["waits_for"]["order"]), (&"requested".into(), &first.into()));
    let third = fleet.starts(&refuses, "v3").await;
    let refused = fleet.gets(third, "push", "failed").await;
    assert_eq!(refused["note"]["code"], "locked");
    fleet.decides(third, json!({"move": "cancel_run", "node": "push", "reason": "later"})).await;
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    assert_eq!((fleet.ends(first).await, fleet.ends(second).await), ("done".into(), "done".into()));
    assert_eq!(std::fs::read_to_string(fleet.place(0).join("order")).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn a_releaser_holds_a_release_back_and_stops_it() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(3).await;
    let script = "echo begun\n[ \"$HOST\" = web-01 ] && while [ ! -e go ]; do sleep 0.1; done\n[ \"$HOST\" = web-03 ] && sleep 600\ntrue";
    let flow = fleet.publishes(&[step("push", script, "on: {group: web}\nbatches: serial")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    fleet.decides(order, json!({"move": "pause_run", "node": "push"})).await;
    std::fs::write(fleet.place(0).join("go"), "").unwrap();
    let run = fleet.until(order, "push", |run| run["hosts"][0]["state"] == "succeeded").await;
    assert_eq!((&run["paused"], &run["hosts"][1]["state"]), (&true.into(), &"waiting".into()));
    assert!(run["moves"].as_array().unwrap().contains(&"continue_run".into()));
    fleet.decides(order, json!({"move": "continue_run", "node": "push"})).await;
    fleet.until(order, "push", |run| run["hosts"][2]["output"]["last_seq"].as_i64() > Some(0)).await;
    fleet.decides(order, json!({"move": "cancel_run", "node": "push", "reason": "wrong"})).await;
    let run = fleet.gets(order, "push", "cancelled").await;
    assert_eq!(states(&run), ["succeeded", "succeeded", "cancelled"]);
    fleet.decides(order, json!({"move": "retry_failed", "node": "push"})).await;
    fleet.until(order, "push", |run| run["hosts"][2]["state"] == "running").await;
    // The order is withdrawn only once the script is gone.
    fleet.decides(order, json!({"move": "withdraw", "reason": "never mind"})).await;
    assert_eq!(fleet.ends(order).await, "withdrawn");
    let left = std::fs::read_dir(fleet.hosts[2].home().join(".countersign/runs")).unwrap().flatten();
    let scripts = left.filter(|run| run.path().join("script").exists()).count();
    assert_eq!(scripts, 0, "what was stopped is cleared away like what ended");
}

#[tokio::test]
async fn an_attempt_that_failed_can_still_be_read_after_the_next_one() {
    let fleet = Fleet::start(Where::Sqlite).await;
    let script = "echo \"attempt $ATTEMPT\"\n[ \"$ATTEMPT\" = 2 ]";
    let flow = fleet.publishes(&[step("build", script, "")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.gets(order, "build", "failed").await;
    let standing = fleet.admin.get("/api/orders?box=waiting").await.ok()["orders"][0]["nodes"][0].clone();
    assert_eq!((&standing["id"], &standing["run"]), (&"build".into(), &"failed".into()), "lists say what is asked");
    fleet.decides(order, json!({"move": "retry_failed", "node": "build"})).await;
    assert_eq!(fleet.ends(order).await, "done");
    let path = format!("/api/orders/{order}/attempts?node=build");
    let attempts = fleet.admin.get(&path).await.ok()["attempts"].clone();
    let told = |attempt: &Value| (attempt["attempt"].as_i64(), attempt["state"].as_str().map(str::to_owned));
    let all: Vec<_> = attempts.as_array().unwrap().iter().map(told).collect();
    assert_eq!(all, [(Some(2), Some("succeeded".into())), (Some(1), Some("failed".into()))]);
    for (index, text) in [(0, "attempt 2\n"), (1, "attempt 1\n")] {
        assert_eq!(fleet.text(&json!({"hosts": [attempts[index]]}), None).await, text);
    }
    let [stranger] = Team { admin: fleet.admin.clone(), url: fleet.admin.url.clone() }.people(["eve"]).await;
    stranger.get(&path).await.refused(404, "order_not_found");
}

#[tokio::test]
async fn nobody_can_tell_whether_a_script_is_gone_on_a_host_that_does_not_answer() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let flow = fleet.publishes(&[step("push", "echo begun\nsleep 600", "on: {group: web}")]).await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.until(order, "push", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    fleet.hosts[0].stop_listening();
    fleet.hosts[0].cut_connections();
    fleet.decides(order, json!({"move": "withdraw", "reason": "never mind"})).await;
    fleet.until(order, "push", |run| run["hosts"][0]["state"] == "unreachable").await;
    let view = fleet.admin.get(&format!("/api/orders/{order}")).await.ok();
    assert_eq!(view["summary"]["status"], "cancelling");
    assert_eq!(view["tasks"].as_array().unwrap().last().unwrap()["kind"], "administer");
    fleet.decides(order, json!({"move": "handle"})).await;
    assert_eq!(fleet.ends(order).await, "withdrawn");
}

#[tokio::test]
async fn eight_who_start_the_same_release_start_one() {
    let mut fleet = Fleet::start(Where::Postgres).await;
    fleet.gets_hosts(1).await;
    fleet
        .publishes(&[step(
            "push",
            "echo \"$VERSION $ENVIRONMENT\" >> started",
            "on: {group: web}\nparameters: {VERSION: version}",
        )])
        .await;
    let room = fleet.admin.makes_room("private", &[]).await;
    let say = json!({"type": "say", "command": "release", "room": room, "text": "/release web v1.4 staging"});
    let acks = join_all((0..8).map(|_| fleet.admin.post("/api/commands", say.clone()))).await;
    let seqs: Vec<Value> = acks.iter().map(|ack| ack.ok()["seq"].clone()).collect();
    assert!(seqs.iter().all(|seq| *seq == seqs[0]), "{seqs:?}");
    let entries = fleet.admin.reads(room).await;
    let text = entries.iter().find(|entry| entry["seq"] == seqs[0]).unwrap()["body"]["text"].as_str().unwrap();
    let order: i64 = text.rsplit_once("/orders/").unwrap().1.trim_end_matches(')').parse().unwrap();
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(std::fs::read_to_string(fleet.place(0).join("started")).unwrap(), "v1.4 staging\n");
    // What can not be understood is said.
    let says = async |text: &str| {
        let say = json!({"type": "say", "room": room, "text": text});
        fleet.admin.post("/api/commands", with_id(say)).await
    };
    says("/release web").await.refused(422, "how_to_release");
    says("/release shop v1").await.refused(404, "nothing_releases");
    says("/release web v1").await.refused(422, "invalid_fields");
    fleet.publishes(&[step("push", "true", "on: {group: web}")]).await;
    says("/release web v1 staging").await.refused(409, "release_ambiguous");
}

#[tokio::test]
async fn nothing_that_is_filled_in_becomes_a_command_and_no_secret_is_told() {
    let mut fleet = Fleet::start(Where::Sqlite).await;
    fleet.gets_hosts(1).await;
    let secret = "canary-4f1c\"'$(id)\nsecond line";
    let new = json!({"name": "API_KEY", "value": secret, "grants": [{"application": "web", "environment": "*"}]});
    fleet.admin.post("/api/secrets", new).await.ok();
    let script = "printf '%s' \"$VERSION\" > version\nprintf '%s' \"$API_KEY\" | sha256sum | cut -c1-8\nprintf 'key %s\\n' \"$API_KEY\"\nprintf 'canary-'; sleep 0.3; printf '4f1c\"'\"'\"'$(id)\\n'";
    let flow = fleet
        .publishes(&[step("push", script, "on: {group: web}\nparameters: {VERSION: version}\nsecrets: [API_KEY]")])
        .await;
    let hostile = "$(touch /tmp/owned) `id` '; rm -rf ~ #\" $HOME";
    let order = fleet.starts(&flow, hostile).await;
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(std::fs::read_to_string(fleet.place(0).join("version")).unwrap(), hostile);
    assert!(!std::path::Path::new("/tmp/owned").exists());
    let run = fleet.run(order, "push").await;
    let text = fleet.text(&run, None).await;
    assert!(text.contains("key •••") && !text.contains("canary-4f1c") && !text.contains("second line"), "{text}");
    let everything = [fleet.admin.reads(order).await, vec![fleet.runs(order).await]].concat();
    assert!(!json!(everything).to_string().contains("canary-4f1c"));
    assert!(!fleet.server().own_log().contains("canary-4f1c"));
}

#[tokio::test]
async fn an_output_is_read_in_all_ways_by_those_who_read_its_order() {
    let fleet = Fleet::start(Where::Sqlite).await;
    let team = Team { admin: fleet.admin.clone(), url: fleet.admin.url.clone() };
    let [ann, stranger] = team.people(["ann", "eve"]).await;
    let flow = fleet
        .publishes(&[step("build", "echo one\nwhile [ ! -e \"$HOME/go\" ]; do sleep 0.1; done\necho two", "")])
        .await;
    let order = fleet.starts(&flow, "v1").await;
    fleet.admin.does(json!({"type": "add_person", "room": order, "person": ann.id})).await;
    let run = fleet.until(order, "build", |run| run["hosts"][0]["output"]["last_seq"].as_i64() > Some(0)).await;
    let output = run["hosts"][0]["output"]["log"].as_str().unwrap().to_owned();
    let path = format!("/api/outputs/{output}/entries?after=0");
    stranger.get(&path).await.refused(404, "output_not_found");
    stranger.get(&format!("/api/outputs/{output}/text")).await.refused(404, "output_not_found");
    stranger.get(&format!("/api/orders/{order}/runs")).await.refused(404, "order_not_found");
    let page = ann.get(&path).await.ok();
    assert_eq!(page["entries"][0]["body"]["text"], "one\n");
    let mut socket = ann.opens_socket().await;
    socket.follow(&output, 0).await;
    assert_eq!(socket.entries_to(&output, 1).await[0]["body"]["text"], "one\n");
    let polled = ann.get(&format!("/api/live?after={output}:0")).await.ok();
    assert!(polled.to_string().contains("one"), "{polled}");
    let mut stream = ann.opens_stream(&path).await;
    assert_eq!(stream.entries_to(&output, 1).await.0[0]["body"]["text"], "one\n");
    // A log that is not theirs is not found, whatever it is called.
    let mut other = stranger.opens_socket().await;
    other.send(json!({"type": "follow", "logs": {&output: 0}})).await;
    assert_eq!(other.next_of("ended").await, json!({"type": "ended", "log": output, "reason": "not_found"}));
    std::fs::write(fleet.runner().join("go"), "").unwrap();
    assert_eq!(fleet.ends(order).await, "done");
    assert_eq!(socket.entries_to(&output, 2).await.last().unwrap()["body"]["text"], "two\n");
    let run = fleet.run(order, "build").await;
    assert_eq!(fleet.text(&run, None).await, "one\ntwo\n");
    let entries = fleet.admin.get(&path).await.ok();
    assert_eq!(
        entries["entries"].as_array().unwrap().last().unwrap()["body"],
        json!({"end": {"exit": 0, "note": null}})
    );
}
