//! Signing in and out, passwords, and what ends with a session.

use serde_json::json;

use crate::setup::{Heard, PASSWORD, Team, in_time, unique};

fn session_ended() -> Heard {
    Heard::Closed(4401, "session_ended".into())
}

#[tokio::test]
async fn signing_in_says_who_i_am_and_gives_a_cookie_for_this_host_only() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let answer = team.stranger().tries_password(&ann.username, PASSWORD).await;
    let me = answer.ok();
    assert_eq!(me["person"]["id"], ann.id);
    assert_eq!(me["person"]["role"], "member");
    assert_eq!(me["permissions"], json!([]));
    assert_eq!(me["settings"], json!({"transport": "auto", "theme": "system"}));
    assert_eq!(me["max_file_bytes"], 25 * 1024 * 1024);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("countersign_session="), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"), "{cookie}");
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn names_are_signed_in_with_in_any_case() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let shouted = format!(" {} ", ann.username.to_uppercase());
    team.stranger().tries_password(&shouted, PASSWORD).await.ok();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let stranger = team.stranger();
    let wrong = stranger.tries_password(&ann.username, "not the password").await;
    let unknown = stranger.tries_password(&unique("nobody"), "not the password").await;
    let (wrong, unknown) = (wrong.refused(401, "wrong_password"), unknown.refused(401, "wrong_password"));
    assert_eq!(wrong["title"], unknown["title"]);
    stranger.get("/api/me").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn after_five_wrong_passwords_the_next_attempt_has_to_wait() {
    let team = Team::new().await;
    let (stranger, name) = (team.stranger(), unique("nobody"));
    for _ in 0..5 {
        stranger.tries_password(&name, "wrong password").await.refused(401, "wrong_password");
    }
    let answer = stranger.tries_password(&name, "wrong password").await;
    answer.refused(429, "too_many_attempts");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_the_cookie_away() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let cookie = ann.credentials().1;
    let mut live = ann.opens_socket().await;
    let answer = ann.delete("/api/session").await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(live.until_the_end().await.1, session_ended());
    let again = ann.request(http::Method::GET, "/api/me").header("cookie", cookie);
    ann.sends(again).await.refused(401, "not_signed_in");
    // Signing out twice is no error.
    assert_eq!(ann.delete("/api/session").await.status, 204);
}

#[tokio::test]
async fn my_sessions_are_listed_and_one_can_be_ended_from_another() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let laptop = ann.signs_in_again(PASSWORD).await;
    let list = ann.get("/api/me/sessions").await.ok();
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!(other["address"], "127.0.0.1");
    assert!(other["expires_at"].as_i64() > other["created_at"].as_i64());
    let id = &other["id"];
    assert_eq!(ann.delete(&format!("/api/me/sessions/{id}")).await.status, 204);
    laptop.get("/api/me").await.refused(401, "not_signed_in");
    ann.get("/api/me").await.ok();
    ann.delete(&format!("/api/me/sessions/{id}")).await.refused(404, "session_not_found");
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let session = ann.get("/api/me").await.ok()["session"].clone();
    bob.delete(&format!("/api/me/sessions/{session}")).await.refused(404, "session_not_found");
    ann.get("/api/me").await.ok();
}

#[tokio::test]
async fn ending_a_session_ends_its_socket_its_streams_and_its_waiting_polls() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let laptop = ann.signs_in_again(PASSWORD).await;
    let mut live = laptop.follows(room, 0).await;
    let mut stream = laptop.opens_stream(&format!("/api/live?after=r{room}:0")).await;
    let mut entries = laptop.opens_stream(&format!("/api/rooms/{room}/entries?after=0")).await;
    let last = ann.room(room).await["last_seq"].clone();
    let ask = |path: String| tokio::spawn(laptop.clone().asks_until_refused(path));
    let poll = ask(format!("/api/live?after=r{room}:{last}&wait=50"));
    let wait = ask(format!("/api/rooms/{room}/entries?after={last}&wait=50"));
    laptop.is_online_for(&bob).await;
    let session = laptop.get("/api/me").await.ok()["session"].clone();
    ann.delete(&format!("/api/me/sessions/{session}")).await.ok();
    bob.says(room, "not for the laptop").await;
    let (heard, end) = live.until_the_end().await;
    assert_eq!(end, session_ended());
    for messages in [heard, stream.until_the_end().await, entries.until_the_end().await] {
        assert!(!json!(messages).to_string().contains("not for the laptop"));
    }
    for answer in [in_time(poll).await.unwrap(), in_time(wait).await.unwrap()] {
        assert_eq!(answer.problem()["status"], 401);
    }
    ann.get("/api/me").await.ok();
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let laptop = ann.signs_in_again(PASSWORD).await;
    let mut live = laptop.opens_socket().await;
    assert_eq!(ann.delete("/api/me/sessions").await.status, 204);
    assert_eq!(live.until_the_end().await.1, session_ended());
    laptop.get("/api/me").await.refused(401, "not_signed_in");
    ann.get("/api/me").await.ok();
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_only_those() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let laptop = ann.signs_in_again(PASSWORD).await;
    let (mut here, mut there) = (ann.opens_socket().await, laptop.opens_socket().await);
    let change = json!({"current": PASSWORD, "new": "a better password"});
    assert_eq!(ann.put("/api/me/password", change).await.status, 204);
    assert_eq!(there.until_the_end().await.1, session_ended());
    here.until_pong().await;
    let stranger = team.stranger();
    stranger.tries_password(&ann.username, PASSWORD).await.refused(401, "wrong_password");
    stranger.tries_password(&ann.username, "a better password").await.ok();
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_eight_characters() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let change = json!({"current": "something else", "new": "a better password"});
    ann.put("/api/me/password", change).await.wrong_field("current", "wrong");
    let change = json!({"current": PASSWORD, "new": "1234567"});
    ann.put("/api/me/password", change).await.wrong_field("new", "too_short");
    let change = json!({"current": PASSWORD, "new": "x".repeat(257)});
    ann.put("/api/me/password", change).await.wrong_field("new", "too_long");
    ann.signs_in_again(PASSWORD).await;
}

#[tokio::test]
async fn an_administrator_gives_a_new_password_and_all_sessions_end() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let path = format!("/api/people/{}/password", ann.id);
    bob.put(&path, json!({"new": "bobs password"})).await.refused(403, "administrators_only");
    let mut live = ann.opens_socket().await;
    assert_eq!(team.admin.put(&path, json!({"new": "from the admin"})).await.status, 204);
    assert_eq!(live.until_the_end().await.1, session_ended());
    ann.get("/api/me").await.refused(401, "not_signed_in");
    ann.signs_in_again("from the admin").await;
}

#[tokio::test]
async fn a_closed_account_ends_everywhere_and_can_be_opened_again() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let mut live = ann.opens_socket().await;
    let token = ann.makes_token().await;
    let path = format!("/api/people/{}", ann.id);
    let closed = team.admin.patch(&path, json!({"active": false})).await.ok();
    assert_eq!(closed["active"], false);
    assert_eq!(live.until_the_end().await.1, session_ended());
    ann.get("/api/me").await.refused(401, "not_signed_in");
    let stranger = team.stranger();
    stranger.tries_password(&ann.username, PASSWORD).await.refused(401, "wrong_password");
    let program = stranger.request(http::Method::GET, "/api/me").bearer_auth(token);
    stranger.sends(program).await.refused(401, "not_signed_in");
    team.admin.patch(&path, json!({"active": true})).await.ok();
    ann.signs_in_again(PASSWORD).await;
}
