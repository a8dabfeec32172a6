//! Pages of a room: after, before, around, and waiting for more.

use serde_json::{Value, json};

use crate::setup::{Team, log, seqs};

/// The numbers on a page, whether there is more, and the last number of the room.
fn shape(page: &Value) -> (Vec<i64>, bool, i64) {
    let entries = page["entries"].as_array().unwrap();
    (seqs(entries), page["has_more"] == true, page["last_seq"].as_i64().unwrap())
}

#[tokio::test]
async fn pages_go_forward_backward_and_around() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    for n in 2..=12 {
        ann.says(room, &n.to_string()).await;
    }
    let page = |query: &'static str| {
        let ann = &ann;
        async move { shape(&ann.page(room, query).await) }
    };
    assert_eq!(page("").await, ((1..=12).collect(), false, 12));
    assert_eq!(page("after=0&limit=5").await, ((1..=5).collect(), true, 12));
    assert_eq!(page("after=7&limit=5").await, ((8..=12).collect(), false, 12));
    assert_eq!(page("after=12").await, (vec![], false, 12));
    assert_eq!(page("after=9999").await, (vec![], false, 12));
    assert_eq!(page("before=6&limit=3").await, (vec![3, 4, 5], true, 12));
    assert_eq!(page("before=4&limit=3").await, (vec![1, 2, 3], false, 12));
    assert_eq!(page("before=1").await, (vec![], false, 12));
    assert_eq!(page("before=9223372036854775807&limit=2").await, (vec![11, 12], true, 12));
    assert_eq!(page("around=6&limit=4").await, (vec![4, 5, 6, 7], true, 12));
    assert_eq!(page("around=6&limit=1").await, (vec![6], true, 12));
    assert_eq!(page("around=2&limit=6").await, (vec![1, 2, 3, 4, 5, 6], true, 12));
    assert_eq!(page("around=12&limit=4").await, (vec![10, 11, 12], false, 12));
    assert_eq!(page("around=-9223372036854775808&limit=2").await, (vec![1, 2], true, 12));
    assert_eq!(page("after=-5&limit=2").await, (vec![1, 2], true, 12));
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    for query in [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "after=x",
        "after=",
        "after=1&before=2",
        "before=1&around=2",
        "after=99999999999999999999",
        "wait=-1",
        "unknown=1",
        "after=1&after=2",
    ] {
        let answer = ann.get(&format!("/api/rooms/{room}/entries?{query}")).await;
        answer.refused(400, "wrong_query");
    }
    for id in ["x", "-1", "0", "1.5", "99999999999999999999", "%20", "9223372036854775807", "%ff"] {
        assert_eq!(ann.get(&format!("/api/rooms/{id}/entries")).await.problem()["status"], 404);
    }
}

#[tokio::test]
async fn a_long_poll_answers_when_something_is_said() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let poll = bob.asks(&format!("/api/rooms/{room}/entries?after=2&wait=50")).await;
    bob.get("/api/me").await.ok();
    ann.says(room, "now").await;
    assert_eq!(shape(&poll.answer().await.ok()), (vec![3], false, 3));
    // What is there already is not waited for.
    let there = bob.page(room, "after=1&wait=50").await;
    assert_eq!(shape(&there), (vec![2, 3], false, 3));
    // And a wait may end with nothing.
    assert_eq!(shape(&bob.page(room, "after=3&wait=1").await), (vec![], false, 3));
}

#[tokio::test]
async fn a_stream_of_entries_resumes_where_it_broke_off() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    ann.says(room, "two").await;
    let path = format!("/api/rooms/{room}/entries?after=0");
    let mut stream = ann.opens_stream(&path).await;
    let (entries, id) = stream.entries_to(&log(room), 2).await;
    assert_eq!((seqs(&entries), id.as_str()), (vec![1, 2], "2"));
    ann.says(room, "three").await;
    let event = stream.next_of("entries").await;
    assert_eq!((event.name.as_str(), event.id.as_str()), ("entries", "3"));
    drop(stream);
    let last = ann.says(room, "four").await;
    // The id of the last event goes before the address, as browsers resume.
    let request = ann.request(http::Method::GET, &path).header("accept", "text/event-stream");
    let response = request.header("last-event-id", "3").send().await.unwrap();
    let mut stream = crate::setup::EventStream::of(response);
    assert_eq!(seqs(&stream.entries_to(&log(room), last).await.0), [4]);
    for id in ["-9223372036854775808", "nonsense", "9223372036854775807"] {
        let request = ann.request(http::Method::GET, &path).header("accept", "text/event-stream");
        let response = request.header("last-event-id", id).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn a_page_of_long_messages_ends_early_and_says_so() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let text = "🦀".repeat(8000);
    futures_util::future::join_all((0..40).map(|_| ann.says(room, &text))).await;
    let (seqs, has_more, _) = shape(&ann.page(room, "after=0&limit=1000").await);
    assert!(has_more && seqs.len() < 41, "{}", seqs.len());
    assert_eq!(self::seqs(&ann.reads(room).await), (1..=41).collect::<Vec<_>>());
}

#[tokio::test]
async fn states_come_for_the_messages_on_the_page_and_no_others() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let (first, second) = (ann.says(room, "a").await, ann.says(room, "b").await);
    for seq in [first, second] {
        ann.does(json!({"type": "react", "room": room, "seq": seq, "emoji": "👀", "on": true})).await;
    }
    let states = |page: &Value| seqs(page["states"].as_array().unwrap());
    assert_eq!(states(&ann.page(room, "after=0&limit=2").await), [first]);
    assert_eq!(states(&ann.page(room, "after=0&limit=3").await), [first, second]);
    assert_eq!(states(&ann.page(room, &format!("after={second}")).await), [] as [i64; 0]);
}
