//! Hosts, their groups, and the keys that administrators confirm.

use machines::testing::Sshd;
use serde_json::{Value, json};

use crate::setup::{Person, Team, unique};

fn host(name: &str) -> Value {
    json!({"name": name, "address": "127.0.0.1", "port": 1, "username": "deploy"})
}

async fn adds(who: &Person, host: Value) -> Value {
    let made = who.post("/api/hosts", host).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.ok()
}

/// Somebody who looks after hosts.
async fn operator(team: &Team) -> Person {
    let [ann] = team.people(["ann"]).await;
    let permissions = json!({"permissions": [{"permission": "manage_hosts"}]});
    team.admin.put(&format!("/api/people/{}/permissions", ann.id), permissions).await.ok();
    ann
}

#[tokio::test]
async fn whoever_manages_hosts_adds_changes_and_removes_them() {
    let team = Team::new().await;
    let ann = operator(&team).await;
    let (name, group) = (unique("host"), unique("group"));
    ann.post("/api/host-groups", json!({"name": group, "title": "Web"})).await.ok();
    let mut new = host(&name);
    new["labels"] = json!(["rack 1"]);
    new["groups"] = json!([group]);
    let made = adds(&ann, new).await;
    assert_eq!((&made["groups"], &made["fingerprint"], &made["check"]), (&json!([group]), &json!(null), &json!(null)));
    let path = format!("/api/hosts/{}", made["id"]);
    let changed = ann.patch(&path, json!({"port": 2222, "note": "behind\nthe wall"})).await.ok();
    assert_eq!((&changed["port"], &changed["labels"]), (&2222.into(), &json!(["rack 1"])));
    let groups = ann.get("/api/host-groups").await.ok();
    let found = groups["groups"].as_array().unwrap().iter().find(|known| known["name"] == group.as_str()).unwrap();
    assert_eq!(found["hosts"], json!([name]));
    assert_eq!(ann.delete(&path).await.status, 204);
    ann.get(&path).await.refused(404, "host_not_found");
    let events = team.admin.get(&format!("/api/admin-events?who={}&subject={name}", ann.id)).await.ok();
    let what: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["what"].clone()).collect();
    assert_eq!(what, ["host.deleted", "host.changed", "host.created"]);
}

#[tokio::test]
async fn others_see_the_names_of_groups_and_nothing_of_hosts() {
    let team = Team::new().await;
    let [bob] = team.people(["bob"]).await;
    let id = adds(&team.admin, host(&unique("host"))).await["id"].clone();
    bob.get("/api/hosts").await.refused(403, "not_permitted");
    bob.get(&format!("/api/hosts/{id}")).await.refused(403, "not_permitted");
    bob.post("/api/hosts", host("x")).await.refused(403, "not_permitted");
    bob.post(&format!("/api/hosts/{id}/test"), json!({})).await.refused(403, "not_permitted");
    bob.get("/api/inventory/identity").await.refused(403, "not_permitted");
    bob.get("/api/host-groups").await.ok();
    team.guest("gus").await.get("/api/host-groups").await.refused(403, "not_for_guests");
}

#[tokio::test]
async fn what_runs_on_the_servers_own_machine_is_for_administrators() {
    let team = Team::new().await;
    let ann = operator(&team).await;
    let mut here = host(&unique("host"));
    here["address"] = "local".into();
    ann.post("/api/hosts", here.clone()).await.refused(403, "administrators_only");
    let id = adds(&ann, host(&unique("host"))).await["id"].clone();
    ann.patch(&format!("/api/hosts/{id}"), json!({"address": "local"})).await.refused(403, "administrators_only");
    let made = adds(&team.admin, here).await;
    // Nor does somebody else decide in which groups it is.
    let (path, group) = (format!("/api/hosts/{}", made["id"]), unique("group"));
    let with = json!({"name": group, "title": "Here", "hosts": [made["name"]]});
    ann.post("/api/host-groups", with.clone()).await.refused(403, "administrators_only");
    ann.post("/api/host-groups", json!({"name": group, "title": "Here"})).await.ok();
    ann.patch(&format!("/api/host-groups/{group}"), json!({"hosts": with["hosts"]}))
        .await
        .refused(403, "administrators_only");
    ann.patch(&path, json!({"groups": [group]})).await.refused(403, "administrators_only");
    team.admin.patch(&path, json!({"groups": [group]})).await.ok();
    ann.patch(&path, json!({"note": "in the cellar"})).await.ok();
    ann.patch(&path, json!({"groups": []})).await.ok();
    // This server was started without the option.
    let tested = ann.post(&format!("/api/hosts/{}/test", made["id"]), json!({})).await.ok();
    let step = &tested["check"]["steps"][0];
    assert_eq!((&step["name"], &step["code"]), (&"local".into(), &"local_runner_off".into()));
}

#[tokio::test]
async fn fields_of_hosts_have_their_rules() {
    let team = Team::new().await;
    let wrong = async |field: &str, value: Value, code: &str| {
        let mut new = host(&unique("host"));
        new[field] = value;
        team.admin.post("/api/hosts", new).await.wrong_field(field, code);
    };
    wrong("name", "../a".into(), "invalid").await;
    wrong("name", "".into(), "required").await;
    wrong("address", "-oProxyCommand=x".into(), "invalid").await;
    wrong("address", "a b".into(), "invalid").await;
    wrong("username", "a;b".into(), "invalid").await;
    wrong("port", 0.into(), "out_of_range").await;
    wrong("labels", json!(vec!["x"; 21]), "too_many").await;
    wrong("groups", json!(["nowhere"]), "unknown").await;
    wrong("note", "x".repeat(501).into(), "too_long").await;
    let name = unique("host");
    adds(&team.admin, host(&name)).await;
    team.admin.post("/api/hosts", host(&name)).await.wrong_field("name", "taken");
}

#[tokio::test]
async fn a_group_of_hosts_is_made_changed_and_deleted() {
    let team = Team::new().await;
    let (host_name, group) = (unique("host"), unique("group"));
    adds(&team.admin, host(&host_name)).await;
    let new = json!({"name": group, "title": "Web servers", "hosts": [host_name]});
    assert_eq!(team.admin.post("/api/host-groups", new.clone()).await.ok()["hosts"], json!([host_name]));
    team.admin.post("/api/host-groups", new).await.wrong_field("name", "taken");
    let path = format!("/api/host-groups/{group}");
    team.admin.patch(&path, json!({"hosts": ["nobody"]})).await.wrong_field("hosts", "unknown");
    let changed = team.admin.patch(&path, json!({"title": "Web", "hosts": []})).await.ok();
    assert_eq!(changed, json!({"name": group, "title": "Web", "hosts": []}));
    assert_eq!(team.admin.delete(&path).await.status, 204);
    team.admin.delete(&path).await.refused(404, "host_group_not_found");
}

#[tokio::test]
async fn the_servers_settings_are_for_administrators_and_hold_no_secret() {
    let team = Team::new().await;
    let [bob] = team.people(["bob"]).await;
    bob.get("/api/settings").await.refused(403, "administrators_only");
    bob.get("/api/admin-events").await.refused(403, "administrators_only");
    let settings = team.admin.get("/api/settings").await.ok();
    assert_eq!((&settings["database"], &settings["local_runner"]["enabled"]), (&"sqlite".into(), &false.into()));
    let identity = team.admin.get("/api/inventory/identity").await.ok();
    assert!(identity["public_key"].as_str().unwrap().starts_with("ssh-ed25519 "));
}

/// A machine that lets this site in, and its host in the inventory.
async fn machine(team: &Team, ann: &Person) -> (Sshd, String) {
    let sshd = Sshd::start();
    let identity = ann.get("/api/inventory/identity").await.ok();
    sshd.authorize(identity["public_key"].as_str().unwrap());
    let new =
        json!({"name": unique("host"), "address": "127.0.0.1", "port": sshd.port(), "username": sshd.target().user});
    let id = adds(&team.admin, new).await["id"].clone();
    (sshd, format!("/api/hosts/{id}"))
}

#[tokio::test]
async fn a_connection_is_tested_up_to_the_key_that_an_administrator_has_to_confirm() {
    let team = Team::new().await;
    let ann = operator(&team).await;
    let (sshd, path) = machine(&team, &ann).await;
    let (test, pin) = (format!("{path}/test"), format!("{path}/pin"));
    let check = ann.post(&test, json!({})).await.ok()["check"].clone();
    let last = check["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["code"]), (&"host_key".into(), &"host_key_unknown".into()));
    let fingerprint = sshd.host_key().fingerprint();
    assert_eq!(check["fingerprint"], fingerprint);
    ann.post(&pin, json!({"fingerprint": fingerprint})).await.refused(403, "administrators_only");
    let other = team.admin.post(&pin, json!({"fingerprint": "SHA256:other"})).await.refused(409, "other_host_key");
    assert_eq!(other["detail"], fingerprint);
    let pinned = team.admin.post(&pin, json!({"fingerprint": fingerprint})).await.ok();
    assert_eq!(pinned["fingerprint"], fingerprint);
    let check = ann.post(&test, json!({})).await.ok()["check"].clone();
    assert_eq!((&check["ok"], check["steps"].as_array().unwrap().len()), (&true.into(), 8), "{check}");
}

#[tokio::test]
async fn a_host_that_shows_another_key_is_refused_until_that_is_confirmed() {
    let team = Team::new().await;
    let ((first, path), (second, _)) = (machine(&team, &team.admin).await, machine(&team, &team.admin).await);
    let (test, pin) = (format!("{path}/test"), format!("{path}/pin"));
    let (before, now) = (first.host_key().fingerprint(), second.host_key().fingerprint());
    team.admin.post(&pin, json!({"fingerprint": before})).await.ok();
    let host = team.admin.patch(&path, json!({"port": second.port()})).await.ok();
    assert_eq!(host["fingerprint"], before);
    let check = team.admin.post(&test, json!({})).await.ok()["check"].clone();
    let last = check["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["code"], &check["fingerprint"]), (&"host_key_changed".into(), &now.as_str().into()));
    team.admin.post(&pin, json!({"fingerprint": before})).await.refused(409, "other_host_key");
    team.admin.post(&pin, json!({"fingerprint": now})).await.ok();
    assert_eq!(team.admin.post(&test, json!({})).await.ok()["check"]["ok"], true);
    let name = host["name"].as_str().unwrap();
    let events = team.admin.get(&format!("/api/admin-events?what=host.pinned&subject={name}")).await.ok();
    let details = &events["events"][0]["details"];
    assert_eq!((&details["before"], &details["fingerprint"]), (&before.into(), &now.into()));
}

#[tokio::test]
async fn a_host_that_is_away_says_so_and_has_no_key() {
    let team = Team::new().await;
    let path = format!("/api/hosts/{}", adds(&team.admin, host(&unique("host"))).await["id"]);
    let check = team.admin.post(&format!("{path}/test"), json!({})).await.ok()["check"].clone();
    let last = check["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["code"]), (&"connect".into(), &"refused".into()));
    let pin = team.admin.post(&format!("{path}/pin"), json!({"fingerprint": "SHA256:x"})).await;
    pin.refused(409, "no_host_key");
}
