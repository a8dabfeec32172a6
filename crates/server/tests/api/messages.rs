//! Saying, editing, recalling, reacting, mentioning.

use serde_json::{Value, json};

use crate::setup::{Team, texts};

#[tokio::test]
async fn what_somebody_says_is_an_entry_that_others_read() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let first = ann.says(room, "ready?").await;
    let say =
        json!({"type": "say", "command": "answer", "room": room, "text": "yes\r\nall of it  ", "reply_to": first});
    let ack = bob.commands(say).await.ok();
    let entry = ann.reads(room).await.pop().unwrap();
    let expected = json!({
        "seq": first + 1, "at": ack["at"], "by": bob.id, "kind": "message", "target": null, "command": "answer",
        "body": {"text": "yes\nall of it", "reply_to": first, "mentions": [], "files": []},
    });
    assert_eq!(entry, expected);
    assert_eq!(ack, json!({"type": "ack", "command": "answer", "room": room, "seq": first + 1, "at": ack["at"]}));
}

#[tokio::test]
async fn a_message_has_up_to_eight_thousand_characters_of_any_kind() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let say = |text: String| ann.commands(json!({"type": "say", "room": room, "text": text}));
    say("界".repeat(8000)).await.ok();
    say("👩‍👩‍👧".repeat(1600)).await.ok();
    say("界".repeat(8001)).await.wrong_field("text", "too_long");
    say("e\u{301}".repeat(4001)).await.wrong_field("text", "too_long");
    // Composed it is one character of a text that may be kept.
    say("e\u{301}".repeat(4000)).await.ok();
    assert_eq!(texts(&ann.reads(room).await).pop().unwrap(), "é".repeat(4000));
    say(" \n\t ".into()).await.wrong_field("text", "required");
    say("a\u{0}b".into()).await.wrong_field("text", "control_characters");
    say("a\u{1b}[31m".into()).await.wrong_field("text", "control_characters");
    say("tab\tand\nline".into()).await.ok();
}

#[tokio::test]
async fn a_reply_needs_a_message_to_reply_to() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    // The first entry says that the room was made; it is no message.
    for target in [1, 99, 0, -1, i64::MAX] {
        let say = json!({"type": "say", "room": room, "text": "hm", "reply_to": target});
        ann.commands(say).await.wrong_field("reply_to", "unknown");
    }
}

#[tokio::test]
async fn the_same_command_twice_gets_the_first_answer_and_one_entry() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let say = |text: &str| json!({"type": "say", "command": "only-once", "room": room, "text": text});
    let first = ann.commands(say("first")).await.ok();
    assert_eq!(ann.commands(say("again")).await.ok(), first);
    let mut live = ann.opens_socket().await;
    assert_eq!(live.commands(say("and again")).await, first);
    assert_eq!(texts(&ann.reads(room).await), ["first"]);
    // The id is the person's own: somebody else may use the same.
    assert_ne!(bob.commands(say("from bob")).await.ok()["seq"], first["seq"]);
}

#[tokio::test]
async fn a_refused_command_may_be_given_again() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("public", &[]).await;
    let say = json!({"type": "say", "command": "try", "room": room, "text": "hi"});
    bob.commands(say.clone()).await.refused(403, "not_a_member");
    bob.does(json!({"type": "join", "room": room})).await;
    bob.commands(say).await.ok();
}

#[tokio::test]
async fn authors_edit_and_everybody_sees_what_it_was() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let seq = ann.says(room, "v1.4.1").await;
    assert_eq!(bob.state(room, seq).await, Value::Null);
    let edit = |text: &str| json!({"type": "edit", "room": room, "seq": seq, "text": text});
    bob.commands(edit("mine")).await.refused(403, "authors_only");
    let changed = ann.does(edit("v1.4.2")).await.unwrap();
    assert_eq!(ann.does(edit("v1.4.2")).await, None);
    let entry = bob.reads(room).await.pop().unwrap();
    assert_eq!((&entry["kind"], &entry["target"]), (&"edit".into(), &seq.into()));
    assert_eq!(entry["body"], json!({"text": "v1.4.2", "mentions": []}));
    let state = bob.state(room, seq).await;
    let expected = json!({"seq": seq, "changed": changed, "text": "v1.4.2", "mentions": [], "edits": 1, "recalled_by": null, "reactions": []});
    assert_eq!(state, expected);
    let history = bob.get(&format!("/api/rooms/{room}/messages/{seq}/history")).await.ok();
    let versions: Vec<(&Value, &Value)> =
        history["versions"].as_array().unwrap().iter().map(|v| (&v["seq"], &v["text"])).collect();
    assert_eq!(versions, [(&seq.into(), &"v1.4.1".into()), (&changed.into(), &"v1.4.2".into())]);
    ann.commands(edit("")).await.wrong_field("text", "required");
}

#[tokio::test]
async fn only_messages_can_be_edited_recalled_and_reacted_to() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    for seq in [1, 99, -1, 0, i64::MAX, i64::MIN] {
        ann.commands(json!({"type": "edit", "room": room, "seq": seq, "text": "x"}))
            .await
            .refused(404, "message_not_found");
        ann.commands(json!({"type": "recall", "room": room, "seq": seq})).await.refused(404, "message_not_found");
        let react = json!({"type": "react", "room": room, "seq": seq, "emoji": "👍", "on": true});
        ann.commands(react).await.refused(404, "message_not_found");
        let history = ann.get(&format!("/api/rooms/{room}/messages/{seq}/history")).await;
        history.refused(404, "message_not_found");
    }
}

#[tokio::test]
async fn a_recalled_text_is_gone_from_everywhere() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let seq = ann.says(room, "the key is 孔雀石 malachite").await;
    ann.does(json!({"type": "edit", "room": room, "seq": seq, "text": "the key is 青金石 lapislazuli"})).await;
    bob.does(json!({"type": "react", "room": room, "seq": seq, "emoji": "🎉", "on": true})).await;
    assert_eq!(bob.searches("青金石").await.len(), 1);
    let recall = json!({"type": "recall", "room": room, "seq": seq});
    bob.commands(recall.clone()).await.refused(403, "owners_only");
    let recalled = ann.does(recall.clone()).await.unwrap();
    assert_eq!(ann.does(recall).await, None);

    let entries = bob.reads(room).await;
    assert_eq!(
        entries[2]["body"],
        json!({"text": null, "reply_to": null, "mentions": [], "files": [], "recalled": true})
    );
    assert_eq!(entries[3]["body"], json!({"text": null, "mentions": []}));
    let state = bob.state(room, seq).await;
    assert_eq!(
        (&state["text"], &state["recalled_by"], &state["changed"]),
        (&Value::Null, &ann.id.into(), &recalled.into())
    );
    assert_eq!(state["reactions"], json!([]));
    let history = format!("/api/rooms/{room}/messages/{seq}/history");
    bob.get(&history).await.refused(410, "message_recalled");
    let export = bob.get(&format!("/api/rooms/{room}/export")).await.text();
    for word in ["孔雀石", "malachite", "青金石", "lapislazuli"] {
        assert!(!export.contains(word));
        assert!(!json!(entries).to_string().contains(word));
        assert_eq!(bob.searches(word).await, [] as [String; 0]);
    }
    ann.commands(json!({"type": "edit", "room": room, "seq": seq, "text": "x"})).await.refused(410, "message_recalled");
    let react = json!({"type": "react", "room": room, "seq": seq, "emoji": "🎉", "on": true});
    ann.commands(react).await.refused(410, "message_recalled");
}

#[tokio::test]
async fn owners_and_administrators_recall_what_others_said() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob, &team.admin]).await;
    let (first, second) = (bob.says(room, "one").await, bob.says(room, "two").await);
    ann.does(json!({"type": "recall", "room": room, "seq": first})).await.unwrap();
    team.admin.does(json!({"type": "recall", "room": room, "seq": second})).await.unwrap();
    assert_eq!(texts(&bob.reads(room).await), ["(recalled)", "(recalled)"]);
    assert_eq!(bob.state(room, second).await["recalled_by"], team.admin.id);
}

#[tokio::test]
async fn reactions_are_counted_with_who_and_whether_mine() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let seq = ann.says(room, "shipped").await;
    let react = |emoji: &str, on: bool| json!({"type": "react", "room": room, "seq": seq, "emoji": emoji, "on": on});
    bob.does(react("👍", true)).await.unwrap();
    assert_eq!(bob.does(react("👍", true)).await, None);
    ann.does(react("👍", true)).await.unwrap();
    ann.does(react("🎉", true)).await.unwrap();
    let expected = |mine: [bool; 2]| {
        json!([
            {"emoji": "👍", "count": 2, "people": [bob.id, ann.id], "mine": mine[0]},
            {"emoji": "🎉", "count": 1, "people": [ann.id], "mine": mine[1]},
        ])
    };
    assert_eq!(bob.state(room, seq).await["reactions"], expected([true, false]));
    assert_eq!(ann.state(room, seq).await["reactions"], expected([true, true]));
    ann.does(react("🎉", false)).await.unwrap();
    assert_eq!(ann.does(react("🎉", false)).await, None);
    assert_eq!(ann.state(room, seq).await["reactions"].as_array().unwrap().len(), 1);
    for wrong in ["", "a", "👍👍", ":+1:", "<b>"] {
        ann.commands(react(wrong, true)).await.wrong_field("emoji", "invalid");
    }
}

#[tokio::test]
async fn a_mention_comes_into_the_feed_and_is_counted_until_it_is_read() {
    let team = Team::new().await;
    let [ann, kun, eve] = team.people(["ann", "张坤", "eve"]).await;
    let room = ann.makes_room("private", &[&kun]).await;
    let feed = kun.feed_seq().await;
    let mut live = kun.opens_socket().await;
    live.follow("feed", feed).await;
    // Chinese text goes on without a space, and nobody else is meant.
    let text = format!("@{}回滚方案确认过了吗?@{} 不在群里 mail@{}", kun.username, eve.username, ann.username);
    let seq = ann.says(room, &text).await;
    let entry = ann.reads(room).await.pop().unwrap();
    assert_eq!(entry["body"]["mentions"], json!([kun.id]));
    let news = live.entries_to("feed", feed + 1).await;
    assert_eq!((&news[0]["kind"], &news[0]["by"]), (&"mention".into(), &ann.id.into()));
    assert_eq!(news[0]["body"], json!({"room": room, "seq": seq}));
    assert_eq!(kun.room(room).await["mentions"], 1);
    kun.does(json!({"type": "read", "room": room, "seq": seq})).await;
    assert_eq!(kun.room(room).await["mentions"], 0);
}

#[tokio::test]
async fn an_edit_mentions_those_who_were_not_named_before_and_a_recall_takes_mentions_back() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob, &eve]).await;
    let seq = ann.says(room, &format!("@{} look", bob.username)).await;
    let feeds = (bob.feed_seq().await, eve.feed_seq().await);
    let text = format!("@{} @{} look", bob.username, eve.username.to_uppercase());
    ann.does(json!({"type": "edit", "room": room, "seq": seq, "text": text})).await;
    assert_eq!((bob.feed_seq().await, eve.feed_seq().await), (feeds.0, feeds.1 + 1));
    let mentions = ann.state(room, seq).await["mentions"].clone();
    assert_eq!(mentions, json!([bob.id.min(eve.id), bob.id.max(eve.id)]));
    assert_eq!(eve.room(room).await["mentions"], 1);
    ann.does(json!({"type": "recall", "room": room, "seq": seq})).await;
    assert_eq!(eve.room(room).await["mentions"], 0);
}

#[tokio::test]
async fn the_export_is_one_document_with_all_entries() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let says = (0..600).map(|n| ann.says(room, if n == 0 { "\"quoted\" \\ 引号" } else { "more" }));
    futures_util::future::join_all(says).await;
    let export = bob.get(&format!("/api/rooms/{room}/export")).await;
    assert_eq!(export.header("content-disposition"), format!("attachment; filename=\"countersign-room-{room}.json\""));
    let document = export.ok();
    assert_eq!(document["room"]["id"], room);
    assert_eq!(document["people"].as_array().unwrap().len(), 2);
    assert_eq!(document["entries"].as_array().unwrap(), &bob.reads(room).await);
    assert_eq!(document["entries"].as_array().unwrap().len(), 602);
}
