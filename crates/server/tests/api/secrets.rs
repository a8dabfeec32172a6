//! Secrets go in and never come out again.

use serde_json::json;

use crate::setup::{Answer, Person, Server, Team, unique};

fn name() -> String {
    unique("SECRET_").to_uppercase()
}

async fn keeps(team: &Team, name: &str) -> i64 {
    let grants = json!([{"application": "web", "environment": "production"}]);
    let new = json!({"name": name, "value": "correct horse", "note": "the database", "grants": grants});
    team.admin.post("/api/secrets", new).await.ok()["id"].as_i64().unwrap()
}

async fn listed(who: &Person, id: i64) -> serde_json::Value {
    let list = who.get("/api/secrets").await.ok();
    list["secrets"].as_array().unwrap().iter().find(|secret| secret["id"] == id).cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_secret_is_kept_changed_and_forgotten_without_being_shown() {
    let team = Team::new().await;
    let (name, path) = (name(), |id: i64| format!("/api/secrets/{id}"));
    let id = keeps(&team, &name).await;
    let secret = listed(&team.admin, id).await;
    assert_eq!((&secret["name"], &secret["note"]), (&name.as_str().into(), &"the database".into()));
    assert_eq!(secret["grants"], json!([{"application": "web", "environment": "production"}]));
    assert!(secret.get("value").is_none());
    let change = json!({"value": "battery staple", "grants": [{"application": "*", "environment": "*"}]});
    let changed = team.admin.patch(&path(id), change).await.ok();
    assert_eq!((&changed["note"], &changed["changed_by"]), (&"the database".into(), &team.admin.id.into()));
    assert_eq!(changed["grants"], json!([{"application": "*", "environment": "*"}]));
    assert_eq!(team.admin.delete(&path(id)).await.status, 204);
    team.admin.delete(&path(id)).await.refused(404, "secret_not_found");
    let events = team.admin.get(&format!("/api/admin-events?what=secret&subject={name}")).await.ok();
    let what: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["what"].clone()).collect();
    assert_eq!(what, ["secret.deleted", "secret.changed", "secret.created"]);
    assert_eq!(events["events"][1]["details"]["value_replaced"], true);
}

#[tokio::test]
async fn only_administrators_know_of_secrets() {
    let team = Team::new().await;
    let id = keeps(&team, &name()).await;
    let [ann] = team.people(["ann"]).await;
    ann.get("/api/secrets").await.refused(403, "administrators_only");
    ann.post("/api/secrets", json!({"name": "A", "value": "12345"})).await.refused(403, "administrators_only");
    ann.patch(&format!("/api/secrets/{id}"), json!({"grants": []})).await.refused(403, "administrators_only");
    ann.delete(&format!("/api/secrets/{id}")).await.refused(403, "administrators_only");
}

#[tokio::test]
async fn names_values_and_grants_have_their_rules() {
    let team = Team::new().await;
    let new = |name: &str, value: &str| team.admin.post("/api/secrets", json!({"name": name, "value": value}));
    for wrong in ["lower", "1A", "A B", "PATH", "LD_PRELOAD", "A=B"] {
        new(wrong, "12345").await.wrong_field("name", "invalid");
    }
    new(&name(), "123").await.wrong_field("value", "too_short");
    new(&name(), &"x".repeat(64 * 1024 + 1)).await.wrong_field("value", "too_long");
    new(&name(), "a\0bcd").await.wrong_field("value", "control_characters");
    let taken = name();
    new(&taken, &"密".repeat(20_000)).await.ok();
    new(&taken, "12345").await.wrong_field("name", "taken");
    let grants = json!([{"application": "../web", "environment": "*"}]);
    let answer = team.admin.post("/api/secrets", json!({"name": name(), "value": "12345", "grants": grants})).await;
    answer.wrong_field("application", "invalid");
}

/// A value is looked for in every answer, in what the server writes to its log, and in every file that it keeps.
#[tokio::test]
async fn a_value_is_found_nowhere_but_in_the_vault() {
    let server = Server::start(&["--log", "trace"]);
    let team = Team::on(&server).await;
    let value = "7291460385";
    let ask = |body: serde_json::Value| team.admin.post("/api/secrets", body);
    let mut answers: Vec<Answer> = vec![
        ask(json!({"name": "KEPT", "value": value})).await,
        ask(json!({"name": "KEPT", "value": value})).await,
        ask(json!({"name": "wrong name", "value": value})).await,
        ask(json!({"name": "NUMBER", "value": value.parse::<i64>().unwrap()})).await,
        ask(json!({"name": "LIST", "value": [value]})).await,
        ask(json!({"name": "UNKNOWN", "value": value, "more": 1})).await,
    ];
    for path in ["/api/secrets", "/api/admin-events", "/api/settings", "/api/inventory/identity"] {
        answers.push(team.admin.get(path).await);
    }
    for answer in answers {
        assert!(!answer.text().contains(value), "{}", answer.text());
    }
    let mut folders = vec![server.folder.clone()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(value.len()).any(|bytes| bytes == value.as_bytes());
                assert!(!found, "the value stands in {}", path.display());
            }
        }
    }
    assert!(server.own_log().contains("TRACE"));
}

#[tokio::test]
async fn applications_and_environments_are_two_lists() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let [ann] = team.people(["ann"]).await;
    let list = json!([{"name": "web", "title": "Website"}, {"name": "api", "title": "接口"}]);
    team.admin.put("/api/applications", json!({"applications": list})).await.ok();
    let read = ann.get("/api/applications").await.ok();
    assert_eq!(read["applications"][0], json!({"name": "api", "title": "接口"}));
    let twice = json!([{"name": "web", "title": "A"}, {"name": "web", "title": "B"}]);
    team.admin.put("/api/environments", json!({"environments": twice})).await.wrong_field("name", "taken");
    assert_eq!(ann.get("/api/environments").await.ok()["environments"], json!([]));
    ann.put("/api/environments", json!({"environments": []})).await.refused(403, "administrators_only");
}
