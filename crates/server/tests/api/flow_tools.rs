//! What helps to design a flow, over HTTP.

use serde_json::{Value, json};

use crate::orders::{decision, flow, publishes, submits};
use crate::setup::{Team, unique};

#[tokio::test]
async fn two_versions_are_compared_wherever_they_come_from() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let name = publishes(&team, "any", &[&bob]).await;
    let first = ann.get(&format!("/api/flows/{name}/yaml")).await.text();
    let second =
        first.replace("rule: any}\n  - {id: split", "rule: all}\n  - {id: split").replace("max: 40", "max: 50");
    team.admin.post("/api/flows", json!({"yaml": second})).await.ok();
    let compare = async |from: Value, to: Value| ann.post("/api/flows/diff", json!({"from": from, "to": to})).await;
    let published = |version: Value| json!({"flow": name, "version": version});
    let difference = compare(published(1.into()), published(Value::Null)).await.ok();
    let changes = difference["changes"].as_array().unwrap();
    let found: Vec<_> = changes.iter().map(|change| [&change["what"], &change["id"], &change["key"]]).collect();
    assert_eq!(json!(found), json!([["field", "what", "max"], ["node", "ask", "rule"]]));
    assert_eq!(changes[1]["words"]["zh"], "节点“审批”的表决方式:any → 未设置");
    assert_eq!((&changes[0]["before"], &changes[0]["after"]), (&json!(40.0), &json!(50.0)));
    let marks: Vec<_> = difference["diagram"]["nodes"].as_array().unwrap().iter().map(|node| &node["mark"]).collect();
    assert_eq!(json!(marks), json!(["same", "changed", "same", "same", "same"]));
    assert!(difference["text"]["en"].as_str().unwrap().starts_with("~ Field “What”: upper limit 40"));
    let same = compare(published(2.into()), json!({"yaml": second})).await.ok();
    assert_eq!(same["changes"], json!([]));
    compare(published(9.into()), json!({"yaml": second})).await.refused(404, "flow_not_found");
    let broken = compare(json!({"yaml": "flow: a\nnodes: 3"}), json!({"yaml": second})).await;
    assert_eq!(broken.refused(422, "flow_problems")["errors"][0]["code"], "yaml");
    compare(json!({"yaml": "x", "flow": "y"}), json!({"yaml": second})).await.refused(422, "wrong_shape");
    team.guest("guy")
        .await
        .post("/api/flows/diff", json!({"from": published(1.into()), "to": {"yaml": "x"}}))
        .await
        .refused(403, "not_for_guests");
}

#[tokio::test]
async fn a_flow_is_tried_out_before_anybody_is_asked() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let group = unique("group");
    team.admin.post("/api/groups", json!({"name": group, "title": "Askers", "people": [bob.id]})).await.ok();
    let text = flow(&unique("flow"), &group, "any");
    let run = async |parts: i64, answers: Value| {
        let body = json!({"yaml": text, "form": {"what": "a chair", "parts": parts}, "answers": answers});
        ann.post("/api/flows/dry-run", body).await
    };
    let begun = run(1, json!([])).await.ok();
    let waits = &begun["waiting"][0];
    assert_eq!((&waits["node"], &waits["people"], &begun["ended"]), (&"ask".into(), &json!([bob.id]), &Value::Null));
    assert_eq!(waits["verdicts"], json!(["approve", "reject", "return"]));
    assert_eq!(begun["steps"][1]["asked"][0]["because"]["en"], format!("of the group “{group}”"));
    assert!(begun["diagram"]["nodes"].as_array().unwrap().iter().any(|node| node["state"] == "waiting"));
    let gone_on = run(1, json!([{"node": "ask", "verdict": "approve"}])).await.ok();
    let choice = &gone_on["steps"][2]["choice"];
    assert_eq!(choice["inputs"], json!({"parts": 1}));
    let tried = json!([{"link": 2, "when": "parts == 0 || 100 / parts > 50", "holds": true}]);
    assert_eq!((&choice["tried"], &gone_on["steps"][2]["took_links"]), (&tried, &json!([2])));
    let rejected = run(1, json!([{"node": "ask", "verdict": "reject", "person": bob.id}])).await.ok();
    assert_eq!((&rejected["ended"], &rejected["waiting"]), (&"rejected".into(), &json!([])));
    let answers = json!([{"node": "ask", "verdict": "approve"}, {"node": "end", "verdict": "approve"}, {"node": "more", "verdict": "approve"}]);
    let refused = run(1, answers).await.ok();
    assert_eq!(
        (&refused["refused"]["answer"], &refused["refused"]["problem"]["type"]),
        (&1.into(), &"/problems/no_open_task".into())
    );
    assert_eq!(refused["waiting"][0]["node"], "more", "what came after it was not given");
    let wrong = ann.post("/api/flows/dry-run", json!({"yaml": text, "form": {"parts": 1.5}})).await;
    assert_eq!(wrong.refused(422, "invalid_fields")["errors"].as_array().unwrap().len(), 2);
    let many: Vec<Value> = (0..501).map(|_| json!({"node": "ask", "verdict": "approve"})).collect();
    run(1, many.into()).await.wrong_field("answers", "too_many");
    let unknown = json!({"yaml": text, "form": {"what": "a chair"}, "requester": i64::MAX});
    ann.post("/api/flows/dry-run", unknown).await.refused(422, "unknown_person");
    let body = json!({"yaml": text.replace("otherwise: true", "when: parts > 3"), "form": {}});
    ann.post("/api/flows/dry-run", body).await.refused(422, "flow_problems");
    assert_eq!(bob.get("/api/orders?box=waiting").await.ok()["orders"], json!([]), "nobody was told");
}

#[tokio::test]
async fn a_dry_run_says_on_which_hosts_a_script_would_run_now() {
    let team = Team::new().await;
    let (group, flow) = (unique("group"), unique("flow"));
    team.admin.post("/api/host-groups", json!({"name": group, "title": "Web"})).await.ok();
    let text = format!(
        "flow: {flow}\nname: Push\nnodes:\n  - {{id: start, kind: start, name: Start}}\n  - {{id: push, kind: run, name: Push, script: 'true', on: {{group: {group}}}, batches: [\"1\", rest]}}\n  - {{id: here, kind: run, name: Here, script: 'true'}}\n  - {{id: end, kind: end, name: End}}\nlinks:\n  - {{from: start, to: push}}\n  - {{from: push, to: here}}\n  - {{from: here, to: end}}\n"
    );
    let hosts = async || {
        let answers = json!([{"node": "push", "verdict": "succeeded"}]);
        let run = json!({"yaml": text, "answers": answers});
        team.admin.post("/api/flows/dry-run", run).await.ok()["hosts"].clone()
    };
    assert_eq!(hosts().await, json!({"push": []}), "a group without hosts");
    let mut names: Vec<String> = (0..3).map(|_| unique("host")).collect();
    names.sort();
    for name in &names {
        let host = json!({"name": name, "address": "127.0.0.1", "port": 1, "username": "deploy", "groups": [group]});
        team.admin.post("/api/hosts", host).await.ok();
    }
    assert_eq!(hosts().await, json!({"push": [[names[0]], [names[1], names[2]]]}));
}

#[tokio::test]
async fn earlier_orders_say_what_a_change_would_have_done() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let name = publishes(&team, "any", &[&bob]).await;
    let order = submits(&ann, &name, "a chair").await;
    bob.does(decision(order, json!({"move": "approve"}))).await;
    let text = ann.get(&format!("/api/flows/{name}/yaml")).await.text();
    let check = async |text: &str| team.admin.post("/api/flows/history-check", json!({"yaml": text})).await;
    let same = check(&text).await.ok();
    assert_eq!(same, json!({"looked_at": 1, "not_comparable": 0, "different": []}));
    let stricter = check(&text.replace("parts == 0 || 100 / parts > 50", "parts > 2")).await.ok();
    let different = &stricter["different"][0];
    assert_eq!((&different["order"], &different["version"]), (&order.into(), &1.into()));
    assert_eq!((&different["before"], &different["after"]), (&json!(["ask"]), &json!(["ask", "more"])));
    assert_eq!((&different["title"]["en"], &different["problem"]), (&"a chair".into(), &Value::Null));
    let broken = check(&text.replace("parts == 0 || 100 / parts > 50", "100 / (parts - 4) > 50")).await.ok();
    assert_eq!(broken["different"][0]["problem"]["type"], "/problems/expression_failed");
    ann.post("/api/flows/history-check", json!({"yaml": text})).await.refused(403, "not_permitted");
    for limit in [0, -1, 201] {
        let body = json!({"yaml": text, "limit": limit});
        team.admin.post("/api/flows/history-check", body).await.wrong_field("limit", "out_of_range");
    }
    // Whoever designs flows need not be able to read every order.
    let [designer] = team.people(["dan"]).await;
    let grant = json!({"permission": "design_flows", "application": null, "environment": null});
    team.admin.put(&format!("/api/people/{}/permissions", designer.id), json!({"permissions": [grant]})).await.ok();
    let body = json!({"yaml": text.replace("parts == 0 || 100 / parts > 50", "parts > 2")});
    let seen = designer.post("/api/flows/history-check", body).await.ok();
    assert_eq!((&seen["different"][0]["order"], &seen["different"][0]["title"]), (&order.into(), &Value::Null));
}

#[tokio::test]
async fn an_expression_is_evaluated_on_samples() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let fields =
        json!([{"id": "days", "label": "Days", "type": "number"}, {"id": "price", "label": "Price", "type": "money"}]);
    let evaluate = async |expression: &str| {
        let body = json!({"expression": expression, "fields": fields, "form": {"price": "1200.50"}});
        ann.post("/api/flows/evaluate", body).await.ok()
    };
    let good = evaluate("price > 1000.0 && days == 0").await;
    assert_eq!((&good["value"], &good["value_type"], &good["problem"]), (&true.into(), &"bool".into(), &Value::Null));
    assert_eq!(good["names"], json!(["days", "price"]));
    assert_eq!(evaluate("requester.username").await["value"], ann.username);
    let wrong = evaluate("price > 1 && dyas > 1").await;
    assert_eq!((&wrong["value"], &wrong["problem"]["fault"]), (&Value::Null, &"unknown_name".into()));
    assert_eq!((&wrong["problem"]["start"], &wrong["problem"]["end"]), (&13.into(), &17.into()));
    assert_eq!(wrong["problem"]["words"]["zh"], "没有这个字段:dyas");
    assert_eq!(evaluate("days > 1 && dyas > 1").await["problem"]["fault"], "unknown_name", "the left side decides");
    let half = evaluate("price >").await;
    assert_eq!((&half["problem"]["fault"], &half["problem"]["start"]), (&"unfinished".into(), &7.into()));
    assert_eq!(evaluate("price / days > 1").await["problem"]["fault"], "division_by_zero");
    assert_eq!(evaluate(&"(".repeat(5_000)).await["problem"]["fault"], "too_long");
}

#[tokio::test]
async fn a_text_that_can_not_be_read_is_explained_in_both_languages() {
    let team = Team::new().await;
    let checked = team.admin.post("/api/flows/check", json!({"yaml": "flow: a\nname: A\nlonks: []\n"})).await.ok();
    let problem = &checked["problems"][0];
    assert_eq!((&problem["code"], &problem["line"]), (&"yaml".into(), &3.into()));
    assert!(problem["words"]["zh"].as_str().unwrap().starts_with("没有“lonks”这个键"), "{problem}");
    assert!(problem["words"]["en"].as_str().unwrap().contains("lonks"), "{problem}");
}
