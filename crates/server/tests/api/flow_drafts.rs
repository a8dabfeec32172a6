//! Drafts of flows over HTTP, and who works on them, on every way to connect.

use http::Method;
use serde_json::{Value, json};

use crate::orders::flow;
use crate::setup::{Person, Server, Team, unique};

/// Members who may design flows.
async fn designers<const N: usize>(team: &Team, names: [&str; N]) -> [Person; N] {
    let people = team.people(names).await;
    for person in &people {
        let grant = json!({"permission": "design_flows", "application": null, "environment": null});
        let path = format!("/api/people/{}/permissions", person.id);
        team.admin.put(&path, json!({"permissions": [grant]})).await.ok();
    }
    people
}

fn path(flow: &str) -> String {
    format!("/api/flows/{flow}/draft")
}

async fn saves(who: &Person, flow: &str, yaml: &str, base: Value) -> i64 {
    who.put(&path(flow), json!({"yaml": yaml, "base": base})).await.ok()["revision"].as_i64().unwrap()
}

#[tokio::test]
async fn two_who_write_one_draft_never_overwrite_each_other() {
    let team = Team::new().await;
    let [ann, bob] = designers(&team, ["ann", "bob"]).await;
    let name = unique("draft");
    ann.get(&path(&name)).await.refused(404, "flow_draft_not_found");
    let first = saves(&ann, &name, "one", Value::Null).await;
    let second = saves(&bob, &name, "two", first.into()).await;
    let refused = ann.put(&path(&name), json!({"yaml": "three", "base": first})).await.refused(409, "draft_changed");
    assert_eq!((&refused["draft"]["revision"], &refused["draft"]["by"]), (&second.into(), &bob.id.into()));
    assert!(refused["draft"]["at"].is_i64());
    let kept = ann.get(&path(&name)).await.ok();
    assert_eq!((&kept["yaml"], &kept["revision"], &kept["saved_by"]), (&"two".into(), &second.into(), &bob.id.into()));
    ann.delete(&format!("{}?base={first}", path(&name))).await.refused(409, "draft_changed");
    ann.delete(&format!("{}?base={second}", path(&name))).await.ok();
    let gone = bob.put(&path(&name), json!({"yaml": "three", "base": second})).await.refused(409, "draft_changed");
    assert_eq!(gone["draft"], json!({"revision": null, "by": null, "at": null}));
}

#[tokio::test]
async fn a_draft_is_listed_until_it_is_published() {
    let team = Team::new().await;
    let [ann] = designers(&team, ["ann"]).await;
    let (name, group) = (unique("draft"), unique("group"));
    team.admin.post("/api/groups", json!({"name": group, "title": "Askers", "people": [ann.id]})).await.ok();
    let text = flow(&name, &group, "any");
    saves(&ann, &name, &text, Value::Null).await;
    let listed = async |who: &Person| {
        let drafts = who.get("/api/flow-drafts").await.ok();
        drafts["drafts"].as_array().unwrap().iter().find(|draft| draft["flow"] == name).cloned()
    };
    let draft = listed(&ann).await.unwrap();
    assert_eq!((&draft["name"]["zh"], &draft["newest_version"]), (&"测试".into(), &Value::Null));
    ann.post("/api/flows", json!({"yaml": text})).await.refused(403, "not_permitted");
    team.admin.post("/api/flows", json!({"yaml": text})).await.ok();
    assert_eq!(listed(&ann).await, None);
}

#[tokio::test]
async fn whoever_may_not_design_flows_sees_no_drafts() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let name = unique("draft");
    saves(&team.admin, &name, "one", Value::Null).await;
    ann.get("/api/flow-drafts").await.refused(403, "not_permitted");
    ann.get(&path(&name)).await.refused(403, "not_permitted");
    ann.put(&path(&name), json!({"yaml": "two"})).await.refused(403, "not_permitted");
    ann.delete(&path(&name)).await.refused(403, "not_permitted");
    ann.post("/api/commands", json!({"type": "editing", "flow": name})).await.refused(403, "not_permitted");
    team.stranger().get(&path(&name)).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn what_can_not_be_a_draft_is_refused() {
    let team = Team::new().await;
    let name = unique("draft");
    let put = async |flow: &str, body: Value| team.admin.put(&path(flow), body).await;
    put(&name, json!({"yaml": "x".repeat(512 * 1024 + 1)})).await.wrong_field("yaml", "too_long");
    put(&name, json!({"yaml": "x".repeat(3 * 1024 * 1024)})).await.refused(413, "body_too_large");
    put(&name, json!({"yaml": "a\u{0}b"})).await.wrong_field("yaml", "control_characters");
    put("Not-A-Slug", json!({"yaml": "x"})).await.wrong_field("flow", "invalid");
    for body in [json!({}), json!({"yaml": 1}), json!({"yaml": "x", "base": "1"}), json!({"yaml": "x", "more": 1})] {
        put(&name, body).await.refused(422, "wrong_shape");
    }
    team.admin.delete(&format!("{}?base=x", path(&name))).await.refused(400, "wrong_query");
    for wrong in [json!({"flow": "A b"}), json!({"flow": name, "node": "x".repeat(65)}), json!({"flow": ""})] {
        let mut command = wrong;
        command["type"] = "editing".into();
        team.admin.post("/api/commands", command).await.refused(422, "invalid_fields");
    }
    team.admin.get(&path(&name)).await.refused(404, "flow_draft_not_found");
}

#[tokio::test]
async fn those_who_design_flows_see_who_works_on_which_node() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let [ann, bob] = designers(&team, ["ann", "bob"]).await;
    let [outsider] = team.people(["mia"]).await;
    let (mut socket, mut outside) = (bob.opens_socket().await, outsider.opens_socket().await);
    let mut stream = bob.opens_stream("/api/live").await;
    let editing = |node: Value, here: bool| json!({"type": "editing", "flow": "leave", "person": ann.id, "node": node, "here": here});
    // Over the socket.
    let mut own = ann.opens_socket().await;
    own.send(json!({"type": "editing", "flow": "leave", "node": "leads"})).await;
    socket.hears(&editing("leads".into(), true)).await;
    assert_eq!(stream.next_of("editing").await.data, editing("leads".into(), true));
    // Over plain HTTP.
    ann.post("/api/commands", json!({"type": "editing", "flow": "leave", "node": null})).await.ok();
    socket.hears(&editing(Value::Null, true)).await;
    // A draft that is saved is told to all who design flows, its writer's other tabs included.
    let revision = saves(&ann, "leave", "flow: leave", Value::Null).await;
    let saved = json!({"type": "draft", "flow": "leave", "revision": revision, "person": ann.id});
    socket.hears(&saved).await;
    own.hears(&saved).await;
    // Whoever closes the page has left.
    drop(own);
    socket.hears(&editing(Value::Null, false)).await;
    ann.delete(&path("leave")).await.ok();
    socket.hears(&json!({"type": "draft", "flow": "leave", "revision": null, "person": ann.id})).await;
    let heard = outside.all_until_now(&outsider).await;
    assert!(heard.iter().all(|message| message["type"] != "editing" && message["type"] != "draft"), "{heard:?}");
}

#[tokio::test]
async fn working_on_a_flow_counts_against_the_rate_of_a_person() {
    let server = Server::start(&["--commands-per-second", "1"]);
    let team = Team::on(&server).await;
    let mut refused = None;
    for _ in 0..10 {
        let body = json!({"type": "editing", "flow": "leave", "node": null});
        let request = team.admin.request(Method::POST, "/api/commands").json(&body);
        let answer = team.admin.sends(request).await;
        refused = (answer.status != 204).then_some(answer).or(refused);
    }
    refused.expect("ten at once are too many").refused(429, "too_many_requests");
}
