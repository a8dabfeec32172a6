//! Whatever is thrown at the server, it answers, and it stays.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::setup::{Live, Person, Server, Team, with_query};

const CASES: u32 = 200;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        (-2..20_i64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["👍", "c", "r1", "feed", "@admin", "\u{0}", "", " "]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().collect::<Value>()),
        ]
    })
}

/// Objects that look like messages of the protocol, with some fields missing, wrong or unknown.
fn nearly_a_message(room: i64) -> impl Strategy<Value = Value> {
    let kinds = vec![
        "say",
        "edit",
        "recall",
        "react",
        "join",
        "leave",
        "add_person",
        "remove_person",
        "rename",
        "read",
        "typing",
        "follow",
        "unfollow",
        "decide",
        "looking",
        "ping",
    ];
    let field = |right: BoxedStrategy<Value>| prop_oneof![6 => right.prop_map(Some), 1 => any_value().prop_map(Some), 2 => Just(None)];
    let number = (-1..9_i64).prop_map(Value::from).boxed();
    let text = "[@a-z的 ]{0,12}".prop_map(Value::from).boxed();
    let logs = prop::collection::btree_map(
        prop_oneof![Just("feed".to_owned()), Just(format!("r{room}")), any::<String>()],
        any::<i64>(),
        0..3,
    );
    let fields = (
        field("[a-z]{1,3}".prop_map(Value::from).boxed()),
        field(Just(json!(room)).boxed()),
        field(text.clone()),
        field(number.clone()),
        field(prop::sample::select(vec!["👍", "🎉", "x"]).prop_map(Value::from).boxed()),
        field(any::<bool>().prop_map(Value::from).boxed()),
        field(number),
        field(text),
        field(logs.prop_map(|logs| json!(logs)).boxed()),
    );
    (prop::sample::select(kinds), fields).prop_map(
        |(kind, (command, room, text, seq, emoji, on, person, name, logs))| {
            let named: &[(&str, Option<Value>)] = match kind {
                "say" => &[("text", text), ("reply_to", None)],
                "edit" => &[("text", text), ("seq", seq)],
                "recall" | "read" => &[("seq", seq)],
                "react" => &[("seq", seq), ("emoji", emoji), ("on", on)],
                "add_person" | "remove_person" => &[("person", person)],
                "rename" => &[("name", name), ("topic", text)],
                "follow" => &[("logs", logs)],
                "unfollow" => &[("log", text)],
                "decide" => &[("order", seq), ("move", Some(json!({"move": "approve", "task": 1})))],
                "looking" => &[("deciding", on)],
                _ => &[],
            };
            let mut message = Map::new();
            message.insert("type".into(), kind.into());
            let common = [("command", command), ("room", room)];
            for (field, value) in common.into_iter().chain(named.iter().cloned()) {
                if let Some(value) = value {
                    message.insert(field.into(), value);
                }
            }
            Value::Object(message)
        },
    )
}

/// A server with one person, one room and something in it; what random commands do there disturbs no other test.
struct Target {
    runtime: tokio::runtime::Runtime,
    server: Server,
    person: Person,
    room: i64,
}

impl Target {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = Server::start(&["--commands-per-second", "100000"]);
        let (person, room) = runtime.block_on(async {
            let team = Team::on(&server).await;
            let [person] = team.people(["ann"]).await;
            let room = person.makes_room("private", &[&team.admin]).await;
            for n in 0..4 {
                person.says(room, &n.to_string()).await;
            }
            (person, room)
        });
        Self { runtime, server, person, room }
    }

    /// Runs a check with random values, always the same number of them.
    fn check<S: Strategy>(&self, values: S, check: impl AsyncFn(S::Value) -> Result<(), TestCaseError>) {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&values, |value| self.runtime.block_on(check(value)));
        let log = self.server.own_log();
        if let Err(error) = result {
            panic!("{error}\n{log}");
        }
        assert!(!log.contains("panicked"), "{log}");
        self.runtime.block_on(async { self.person.get("/api/me").await.ok() });
    }
}

#[test]
fn any_json_as_a_command_is_taken_or_refused() {
    let target = Target::new();
    let body = prop_oneof![4 => nearly_a_message(target.room), 1 => any_value()];
    target.check(body, async |body| {
        let answer = target.person.post("/api/commands", body).await;
        prop_assert!(answer.status < 500, "{}", answer.text());
        if answer.status >= 400 {
            answer.problem();
        }
        Ok(())
    });
}

#[test]
fn any_frame_is_answered_and_the_socket_goes_on() {
    let target = Target::new();
    let live: tokio::sync::Mutex<Live> = target.runtime.block_on(target.person.opens_socket()).into();
    let frame = prop_oneof![
        8 => nearly_a_message(target.room).prop_map(|message| Message::text(message.to_string())),
        2 => any_value().prop_map(|message| Message::text(message.to_string())),
        1 => any::<String>().prop_map(Message::text),
        1 => prop::collection::vec(any::<u8>(), 0..64).prop_map(Message::binary),
        1 => prop::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| Message::Ping(bytes.into())),
    ];
    target.check(frame, async |frame| {
        let mut live = live.lock().await;
        live.send_frame(frame).await;
        for message in live.until_pong().await {
            let status = message["problem"]["status"].as_i64().unwrap_or(200);
            prop_assert!(status < 500, "{message}");
        }
        Ok(())
    });
}

#[test]
fn any_words_can_be_searched_for() {
    let target = Target::new();
    target.check(any::<String>(), async |words| {
        let answer = target.person.get(&with_query("/api/search", &[("q", &words)])).await;
        prop_assert!(matches!(answer.status, 200 | 422), "{}", answer.text());
        Ok(())
    });
}

#[test]
fn any_text_is_kept_as_it_is_or_refused() {
    let target = Target::new();
    target.check(any::<String>(), async |text| {
        let say = json!({"type": "say", "room": target.room, "text": text});
        let answer = target.person.commands(say).await;
        if answer.status != 200 {
            answer.wrong_field("text", if text.trim().is_empty() { "required" } else { "control_characters" });
            return Ok(());
        }
        let page = target.person.page(target.room, &format!("around={}&limit=1", answer.ok()["seq"])).await;
        let kept: String =
            unicode_normalization::UnicodeNormalization::nfc(text.replace("\r\n", "\n").trim_end()).collect();
        prop_assert_eq!(page["entries"][0]["body"]["text"].as_str().unwrap(), kept);
        Ok(())
    });
}

#[test]
fn any_address_is_answered() {
    let target = Target::new();
    let paths = vec![
        "/api/rooms/",
        "/api/people/",
        "/api/files/",
        "/api/join/",
        "/api/live?after=",
        "/api/rooms/2/entries?",
        "/",
    ];
    let address = (prop::sample::select(paths), "[a-z0-9%:,=&?/.-]{0,20}");
    target.check(address, async |(path, rest)| {
        // What begins with two slashes names another host.
        let answer = target.person.get(&format!("{path}{}", rest.trim_start_matches('/'))).await;
        prop_assert!(answer.status < 500, "{}", answer.text());
        Ok(())
    });
}
