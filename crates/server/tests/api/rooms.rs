//! Making rooms, coming and going, unread counts.

use serde_json::{Value, json};

use crate::setup::{Team, unique, with_query};

#[tokio::test]
async fn whoever_makes_a_room_owns_it_and_those_who_are_added_see_it_in_their_feed() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let feed = bob.feed_seq().await;
    let mut live = bob.opens_socket().await;
    live.follow("feed", feed).await;
    let new = json!({"command": "c", "kind": "private", "name": " Release ", "topic": "v1.4", "people": [bob.id, bob.id, ann.id]});
    let room = ann.post("/api/rooms", new).await;
    assert_eq!(room.status, 201);
    let room = room.ok();
    let id = room["id"].as_i64().unwrap();
    assert_eq!((&room["name"], &room["topic"], &room["people"]), (&"Release".into(), &"v1.4".into(), &2.into()));
    assert_eq!((&room["owner"], &room["log"]), (&true.into(), &format!("r{id}").into()));
    let news = live.next_of("entries").await;
    assert_eq!(news["log"], "feed");
    assert_eq!(
        (&news["entries"][0]["kind"], &news["entries"][0]["body"]),
        (&"room_added".into(), &json!({"room": id}))
    );
    let entries = ann.reads(id).await;
    let bodies: Vec<&Value> = entries.iter().map(|entry| &entry["body"]).collect();
    assert_eq!(
        bodies,
        [&json!({"person": ann.id, "change": "created"}), &json!({"person": bob.id, "change": "added"})]
    );
    assert_eq!(bob.room(id).await["owner"], false);
}

#[tokio::test]
async fn a_room_that_is_made_twice_with_one_command_is_one_room() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let new = json!({"command": "the-same", "kind": "public", "name": "once"});
    let first = ann.post("/api/rooms", new.clone()).await.ok();
    assert_eq!(ann.post("/api/rooms", new).await.ok()["id"], first["id"]);
    assert_eq!(ann.get("/api/rooms").await.ok()["rooms"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_command_that_made_a_room_says_nothing_and_the_other_way_round() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let make = |command: &str| ann.post("/api/rooms", json!({"command": command, "kind": "public", "name": "x"}));
    let room = make("first").await.ok()["id"].clone();
    let say = |command: &str| ann.commands(json!({"type": "say", "command": command, "room": room, "text": "hi"}));
    assert_eq!(say("first").await.ok()["seq"], 1);
    say("second").await.ok();
    assert_eq!(make("second").await.ok()["id"], room);
    assert_eq!(ann.reads(room.as_i64().unwrap()).await.len(), 2);
}

#[tokio::test]
async fn a_new_room_is_checked_field_by_field() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let with = |field: &str, value: Value| {
        let mut new = json!({"command": "c", "kind": "public", "name": "x"});
        new[field] = value;
        ann.post("/api/rooms", new)
    };
    with("command", "".into()).await.wrong_field("command", "invalid");
    with("command", "a b".into()).await.wrong_field("command", "invalid");
    with("command", "x".repeat(65).into()).await.wrong_field("command", "invalid");
    with("kind", "direct".into()).await.wrong_field("kind", "invalid");
    with("kind", "secret".into()).await.refused(422, "wrong_shape");
    with("name", " ".into()).await.wrong_field("name", "required");
    with("name", "群".repeat(81).into()).await.wrong_field("name", "too_long");
    with("name", "a\nb".into()).await.wrong_field("name", "control_characters");
    with("topic", "x".repeat(251).into()).await.wrong_field("topic", "too_long");
    with("people", json!([ann.id, 987_654_321])).await.wrong_field("people", "unknown");
    with("people", json!(vec![1; 201])).await.wrong_field("people", "too_many");
    assert_eq!(ann.get("/api/rooms").await.ok()["rooms"], json!([]));
}

#[tokio::test]
async fn two_people_have_one_direct_room() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let direct = |me: &crate::setup::Person, other: i64| {
        let me = me.clone();
        async move { me.post("/api/rooms/direct", json!({"command": "d", "person": other})).await }
    };
    let (mine, theirs) = tokio::join!(direct(&ann, bob.id), direct(&bob, ann.id));
    let (mine, theirs) = (mine.ok(), theirs.ok());
    assert_eq!(mine["id"], theirs["id"]);
    assert_eq!((&mine["kind"], &mine["name"], &mine["with"]), (&"direct".into(), &"".into(), &bob.id.into()));
    assert_eq!(theirs["with"], ann.id);
    direct(&ann, ann.id).await.wrong_field("person", "invalid");
    direct(&ann, 987_654_321).await.refused(404, "person_not_found");
}

#[tokio::test]
async fn nobody_enters_leaves_or_renames_a_direct_room() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let direct = json!({"command": "d", "person": bob.id});
    let room = ann.post("/api/rooms/direct", direct).await.ok()["id"].clone();
    ann.commands(json!({"type": "leave", "room": room})).await.refused(409, "direct_room");
    ann.commands(json!({"type": "rename", "room": room, "topic": "x"})).await.refused(409, "direct_room");
    let add = json!({"type": "add_person", "room": room, "person": eve.id});
    ann.commands(add).await.refused(409, "direct_room");
    let remove = json!({"type": "remove_person", "room": room, "person": bob.id});
    ann.commands(remove).await.refused(409, "direct_room");
    eve.commands(json!({"type": "join", "room": room})).await.refused(404, "room_not_found");
}

#[tokio::test]
async fn people_join_and_leave_public_rooms_but_not_private_ones() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let (public, private) = (ann.makes_room("public", &[]).await, ann.makes_room("private", &[]).await);
    bob.get(&format!("/api/rooms/{public}")).await.refused(403, "not_a_member");
    bob.get(&format!("/api/rooms/{private}")).await.refused(404, "room_not_found");
    assert_eq!(bob.does(json!({"type": "join", "room": public})).await, Some(2));
    assert_eq!(bob.does(json!({"type": "join", "room": public})).await, None);
    bob.commands(json!({"type": "join", "room": private})).await.refused(404, "room_not_found");
    assert_eq!(bob.does(json!({"type": "leave", "room": public})).await, Some(3));
    bob.commands(json!({"type": "leave", "room": public})).await.refused(403, "not_a_member");
    let changes: Vec<Value> = ann.reads(public).await.iter().map(|e| e["body"]["change"].clone()).collect();
    assert_eq!(changes, ["created", "joined", "left"]);
}

#[tokio::test]
async fn when_the_owner_leaves_whoever_is_there_longest_owns_the_room() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[]).await;
    for person in [&eve, &bob] {
        ann.does(json!({"type": "add_person", "room": room, "person": person.id})).await;
    }
    ann.does(json!({"type": "leave", "room": room})).await;
    assert_eq!(eve.room(room).await["owner"], true);
    assert_eq!(bob.room(room).await["owner"], false);
}

#[tokio::test]
async fn only_owners_and_administrators_remove_people() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob, &eve, &team.admin]).await;
    let remove = |person: i64| json!({"type": "remove_person", "room": room, "person": person});
    bob.commands(remove(eve.id)).await.refused(403, "owners_only");
    let feed = eve.feed_seq().await;
    ann.does(remove(eve.id)).await.unwrap();
    assert_eq!(ann.does(remove(eve.id)).await, None);
    let mut live = eve.opens_socket().await;
    live.follow("feed", feed).await;
    let news = live.entries_to("feed", feed + 1).await;
    assert_eq!(news[0]["kind"], "room_removed");
    assert_eq!(news[0]["body"], json!({"room": room, "reason": "removed"}));
    team.admin.does(remove(bob.id)).await.unwrap();
    assert_eq!(ann.room(room).await["people"], 2);
}

#[tokio::test]
async fn people_are_added_once_and_only_by_members() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let add = |person: i64| json!({"type": "add_person", "room": room, "person": person});
    eve.commands(add(eve.id)).await.refused(404, "room_not_found");
    ann.commands(add(987_654_321)).await.refused(404, "person_not_found");
    assert_eq!(bob.does(add(ann.id)).await, None);
    bob.does(add(eve.id)).await.unwrap();
    let people = eve.get(&format!("/api/rooms/{room}/people?limit=2")).await.ok();
    assert_eq!(people["has_more"], true);
    assert_eq!(people["people"][0]["person"]["id"], ann.id.min(bob.id).min(eve.id));
    eve.says(room, "here I am").await;
}

#[tokio::test]
async fn owners_rename_a_room_and_every_member_sets_its_topic() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let rename = |name: Value, topic: Value| json!({"type": "rename", "room": room, "name": name, "topic": topic});
    bob.commands(rename("mine".into(), Value::Null)).await.refused(403, "owners_only");
    bob.does(rename(Value::Null, "what we ship".into())).await.unwrap();
    ann.does(rename("上线".into(), Value::Null)).await.unwrap();
    assert_eq!(ann.does(rename("上线".into(), "what we ship".into())).await, None);
    let last = ann.reads(room).await.pop().unwrap();
    assert_eq!((&last["kind"], &last["body"]), (&"topic".into(), &json!({"name": "上线", "topic": "what we ship"})));
    assert_eq!(bob.room(room).await["name"], "上线");
    ann.commands(rename("".into(), Value::Null)).await.wrong_field("name", "required");
}

#[tokio::test]
async fn the_directory_lists_public_rooms_only() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let mark = unique("目录");
    let mut ids = Vec::new();
    for (command, kind, name) in [("1", "public", "a"), ("2", "private", "b"), ("3", "public", "c")] {
        let new = json!({"command": command, "kind": kind, "name": format!("{mark}{name}")});
        ids.push(ann.post("/api/rooms", new).await.ok()["id"].as_i64().unwrap());
    }
    bob.does(json!({"type": "join", "room": ids[2]})).await;
    let path = with_query("/api/rooms/directory", &[("query", &mark)]);
    let list = bob.get(&path).await.ok();
    let listed: Vec<(i64, bool)> = list["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|room| (room["id"].as_i64().unwrap(), room["joined"] == true))
        .collect();
    assert_eq!(listed, [(ids[0], false), (ids[2], true)]);
    let page = bob.get(&format!("{path}&after={}&limit=1", ids[0])).await.ok();
    assert_eq!((&page["rooms"][0]["people"], &page["has_more"]), (&2.into(), &false.into()));
}

#[tokio::test]
async fn unread_is_what_others_said_after_my_read_position() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let first = ann.says(room, "one").await;
    ann.does(json!({"type": "react", "room": room, "seq": first, "emoji": "👍", "on": true})).await;
    ann.says(room, "two").await;
    let third = ann.says(room, "three").await;
    // Reactions do not count, and nobody's own messages do.
    assert_eq!(bob.room(room).await["unread"], 3);
    assert_eq!(ann.room(room).await["unread"], 0);
    assert_eq!(bob.does(json!({"type": "read", "room": room, "seq": first})).await, Some(first));
    assert_eq!(bob.room(room).await["unread"], 2);
    // A read position never goes back, and not past the end.
    assert_eq!(bob.does(json!({"type": "read", "room": room, "seq": 1})).await, None);
    assert_eq!(bob.does(json!({"type": "read", "room": room, "seq": third + 1000})).await, Some(third));
    let seen = bob.room(room).await;
    assert_eq!((&seen["unread"], &seen["read_seq"], &seen["last_seq"]), (&0.into(), &third.into(), &third.into()));
    bob.says(room, "four").await;
    assert_eq!(bob.room(room).await["unread"], 0);
    assert_eq!(ann.room(room).await["unread"], 1);
}

#[tokio::test]
async fn what_was_said_before_somebody_came_is_not_unread() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("public", &[]).await;
    ann.says(room, "early").await;
    bob.does(json!({"type": "join", "room": room})).await;
    assert_eq!(bob.room(room).await["unread"], 0);
    ann.says(room, "late").await;
    assert_eq!(bob.room(room).await["unread"], 1);
}

#[tokio::test]
async fn rooms_are_listed_with_the_latest_first() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let (old, new) = (ann.makes_room("private", &[]).await, ann.makes_room("private", &[]).await);
    ann.says(new, "first").await;
    ann.says(old, "and last").await;
    let list = ann.get("/api/rooms").await.ok();
    let ids: Vec<&Value> = list["rooms"].as_array().unwrap().iter().map(|room| &room["id"]).collect();
    assert_eq!(ids, [&old, &new]);
}

#[tokio::test]
async fn a_room_that_is_not_yours_is_answered_like_one_that_does_not_exist() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[]).await;
    for id in [room, 987_654_321] {
        for path in ["", "/entries", "/people", "/export", "/messages/1/history", "/entries?after=0&wait=5"] {
            let problem = bob.get(&format!("/api/rooms/{id}{path}")).await.refused(404, "room_not_found");
            assert_eq!(problem["detail"], Value::Null);
        }
        bob.uploads(id, "a.txt", b"hi").await.refused(404, "room_not_found");
        bob.get(&format!("/api/search?q=hi&room={id}")).await.refused(404, "room_not_found");
        for command in [
            json!({"type": "say", "text": "hi"}),
            json!({"type": "edit", "seq": 1, "text": "hi"}),
            json!({"type": "recall", "seq": 1}),
            json!({"type": "react", "seq": 1, "emoji": "👍", "on": true}),
            json!({"type": "join"}),
            json!({"type": "leave"}),
            json!({"type": "add_person", "person": 1}),
            json!({"type": "remove_person", "person": 1}),
            json!({"type": "rename", "name": "x"}),
            json!({"type": "read", "seq": 1}),
        ] {
            let mut command = command;
            command["room"] = id.into();
            bob.commands(command).await.refused(404, "room_not_found");
        }
        bob.post("/api/commands", json!({"type": "typing", "room": id})).await.refused(404, "room_not_found");
    }
}
