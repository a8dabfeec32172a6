//! Orders over HTTP and the live connection, against the real program.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::setup::{Person, Team, in_time, log, unique, with_query};

/// A flow of one step, with a form that has something of every kind of mistake in reach.
pub fn flow(name: &str, group: &str, rule: &str) -> String {
    format!(
        r#"
flow: {name}
name: {{zh: 测试, en: Test}}
title: '{{what}}'
form:
  - {{id: what, label: What, type: text, required: true, max: 40}}
  - {{id: price, label: Price, type: money, min: 0}}
  - {{id: parts, label: Parts, type: number, whole: true}}
nodes:
  - {{id: start, name: {{zh: 开始, en: Start}}, kind: start}}
  - {{id: ask, name: {{zh: 审批, en: Ask}}, kind: approve, who: [{{group: {group}}}], rule: {rule}}}
  - {{id: split, name: {{zh: 分摊?, en: Split?}}, kind: condition}}
  - {{id: more, name: {{zh: 再审, en: Ask again}}, kind: approve, who: [{{group: {group}}}], rule: any}}
  - {{id: end, name: {{zh: 结束, en: End}}, kind: end}}
links:
  - {{from: start, to: ask}}
  - {{from: ask, to: split}}
  - {{from: split, to: more, when: parts == 0 || 100 / parts > 50}}
  - {{from: split, to: end, otherwise: true}}
  - {{from: more, to: end}}
"#
    )
}

/// A flow that asks a group of people, published by an administrator; answers its name.
pub async fn publishes(team: &Team, rule: &str, askers: &[&Person]) -> String {
    let (name, group) = (unique("flow"), unique("group"));
    let people: Vec<i64> = askers.iter().map(|person| person.id).collect();
    let new = json!({"name": group, "title": "Askers", "people": people});
    team.admin.post("/api/groups", new).await.ok();
    let published = team.admin.post("/api/flows", json!({"yaml": flow(&name, &group, rule)})).await.ok();
    assert_eq!((&published["flow"], &published["version"]), (&name.as_str().into(), &1.into()));
    name
}

/// Begins an order and answers its id.
pub async fn begins(requester: &Person, flow: &str) -> i64 {
    let new = json!({"command": unique("draft"), "flow": flow});
    requester.post("/api/orders", new).await.ok()["id"].as_i64().unwrap()
}

/// Begins and submits an order and answers its id.
pub async fn submits(requester: &Person, flow: &str, what: &str) -> i64 {
    let order = begins(requester, flow).await;
    let submit = json!({"command": unique("submit"), "form": {"what": what, "parts": 4}});
    requester.post(&format!("/api/orders/{order}/submit"), submit).await.ok();
    order
}

/// A move, as a command.
pub fn decision(order: i64, action: Value) -> Value {
    json!({"type": "decide", "order": order, "move": action})
}

fn approval(order: i64) -> Value {
    decision(order, json!({"move": "approve"}))
}

async fn view(who: &Person, order: i64) -> Value {
    who.get(&format!("/api/orders/{order}")).await.ok()
}

#[tokio::test]
async fn everybody_who_watches_sees_a_node_change_at_once() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "a chair").await;
    let before = view(&requester, order).await;
    let state = |diagram: &Value, id: &str| {
        let nodes = diagram["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["id"] == id).map(|node| node["state"].clone()).unwrap_or_default()
    };
    assert_eq!((state(&before["diagram"], "ask"), state(&before["diagram"], "end")), ("waiting".into(), "idle".into()));
    let mut watcher = requester.follows(order, before["last_seq"].as_i64().unwrap()).await;
    let mut decider = asker.opens_socket().await;
    let ack = decider.commands(approval(order)).await;
    let seq = ack["seq"].as_i64().unwrap();
    let entries = watcher.entries_to(&log(order), seq).await;
    let entry = entries.last().unwrap();
    assert_eq!((&entry["kind"], &entry["by"]), (&"order".into(), &asker.id.into()));
    assert_eq!(entry["body"]["status"], "approved");
    assert_eq!(state(&entry["body"]["changes"], "ask"), "done");
    assert_eq!(state(&entry["body"]["changes"], "end"), "done");
    // The same changes, for those who poll; applied to the first diagram they give the last one.
    let changes = asker.get(&format!("/api/orders/{order}/diagram/changes?after=0")).await.ok();
    let last = changes["changes"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["seq"], &last["changes"]), (&seq.into(), &entry["body"]["changes"]));
    let now = asker.get(&format!("/api/orders/{order}/diagram")).await.ok();
    assert_eq!(state(&now, "ask"), "done");
}

#[tokio::test]
async fn a_poll_for_changes_waits_for_the_next_one() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "a lamp").await;
    let last = view(&requester, order).await["last_seq"].as_i64().unwrap();
    let path = format!("/api/orders/{order}/diagram/changes?after={last}&wait=25");
    let poll = requester.asks(&path).await;
    // Talk is no change of the diagram.
    asker.says(order, "let me see").await;
    asker.does(approval(order)).await;
    let changes = in_time(poll.answer()).await.ok();
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    assert_eq!(changes["changes"][0]["status"], "approved");
}

#[tokio::test]
async fn the_inbox_follows_the_feed() {
    let team = Team::new().await;
    let [requester, first, second] = team.people(["ann", "bob", "cid"]).await;
    let flow = publishes(&team, "any", &[&first, &second]).await;
    let page = second.get("/api/orders?box=waiting").await.ok();
    let mut inbox = second.opens_socket().await;
    inbox.follow("feed", page["feed_seq"].as_i64().unwrap()).await;
    let order = submits(&requester, &flow, "a desk").await;
    let added = inbox.next_of("entries").await;
    assert_eq!(added["entries"][0]["body"]["change"], "added");
    assert_eq!(second.get("/api/orders/counts").await.ok()["waiting"], 1);
    first.does(approval(order)).await;
    let removed = inbox.next_of("entries").await;
    let body = &removed["entries"][0]["body"];
    assert_eq!((&body["change"], &body["order"], &body["by"]), (&"removed".into(), &order.into(), &first.id.into()));
    assert_eq!(second.get("/api/orders/counts").await.ok()["waiting"], 0);
    assert_eq!(first.get("/api/orders?box=done").await.ok()["orders"][0]["id"], order);
}

#[tokio::test]
async fn who_was_too_late_hears_who_decided_what_and_when() {
    let team = Team::new().await;
    let [requester] = team.people(["ann"]).await;
    let askers = team.people(["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8"]).await;
    let flow = publishes(&team, "any", &askers.iter().collect::<Vec<_>>()).await;
    let order = submits(&requester, &flow, "a race").await;
    let answers = join_all(askers.iter().map(|asker| asker.commands(approval(order)))).await;
    let winners: Vec<usize> = (0..8).filter(|number| answers[*number].status == 200).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    let winner = &askers[winners[0]];
    for late in answers.iter().filter(|answer| answer.status != 200) {
        let problem = late.refused(409, "already_decided");
        assert_eq!(problem["decided"]["by"], winner.id);
        assert!(problem["decided"]["at"].as_i64().unwrap() > 0);
        assert!(problem["detail"].as_str().unwrap().contains(winner.username.trim_end_matches(char::is_numeric)));
    }
}

#[tokio::test]
async fn wrong_values_are_marked_at_their_fields_in_both_languages() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = begins(&requester, &flow).await;
    let form = json!({"what": "", "price": "-1", "parts": 1.5, "unknown": 1});
    let submit = |language: &'static str| {
        let body = json!({"command": unique("submit"), "form": form});
        let request = requester.request(http::Method::POST, &format!("/api/orders/{order}/submit"));
        requester.sends(request.header("accept-language", language).json(&body))
    };
    let (chinese, english) = (submit("zh-CN").await, submit("en").await);
    let (chinese, english) = (chinese.refused(422, "invalid_fields"), english.refused(422, "invalid_fields"));
    let fields = |problem: &Value| {
        let errors = problem["errors"].as_array().unwrap().iter();
        errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut marked = fields(&english);
    marked.sort();
    assert_eq!(marked, ["form.parts", "form.price", "form.unknown", "form.what"]);
    assert_eq!(fields(&chinese), fields(&english));
    assert!(chinese["errors"].as_array().unwrap().iter().all(|error| !error["message"].as_str().unwrap().is_ascii()));
    assert_eq!(view(&requester, order).await["summary"]["status"], "draft");
}

#[tokio::test]
async fn a_condition_that_divides_by_zero_asks_an_administrator_and_nothing_stands_still() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = begins(&requester, &flow).await;
    let submit = json!({"command": unique("submit"), "form": {"what": "nothing"}});
    let answer = requester.post(&format!("/api/orders/{order}/submit"), submit).await;
    if answer.status >= 400 {
        let problem = answer.problem();
        assert_eq!(view(&requester, order).await["summary"]["status"], "draft", "{problem}");
        return;
    }
    asker.commands(approval(order)).await;
    let summary = view(&requester, order).await["summary"].clone();
    let stands = !summary["waiting_for"].as_array().unwrap().is_empty();
    assert!(stands || summary["status"] == "approved", "{summary}");
}

#[tokio::test]
async fn moves_that_are_not_legal_say_so_and_change_nothing() {
    let team = Team::new().await;
    let [requester, asker, stranger] = team.people(["ann", "bob", "eve"]).await;
    let flow = publishes(&team, "any", &[&asker, &requester]).await;
    let order = submits(&requester, &flow, "a plant").await;
    let before = view(&requester, order).await["last_seq"].clone();
    let tries = async |who: &Person, action: Value| who.commands(decision(order, action)).await;
    tries(&stranger, json!({"move": "approve"})).await.refused(404, "order_not_found");
    stranger.get(&format!("/api/orders/{order}")).await.refused(404, "order_not_found");
    stranger.get(&format!("/api/orders/{order}/diagram.svg")).await.refused(404, "order_not_found");
    let own = tries(&requester, json!({"move": "approve"})).await;
    assert!([403, 409].contains(&own.status), "{}", own.text());
    tries(&asker, json!({"move": "reject"})).await.refused(422, "reason_required");
    tries(&asker, json!({"move": "approve", "task": 99})).await.refused(404, "unknown_task");
    tries(&asker, json!({"move": "withdraw"})).await.refused(403, "not_allowed");
    tries(&asker, json!({"move": "force_close", "reason": "mine"})).await.refused(403, "not_allowed");
    tries(&asker, json!({"move": "fire", "timer": "x"})).await.refused(403, "not_allowed");
    tries(&asker, json!({"move": "dance"})).await.refused(422, "wrong_shape");
    let rename = json!({"type": "rename", "room": order, "name": "mine"});
    asker.commands(rename).await.refused(409, "order_room");
    assert_eq!(view(&requester, order).await["last_seq"], before);
}

#[tokio::test]
async fn a_flow_that_is_wrong_says_what_and_where() {
    let team = Team::new().await;
    let [member] = team.people(["ann"]).await;
    let check = async |yaml: &str| member.post("/api/flows/check", json!({"yaml": yaml})).await.ok();
    let broken = check("flow: x\nnodes: [").await;
    assert!(broken["problems"][0]["line"].as_i64().unwrap() >= 1, "{broken}");
    let text = flow("broken", "leads", "any");
    let always = "when: parts > 0 || true";
    for (wrong, right) in [(always, "otherwise: true"), ("when: 1 + +", "when: parts == 0 || 100 / parts > 50")] {
        let problems = check(&text.replace(right, wrong)).await["problems"].clone();
        assert!(!problems.as_array().unwrap().is_empty(), "{wrong}");
        for problem in problems.as_array().unwrap() {
            assert!(problem["node"] == "split" || problem["link"].is_number(), "{problem}");
            assert!(!problem["words"]["zh"].as_str().unwrap().is_ascii() && problem["words"]["en"] != "", "{problem}");
        }
    }
    member.post("/api/flows", json!({"yaml": flow("mine", "nobody", "any")})).await.refused(403, "not_permitted");
    let unknown = team.admin.post("/api/flows", json!({"yaml": flow("mine", "nobody", "any")})).await;
    let problem = unknown.refused(422, "flow_problems");
    assert_eq!(problem["errors"][0]["field"].as_str().unwrap().split('.').next(), Some("nodes"), "{problem}");
    member.get("/api/flows/mine").await.refused(404, "flow_not_found");
}

#[tokio::test]
async fn a_page_that_uses_gojs_gets_its_models_and_a_wiki_a_picture() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "<b>&\"chair\"").await;
    let graph = asker.get(&format!("/api/orders/{order}/diagram?format=gojs-graph")).await.ok();
    assert_eq!(graph["class"], "GraphLinksModel");
    let node = &graph["nodeDataArray"][0];
    for key in ["key", "text", "figure", "color"] {
        assert!(node[key].is_string(), "{node}");
    }
    assert!(graph["linkDataArray"][0]["from"].is_string() && graph["linkDataArray"][0]["link_color"].is_string());
    // Two paths meet at the end.
    asker.get(&format!("/api/orders/{order}/diagram?format=gojs-tree")).await.refused(409, "not_a_tree");
    asker.get(&format!("/api/orders/{order}/diagram?format=other")).await.refused(400, "wrong_query");
    for language in ["zh-CN", "en"] {
        let picture = asker.get(&format!("/api/orders/{order}/diagram.svg?language={language}")).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"));
        assert!(
            picture.text().starts_with("<svg")
                && picture.text().contains(if language == "en" { "Ask" } else { "审批" })
        );
    }
}

#[tokio::test]
async fn orders_can_be_taken_into_a_spreadsheet() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    submits(&requester, &flow, "=HYPERLINK(\"x\")").await;
    submits(&requester, &flow, "two, with a comma").await;
    let table = requester.get("/api/orders/export.csv?box=mine").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let text = table.text();
    assert!(text.starts_with('\u{feff}'));
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && text.contains("\"two, with a comma\""));
    stranger_sees_none(&team).await;
}

async fn stranger_sees_none(team: &Team) {
    let [stranger] = team.people(["eve"]).await;
    assert_eq!(stranger.get("/api/orders/export.csv?box=all").await.text().lines().count(), 1);
    team.stranger().get("/api/orders/export.csv?box=all").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn an_administrator_looks_in_and_everybody_sees_it() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let boss = team.administrator("boss").await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "a look").await;
    assert_eq!(view(&boss, order).await["member"], false);
    boss.commands(json!({"type": "say", "room": order, "text": "hm"})).await.refused(404, "room_not_found");
    boss.does(json!({"type": "join", "room": order})).await;
    assert_eq!(view(&boss, order).await["member"], true);
    let entries = requester.reads(order).await;
    assert_eq!(entries.last().unwrap()["body"], json!({"person": boss.id, "change": "joined"}));
    let close = json!({"move": "force_close", "reason": "a test"});
    boss.does(decision(order, close)).await;
    assert_eq!(view(&requester, order).await["summary"]["status"], "closed");
}

#[tokio::test]
async fn somebody_who_is_asked_to_join_the_talk_finds_the_order() {
    let team = Team::new().await;
    let [requester, asker, friend] = team.people(["ann", "bob", "cid"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "advice").await;
    asker.does(json!({"type": "add_person", "room": order, "person": friend.id})).await;
    let found = friend.get(&with_query("/api/orders", &[("box", "all"), ("q", "advice")])).await.ok();
    assert_eq!(found["orders"][0]["id"], order);
    friend.says(order, "I would take the blue one").await;
    friend.commands(approval(order)).await.refused(403, "no_open_task");
}

#[tokio::test]
async fn those_who_look_at_an_order_see_each_other() {
    let team = Team::new().await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "company").await;
    let mut watcher = requester.follows(order, 0).await;
    let mut decider = asker.follows(order, 0).await;
    decider.send(json!({"type": "looking", "room": order, "deciding": true})).await;
    watcher.hears(&json!({"type": "looking", "room": order, "person": asker.id, "deciding": true})).await;
    let leaves = json!({"type": "looking", "room": order, "deciding": null});
    assert_eq!(asker.post("/api/commands", leaves).await.status, 204);
    watcher.hears(&json!({"type": "looking", "room": order, "person": asker.id, "deciding": null})).await;
}

#[tokio::test]
async fn a_draft_says_which_fields_its_requester_fills_in() {
    let team = Team::new().await;
    let [requester] = team.people(["ann"]).await;
    let flow = unique("flow");
    let yaml = format!(
        r#"
flow: {flow}
name: Purchase
form:
  - {{id: what, label: What, type: text, required: true}}
  - {{id: price, label: Price, type: money}}
  - {{id: invoice, label: Invoice, type: text, required: true}}
nodes:
  - {{id: start, name: Start, kind: start, fields: {{invoice: hidden, price: read}}}}
  - {{id: buy, name: Buy it, kind: handle, who: [administrators], fields: {{invoice: write, price: write}}}}
  - {{id: end, name: End, kind: end}}
links:
  - {{from: start, to: buy}}
  - {{from: buy, to: end}}
"#
    );
    team.admin.post("/api/flows", json!({"yaml": yaml})).await.ok();
    let order = begins(&requester, &flow).await;
    let access = json!({"what": "write", "price": "read", "invoice": "hidden"});
    assert_eq!(view(&requester, order).await["access"], access);
    let submit = json!({"command": unique("submit"), "form": {"what": "A desk"}});
    requester.post(&format!("/api/orders/{order}/submit"), submit).await.ok();
    assert_eq!(view(&requester, order).await["access"], json!({}));
    assert_eq!(view(&team.admin, order).await["access"], json!({"price": "write", "invoice": "write"}));
}
