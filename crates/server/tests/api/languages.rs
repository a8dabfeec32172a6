//! Problems in the reader's words.

use http::Method;
use serde_json::{Value, json};

use crate::setup::{Person, Team};

async fn problem(person: &Person, accepted: &str) -> Value {
    let request = person.request(Method::GET, "/api/rooms/987654").header("accept-language", accepted);
    person.sends(request).await.problem()
}

const CHINESE: &str = "没有这个群,或者你不在群里。";
const ENGLISH: &str = "There is no such room, or you are not in it.";

#[tokio::test]
async fn without_a_language_of_their_own_people_read_what_their_browser_asks_for() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    assert_eq!(problem(&ann, "zh-CN,zh;q=0.9,en;q=0.8").await["title"], CHINESE);
    assert_eq!(problem(&ann, "en-GB,zh;q=0.5").await["title"], ENGLISH);
    assert_eq!(problem(&ann, "fr, zh").await["title"], CHINESE);
    assert_eq!(problem(&ann, "").await["title"], ENGLISH);
}

#[tokio::test]
async fn the_language_of_a_person_goes_before_that_of_the_browser() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    ann.patch("/api/me", json!({"language": "zh-CN"})).await.ok();
    assert_eq!(problem(&ann, "en").await["title"], CHINESE);
    let mut live = ann.opens_socket().await;
    let refused = live.commands(json!({"type": "say", "room": 987654, "text": "?"})).await;
    assert_eq!(refused["problem"]["title"], CHINESE);
    ann.patch("/api/me", json!({"language": "en"})).await.ok();
    assert_eq!(problem(&ann, "zh-CN").await["title"], ENGLISH);
}

#[tokio::test]
async fn what_is_wrong_with_a_field_is_said_in_the_same_language() {
    let team = Team::new().await;
    let request = team.admin.request(Method::POST, "/api/people").header("accept-language", "zh");
    let new = json!({"username": "a b", "name": "A", "password": "a good password", "role": "member"});
    let problem = team.admin.sends(request.json(&new)).await.refused(422, "invalid_fields");
    assert_eq!(problem["errors"][0]["message"], "格式不正确。");
    assert_eq!(problem["title"], "请检查标出的字段。");
}
