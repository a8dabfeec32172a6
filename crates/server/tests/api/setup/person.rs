//! Somebody who uses the server, and what they do there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::Method;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};

use super::{Answer, EventStream, Live, Wire, in_time, log};

/// Somebody with a browser of their own: a cookie jar, or a token.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: i64,
    pub username: String,
    pub url: String,
    client: Client,
    jar: Arc<Jar>,
    token: Option<String>,
}

impl Person {
    pub fn nobody(url: &str) -> Self {
        let jar = Arc::new(Jar::default());
        // The program's own client for outgoing https brings no cryptography with it, and this one is the same library.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().cookie_provider(jar.clone()).no_proxy().build().unwrap();
        Self { id: 0, username: String::new(), url: url.to_owned(), client, jar, token: None }
    }

    pub async fn signs_in(url: &str, username: &str, password: &str) -> Self {
        let mut person = Self::nobody(url);
        let answer = person.tries_password(username, password).await;
        person.is_now(&answer);
        person
    }

    pub async fn with_token(url: &str, token: &str) -> Self {
        let mut person = Self::nobody(url);
        person.token = Some(token.to_owned());
        let me = person.get("/api/me").await;
        person.is_now(&me);
        person
    }

    /// The same browser, with its session, where the server is now.
    pub fn at(&self, url: &str) -> Self {
        let mut person = Self::nobody(url);
        let (_, cookie) = self.credentials();
        person.jar.add_cookie_str(&cookie, &url.parse().unwrap());
        (person.id, person.username) = (self.id, self.username.clone());
        person
    }

    /// Takes the identity of an answer that holds `Me`.
    #[track_caller]
    pub fn is_now(&mut self, me: &Answer) {
        let me = me.ok();
        self.id = me["person"]["id"].as_i64().unwrap();
        self.username = me["person"]["username"].as_str().unwrap().to_owned();
    }

    /// The same person in another browser.
    pub async fn signs_in_again(&self, password: &str) -> Self {
        Self::signs_in(&self.url, &self.username, password).await
    }

    pub async fn tries_password(&self, username: &str, password: &str) -> Answer {
        self.post("/api/session", json!({"username": username, "password": password})).await
    }

    pub async fn makes_token(&self) -> String {
        let made = self.post("/api/me/tokens", json!({"name": "script"})).await.ok();
        made["secret"].as_str().unwrap().to_owned()
    }

    // Requests

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn sends(&self, request: RequestBuilder) -> Answer {
        in_time(async { Answer::of(request.send().await.unwrap()).await }).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.sends(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.sends(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.sends(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.sends(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.sends(self.request(Method::PATCH, path).json(&body)).await
    }

    /// The header that shows who asks.
    pub fn credentials(&self) -> (&'static str, String) {
        match &self.token {
            Some(token) => ("authorization", format!("Bearer {token}")),
            None => {
                let url: Url = self.url.parse().unwrap();
                let cookies = self.jar.cookies(&url);
                ("cookie", cookies.map_or(String::new(), |value| value.to_str().unwrap().to_owned()))
            }
        }
    }

    // Rooms and messages

    /// Makes a room with others in it and answers its id.
    pub async fn makes_room(&self, kind: &str, others: &[&Person]) -> i64 {
        let people: Vec<i64> = others.iter().map(|person| person.id).collect();
        let room = json!({"command": new_command(), "kind": kind, "name": format!("{}'s room", self.username), "people": people});
        self.post("/api/rooms", room).await.ok()["id"].as_i64().unwrap()
    }

    /// Gives a command; one without an id gets a new one.
    pub async fn commands(&self, command: Value) -> Answer {
        self.post("/api/commands", with_id(command)).await
    }

    /// Gives a command that has to be taken, and answers the number of its entry.
    pub async fn does(&self, command: Value) -> Option<i64> {
        let ack = self.commands(command).await.ok();
        assert_eq!(ack["type"], "ack");
        ack["seq"].as_i64()
    }

    /// Says something and answers its number.
    pub async fn says(&self, room: i64, text: &str) -> i64 {
        let say = json!({"type": "say", "room": room, "text": text});
        self.does(say).await.unwrap()
    }

    pub async fn removes(&self, room: i64, person: &Person) -> i64 {
        let remove = json!({"type": "remove_person", "room": room, "person": person.id});
        self.does(remove).await.unwrap()
    }

    /// The room as this person sees it.
    pub async fn room(&self, room: i64) -> Value {
        self.get(&format!("/api/rooms/{room}")).await.ok()
    }

    pub async fn page(&self, room: i64, query: &str) -> Value {
        self.get(&format!("/api/rooms/{room}/entries?{query}")).await.ok()
    }

    /// All entries of a room, page by page.
    pub async fn reads(&self, room: i64) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let after = entries.last().map_or(0, |entry| entry["seq"].as_i64().unwrap());
            let page = self.page(room, &format!("after={after}&limit=1000")).await;
            entries.extend(page["entries"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return entries;
            }
        }
    }

    /// The state that a page gives for a message.
    pub async fn state(&self, room: i64, seq: i64) -> Value {
        let page = self.page(room, &format!("around={seq}&limit=1")).await;
        let state = page["states"].as_array().unwrap().iter().find(|state| state["seq"] == seq);
        state.cloned().unwrap_or(Value::Null)
    }

    /// The number up to which the person has read their feed.
    pub async fn feed_seq(&self) -> i64 {
        self.get("/api/rooms").await.ok()["feed_seq"].as_i64().unwrap()
    }

    pub async fn uploads(&self, room: i64, name: &str, bytes: &[u8]) -> Answer {
        let path = with_query(&format!("/api/rooms/{room}/files"), &[("name", name)]);
        let request = self.request(Method::POST, &path).body(bytes.to_vec());
        self.sends(request).await
    }

    pub async fn searches(&self, words: &str) -> Vec<String> {
        let hits = self.get(&with_query("/api/search", &[("q", words)])).await.ok();
        let texts = hits["hits"].as_array().unwrap().iter();
        texts.map(|hit| hit["text"].as_str().unwrap().to_owned()).collect()
    }

    // Live

    /// Opens the socket and reads its `hello`.
    pub async fn opens_socket(&self) -> Live {
        Live::open(self).await
    }

    /// Opens the socket and follows a room from a number on.
    pub async fn follows(&self, room: i64, after: i64) -> Live {
        let mut live = self.opens_socket().await;
        live.follow(&log(room), after).await;
        live
    }

    pub async fn opens_stream(&self, path: &str) -> EventStream {
        let request = self.request(Method::GET, path).header("accept", "text/event-stream");
        EventStream::of(in_time(request.send()).await.unwrap())
    }

    /// Sends a request on a connection of its own and does not wait for the answer.
    pub async fn asks(&self, path: &str) -> Wire {
        Wire::ask(self, path, "application/json").await
    }

    pub async fn asks_for_stream(&self, path: &str) -> Wire {
        Wire::ask(self, path, "text/event-stream").await
    }

    /// Long polls of the live connection, one after the other, until one has the message that is looked for. People of
    /// other tests come and go meanwhile, which answers a poll, too. Answers the message and where to go on.
    pub async fn polls_for(&self, after: &str, wanted: impl Fn(&Value) -> bool) -> (Value, String) {
        let mut after = after.to_owned();
        let found = async {
            loop {
                let poll = self.get(&format!("/api/live?after={after}&wait=50")).await.ok();
                after = poll["after"].as_str().unwrap().to_owned();
                if let Some(message) = poll["messages"].as_array().unwrap().iter().find(|message| wanted(message)) {
                    return message.clone();
                }
            }
        };
        let found = in_time(found).await;
        (found, after)
    }

    /// Asks again and again until the answer is a refusal.
    pub async fn asks_until_refused(self, path: String) -> Answer {
        loop {
            let answer = self.get(&path).await;
            if answer.status >= 400 {
                return answer;
            }
        }
    }

    /// Waits until the others would see this person online.
    pub async fn is_online_for(&self, other: &Person) {
        let online = async {
            loop {
                let live = other.opens_socket().await;
                if live.hello["online"].as_array().unwrap().contains(&self.id.into()) {
                    return;
                }
            }
        };
        in_time(online).await;
    }
}

/// A path with parameters.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost", parameters).unwrap();
    format!("{path}?{}", url.query().unwrap())
}

pub fn new_command() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("command-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The command with an id, if it has none.
pub fn with_id(mut command: Value) -> Value {
    if command.get("command").is_none() {
        command["command"] = new_command().into();
    }
    command
}
