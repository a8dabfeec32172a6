//! Accounts, roles and permissions.

use serde_json::{Value, json};

use crate::setup::{PASSWORD, Server, Team, unique, with_query};

#[tokio::test]
async fn only_administrators_make_and_change_accounts() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let new = json!({"username": unique("eve"), "name": "Eve", "password": PASSWORD, "role": "member"});
    ann.post("/api/people", new).await.refused(403, "administrators_only");
    let path = format!("/api/people/{}", bob.id);
    let promote = ann.patch(&path, json!({"role": "administrator"})).await;
    promote.refused(403, "administrators_only");
    let permissions = format!("{path}/permissions");
    ann.get(&permissions).await.refused(403, "administrators_only");
    ann.put(&permissions, json!({"permissions": []})).await.refused(403, "administrators_only");
}

#[tokio::test]
async fn a_new_account_is_checked_field_by_field() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let with = |field: &str, value: Value| {
        let mut new = json!({"username": unique("eve"), "name": "Eve", "password": PASSWORD, "role": "member"});
        new[field] = value;
        team.admin.post("/api/people", new)
    };
    with("username", ann.username.to_uppercase().into()).await.wrong_field("username", "taken");
    with("username", "a b".into()).await.wrong_field("username", "invalid");
    with("username", "-a".into()).await.wrong_field("username", "invalid");
    with("username", "".into()).await.wrong_field("username", "required");
    with("username", "x".repeat(33).into()).await.wrong_field("username", "too_long");
    with("name", "  ".into()).await.wrong_field("name", "required");
    with("name", "a\u{0}b".into()).await.wrong_field("name", "control_characters");
    with("name", "界".repeat(65).into()).await.wrong_field("name", "too_long");
    with("password", "1234567".into()).await.wrong_field("password", "too_short");
    with("password", "".into()).await.wrong_field("password", "required");
    with("role", "king".into()).await.refused(422, "wrong_shape");
    with("language", "fr".into()).await.refused(422, "wrong_shape");
}

#[tokio::test]
async fn a_user_name_may_be_chinese() {
    let team = Team::new().await;
    let [kun] = team.people(["张坤"]).await;
    assert_eq!(team.admin.get(&format!("/api/people/{}", kun.id)).await.ok()["name"], "张坤");
    kun.signs_in_again(PASSWORD).await;
}

#[tokio::test]
async fn people_are_found_by_part_of_a_name_and_paged_by_id() {
    let team = Team::new().await;
    let mark = unique("纸鹤");
    let names = [&*format!("{mark}a"), &*format!("{mark}b"), &*format!("{mark}c")];
    let people = team.people(names).await;
    let mut ids = people.map(|person| person.id);
    ids.sort_unstable();
    let list = |after: i64, limit: i64| {
        let path = with_query("/api/people", &[("query", &mark)]);
        let admin = &team.admin;
        async move { admin.get(&format!("{path}&after={after}&limit={limit}")).await }
    };
    let first = list(0, 2).await.ok();
    assert_eq!([&first["people"][0]["id"], &first["people"][1]["id"]], [ids[0], ids[1]]);
    assert_eq!(first["has_more"], true);
    let second = list(ids[1], 2).await.ok();
    assert_eq!((&second["people"][0]["id"], &second["has_more"]), (&ids[2].into(), &false.into()));
    // Signs of the pattern language mean themselves.
    let pattern = with_query("/api/people", &[("query", &format!("{mark}_"))]);
    assert_eq!(team.admin.get(&pattern).await.ok()["people"], json!([]));
}

#[tokio::test]
async fn a_guest_sees_only_people_of_shared_rooms_and_opens_no_rooms() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let guest = team.guest("guest").await;
    let room = ann.makes_room("private", &[&guest]).await;
    let public = bob.makes_room("public", &[]).await;
    let seen = guest.get("/api/people").await.ok();
    let seen: Vec<i64> = seen["people"].as_array().unwrap().iter().map(|p| p["id"].as_i64().unwrap()).collect();
    assert_eq!(seen, [ann.id.min(guest.id), ann.id.max(guest.id)]);
    guest.get(&format!("/api/people/{}", ann.id)).await.ok();
    guest.get(&format!("/api/people/{}", bob.id)).await.refused(404, "person_not_found");
    guest.get(&format!("/api/people/{}/avatar", bob.id)).await.refused(404, "person_not_found");
    let direct = json!({"command": "d", "person": bob.id});
    guest.post("/api/rooms/direct", direct).await.refused(404, "person_not_found");
    let new = json!({"command": "r", "kind": "public", "name": "mine"});
    guest.post("/api/rooms", new).await.refused(403, "not_for_guests");
    guest.get("/api/rooms/directory").await.refused(403, "not_for_guests");
    guest.commands(json!({"type": "join", "room": public})).await.refused(404, "room_not_found");
    guest.get(&format!("/api/rooms/{public}")).await.refused(404, "room_not_found");
    let add = json!({"type": "add_person", "room": room, "person": bob.id});
    guest.commands(add).await.refused(403, "not_for_guests");
    let rename = json!({"type": "rename", "room": room, "topic": "by a guest"});
    guest.commands(rename).await.refused(403, "not_for_guests");
    guest.post("/api/invitations", json!({"role": "guest", "room": room})).await.refused(403, "not_for_guests");
    guest.says(room, "but a guest may talk").await;
}

#[tokio::test]
async fn the_last_active_administrator_stays_one() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let path = format!("/api/people/{}", team.admin.id);
    team.admin.patch(&path, json!({"role": "member"})).await.refused(409, "last_administrator");
    team.admin.patch(&path, json!({"active": false})).await.refused(409, "last_administrator");
    let second = team.administrator("second").await;
    second.patch(&path, json!({"role": "member"})).await.ok();
    let own = format!("/api/people/{}", second.id);
    second.patch(&own, json!({"role": "guest"})).await.refused(409, "last_administrator");
    team.admin.get("/api/people/1/permissions").await.refused(403, "administrators_only");
}

#[tokio::test]
async fn a_new_role_counts_at_once_on_open_connections() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let seq = ann.says(room, "hello").await;
    let mut live = bob.opens_socket().await;
    let recall = json!({"type": "recall", "room": room, "seq": seq});
    assert_eq!(live.commands(recall.clone()).await["problem"]["type"], "/problems/owners_only");
    let path = format!("/api/people/{}", bob.id);
    team.admin.patch(&path, json!({"role": "administrator"})).await.ok();
    assert_eq!(live.commands(recall).await["type"], "ack");
}

#[tokio::test]
async fn permissions_are_replaced_whole_and_shown_to_their_person() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let path = format!("/api/people/{}/permissions", ann.id);
    let set = |permissions: Value| team.admin.put(&path, json!({"permissions": permissions}));
    let release = json!({"permission": "start_release", "application": "shop", "environment": "*"});
    let design = json!({"permission": "design_flows", "application": null, "environment": null});
    let stored = set(json!([release, design, design])).await.ok();
    assert_eq!(stored["permissions"], json!([design, release]));
    assert_eq!(ann.get("/api/me").await.ok()["permissions"], json!([design, release]));
    assert_eq!(set(json!([])).await.ok()["permissions"], json!([]));
    assert_eq!(ann.get("/api/me").await.ok()["permissions"], json!([]));
}

#[tokio::test]
async fn a_permission_has_a_place_only_when_it_needs_one() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let path = format!("/api/people/{}/permissions", ann.id);
    let set = |permission: Value| team.admin.put(&path, json!({"permissions": [permission]}));
    set(json!({"permission": "start_release", "application": "shop", "environment": null}))
        .await
        .wrong_field("application", "required");
    set(json!({"permission": "manage_hosts", "application": "shop", "environment": "prod"}))
        .await
        .wrong_field("application", "invalid");
    set(json!({"permission": "start_release", "application": "", "environment": "prod"}))
        .await
        .wrong_field("application", "required");
    set(json!({"permission": "everything"})).await.refused(422, "wrong_shape");
    let many = json!({"permissions": vec![json!({"permission": "manage_hosts"}); 201]});
    team.admin.put(&path, many).await.wrong_field("permissions", "too_many");
    let nobody = team.admin.put("/api/people/999999/permissions", json!({"permissions": []})).await;
    nobody.refused(404, "person_not_found");
}

#[tokio::test]
async fn a_profile_is_changed_field_by_field() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let mut live = bob.follows(room, 0).await;
    let settings = json!({"transport": "long_poll", "theme": "dark"});
    let change = json!({"name": "  Ann Wang ", "language": "zh-CN", "settings": settings});
    let me = ann.patch("/api/me", change).await.ok();
    assert_eq!(me["person"]["name"], "Ann Wang");
    assert_eq!(me["person"]["language"], "zh-CN");
    assert_eq!(me["settings"], settings);
    assert_eq!(live.next_of("person").await["person"]["name"], "Ann Wang");
    // What is not named stays; null takes the language away.
    let me = ann.patch("/api/me", json!({"language": null})).await.ok();
    assert_eq!((&me["person"]["language"], &me["person"]["name"]), (&Value::Null, &"Ann Wang".into()));
    assert_eq!(ann.get("/api/me").await.ok()["settings"], settings);
    ann.patch("/api/me", json!({"settings": {"theme": "dark"}})).await.refused(422, "wrong_shape");
    ann.patch("/api/me", json!({"role": "administrator"})).await.refused(422, "wrong_shape");
}
