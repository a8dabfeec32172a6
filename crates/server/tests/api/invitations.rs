//! Links that let somebody in.

use serde_json::{Value, json};

use crate::setup::{Person, Team, unique};

/// The path behind the link of a new invitation.
async fn invites(person: &Person, invitation: Value) -> String {
    let made = person.post("/api/invitations", invitation).await.ok();
    let url = made["url"].as_str().unwrap();
    let (origin, secret) = url.split_once("/join/").unwrap();
    assert_eq!(origin, person.url);
    format!("/api/join/{secret}")
}

fn newcomer() -> Value {
    json!({"username": unique("new"), "name": "New", "password": "a good password", "language": "zh-CN"})
}

#[tokio::test]
async fn an_invitation_makes_an_account_in_its_room_and_works_once() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let path = invites(&ann, json!({"role": "guest", "room": room})).await;
    let mut stranger = team.stranger();
    let preview = stranger.get(&path).await.ok();
    assert_eq!((&preview["invited_by"], &preview["role"]), (&"ann".into(), &"guest".into()));
    assert_eq!(preview["room"], format!("{}'s room", ann.username));
    let joined = stranger.post(&path, newcomer()).await;
    stranger.is_now(&joined);
    assert_eq!(joined.ok()["person"]["role"], "guest");
    assert_eq!(joined.ok()["person"]["language"], "zh-CN");
    stranger.says(room, "I am in").await;
    let entries = ann.reads(room).await;
    assert_eq!(entries[1]["body"], json!({"person": stranger.id, "change": "joined"}));
    let late = team.stranger();
    late.get(&path).await.refused(404, "invitation_not_found");
    late.post(&path, newcomer()).await.refused(404, "invitation_not_found");
}

#[tokio::test]
async fn a_refused_account_uses_nothing_up() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let path = invites(&ann, json!({"role": "member", "room": room})).await;
    let mut taken = newcomer();
    taken["username"] = ann.username.clone().into();
    team.stranger().post(&path, taken).await.wrong_field("username", "taken");
    team.stranger().post(&path, newcomer()).await.ok();
}

#[tokio::test]
async fn as_many_come_in_as_were_invited_even_at_the_same_moment() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let path = invites(&ann, json!({"role": "guest", "room": room, "uses": 2})).await;
    let strangers = [team.stranger(), team.stranger(), team.stranger()];
    let joins = strangers.iter().map(|stranger| stranger.post(&path, newcomer()));
    let mut answers: Vec<u16> = futures_util::future::join_all(joins).await.iter().map(|a| a.status).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 404]);
    assert_eq!(ann.room(room).await["people"], 3);
}

#[tokio::test]
async fn somebody_with_an_account_enters_the_room_and_the_second_time_costs_nothing() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[]).await;
    let path = invites(&ann, json!({"role": "guest", "room": room, "uses": 2})).await;
    let accept = format!("{path}/accept");
    for _ in 0..2 {
        assert_eq!(bob.post(&accept, Value::Null).await.ok()["id"], room);
    }
    assert_eq!(bob.get("/api/me").await.ok()["person"]["role"], "member");
    eve.post(&accept, Value::Null).await.ok();
    assert_eq!(ann.room(room).await["people"], 3);
    team.stranger().post(&accept, Value::Null).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn nobody_invites_above_their_role_or_into_a_room_that_is_not_theirs() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let private = bob.makes_room("private", &[]).await;
    let public = bob.makes_room("public", &[]).await;
    let direct = json!({"command": "d", "person": bob.id});
    let direct = ann.post("/api/rooms/direct", direct).await.ok()["id"].clone();
    let invite = |body| ann.post("/api/invitations", body);
    invite(json!({"role": "administrator"})).await.wrong_field("role", "invalid");
    invite(json!({"role": "guest"})).await.wrong_field("role", "invalid");
    invite(json!({"role": "guest", "room": private})).await.refused(404, "room_not_found");
    invite(json!({"role": "guest", "room": public})).await.refused(403, "not_a_member");
    invite(json!({"role": "guest", "room": direct})).await.refused(409, "direct_room");
    invite(json!({"role": "member", "uses": 0})).await.wrong_field("uses", "out_of_range");
    invite(json!({"role": "member", "uses": 1001})).await.wrong_field("uses", "out_of_range");
    invite(json!({"role": "member", "days": 366})).await.wrong_field("days", "out_of_range");
    let administrator = team.admin.post("/api/invitations", json!({"role": "administrator"})).await;
    administrator.wrong_field("role", "invalid");
}

#[tokio::test]
async fn open_invitations_are_listed_without_their_secret_and_taken_back() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let path = invites(&ann, json!({"role": "member"})).await;
    let list = ann.get("/api/invitations").await;
    assert!(!list.text().contains(path.strip_prefix("/api/join/").unwrap()));
    let invitation = &list.ok()["invitations"][0];
    assert_eq!((&invitation["invited_by"], &invitation["uses_left"]), (&ann.id.into(), &1.into()));
    assert_eq!(bob.get("/api/invitations").await.ok()["invitations"], json!([]));
    let revoke = format!("/api/invitations/{}", invitation["id"]);
    bob.delete(&revoke).await.refused(404, "invitation_not_found");
    assert_eq!(ann.delete(&revoke).await.status, 204);
    team.stranger().get(&path).await.refused(404, "invitation_not_found");
}

#[tokio::test]
async fn an_invitation_of_a_closed_account_is_void() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let path = invites(&ann, json!({"role": "member"})).await;
    team.admin.patch(&format!("/api/people/{}", ann.id), json!({"active": false})).await.ok();
    team.stranger().get(&path).await.refused(404, "invitation_not_found");
    team.stranger().post(&path, newcomer()).await.refused(404, "invitation_not_found");
}
