//! Finding messages again.

use serde_json::{Value, json};

use crate::setup::{Team, with_query};

#[tokio::test]
async fn messages_are_found_by_words_and_their_beginnings() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    ann.says(room, "今天上午发布 v1.4.2 到生产环境").await;
    ann.says(room, "Deployment of the WEB server").await;
    for words in ["生产", "环境", "产", "发布 v1.4.2", "境", "上午发布"] {
        assert_eq!(ann.searches(words).await, ["今天上午发布 v1.4.2 到生产环境"], "{words}");
    }
    for words in ["deploy", "DEPLOYMENT", "web serv", "ｗｅｂ"] {
        assert_eq!(ann.searches(words).await, ["Deployment of the WEB server"], "{words}");
    }
    for words in ["产生", "eployment", "deploy 生产", "布到"] {
        assert_eq!(ann.searches(words).await, [] as [&str; 0], "{words}");
    }
}

#[tokio::test]
async fn an_edited_message_is_found_by_its_new_words_only() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let seq = ann.says(room, "测试环境").await;
    ann.does(json!({"type": "edit", "room": room, "seq": seq, "text": "预发环境"})).await;
    assert_eq!(ann.searches("测试").await, [] as [&str; 0]);
    assert_eq!(ann.searches("预发").await, ["预发环境"]);
}

#[tokio::test]
async fn pages_go_from_new_to_old_and_miss_nothing() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut said = Vec::new();
    for n in 0..65 {
        said.push(ann.says(room, &format!("蜂鸟 {n}")).await);
    }
    let (mut found, mut next) = (Vec::new(), Value::Null);
    let sizes = [30, 30, 5];
    for size in sizes {
        let mut path = with_query("/api/search", &[("q", "蜂鸟")]);
        if let Some(before) = next.as_str() {
            path += &format!("&before={before}");
        }
        let page = ann.get(&path).await.ok();
        let hits = page["hits"].as_array().unwrap();
        assert_eq!(hits.len(), size);
        found.extend(hits.iter().map(|hit| hit["seq"].as_i64().unwrap()));
        next = page["next"].clone();
    }
    assert_eq!(next, Value::Null);
    said.reverse();
    assert_eq!(found, said);
}

#[tokio::test]
async fn only_messages_of_my_rooms_are_found() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let (first, second) = (ann.makes_room("public", &[&bob]).await, ann.makes_room("public", &[]).await);
    ann.says(first, "琥珀 one").await;
    ann.says(second, "琥珀 two").await;
    assert_eq!(bob.searches("琥珀").await, ["琥珀 one"]);
    assert_eq!(ann.searches("琥珀").await, ["琥珀 two", "琥珀 one"]);
    let path = with_query("/api/search", &[("q", "琥珀"), ("room", &first.to_string())]);
    let hits = ann.get(&path).await.ok();
    assert_eq!(hits["hits"].as_array().unwrap().len(), 1);
    assert_eq!((&hits["hits"][0]["by"], &hits["hits"][0]["room"]), (&ann.id.into(), &first.into()));
    ann.removes(first, &bob).await;
    assert_eq!(bob.searches("琥珀").await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_search_needs_a_letter_or_a_digit() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    for words in ["", "   ", "!?", "\"*"] {
        ann.get(&with_query("/api/search", &[("q", words)])).await.wrong_field("q", "required");
    }
    ann.get(&with_query("/api/search", &[("q", &"x".repeat(201))])).await.wrong_field("q", "too_long");
    ann.get("/api/search").await.refused(400, "wrong_query");
    ann.get("/api/search?q=x&before=abc").await.refused(400, "wrong_query");
    // The language of the index is not spoken here.
    for words in ["a\" OR \"b", "NEAR(a b)", "words:a", "a* -b", "{a b}: c", "^a", "-- a", "a AND", "NOT"] {
        ann.searches(words).await;
    }
}
