//! A WebSocket on `/live`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::person::with_id;
use super::{Person, in_time, unique};

/// What comes over a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Message(Value),
    /// The socket was closed with this code and reason.
    Closed(u16, String),
    /// The connection ended without a word.
    Lost,
}

#[derive(Debug)]
pub struct Live {
    pub hello: Value,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    pub async fn open(person: &Person) -> Self {
        let (socket, _) = Self::try_open(person, &[]).await.unwrap();
        let mut live = Self { hello: Value::Null, socket };
        live.hello = live.next().await;
        assert_eq!(live.hello["type"], "hello");
        live
    }

    /// Asks for the upgrade with further headers.
    pub async fn try_open(
        person: &Person,
        headers: &[(&'static str, &str)],
    ) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, u16), Error> {
        let url = person.url.replacen("http", "ws", 1) + "/live";
        let mut request = url.into_client_request().unwrap();
        let (name, value) = person.credentials();
        for (name, value) in headers.iter().copied().chain([(name, value.as_str())]) {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (socket, response) = in_time(tokio_tungstenite::connect_async(request)).await?;
        Ok((socket, response.status().as_u16()))
    }

    pub async fn send(&mut self, message: Value) {
        self.send_frame(Message::text(message.to_string())).await;
    }

    pub async fn send_frame(&mut self, frame: Message) {
        // A socket that the server has closed tells so when it is read.
        let _ = in_time(self.socket.send(frame)).await;
    }

    async fn heard(&mut self) -> Heard {
        loop {
            return match self.socket.next().await {
                Some(Ok(Message::Text(text))) => Heard::Message(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => Heard::Closed(frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Binary(bytes))) => panic!("the server sent a binary frame of {} bytes", bytes.len()),
                Some(Ok(_) | Err(_)) | None => Heard::Lost,
            };
        }
    }

    /// The next message that `wanted` picks, and all that came before it.
    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> (Vec<Value>, Value) {
        let mut passed = Vec::new();
        let found = async {
            loop {
                match self.heard().await {
                    Heard::Message(message) if wanted(&message) => return message,
                    Heard::Message(message) => passed.push(message),
                    end => panic!("the socket ended: {end:?}"),
                }
            }
        };
        let found = in_time(found).await;
        (passed, found)
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        self.until(|_| true).await.1
    }

    /// The next message of a type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.until(|message| message["type"] == kind).await.1
    }

    /// All messages up to the next one of a type, which is the last.
    pub async fn all_to(&mut self, kind: &str) -> Vec<Value> {
        let (mut messages, last) = self.until(|message| message["type"] == kind).await;
        messages.push(last);
        messages
    }

    /// Waits for exactly this message; others are passed over.
    pub async fn hears(&mut self, wanted: &Value) {
        self.until(|message| message == wanted).await;
    }

    /// Whether this message comes within a time; others are passed over.
    pub async fn hears_within(&mut self, wanted: &Value, time: Duration) -> bool {
        tokio::time::timeout(time, self.hears(wanted)).await.is_ok()
    }

    /// All messages up to the end, and the end.
    pub async fn until_the_end(&mut self) -> (Vec<Value>, Heard) {
        let mut messages = Vec::new();
        let end = async {
            loop {
                match self.heard().await {
                    Heard::Message(message) => messages.push(message),
                    end => return end,
                }
            }
        };
        let end = in_time(end).await;
        (messages, end)
    }

    /// Follows a log and waits until that is accepted.
    pub async fn follow(&mut self, log: &str, after: i64) -> Value {
        self.send(json!({"type": "follow", "logs": {log: after}})).await;
        self.next_of("followed").await
    }

    /// The entries of a log, from now on up to a number.
    pub async fn entries_to(&mut self, log: &str, seq: i64) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        while entries.last().is_none_or(|entry| entry["seq"].as_i64() < Some(seq)) {
            let message = self.next_of("entries").await;
            if message["log"] == log {
                entries.extend(message["entries"].as_array().unwrap().iter().cloned());
            }
        }
        entries
    }

    /// Everything that the server says until it answers a ping that is sent now. Whatever was sent before it on this
    /// socket is done by then.
    pub async fn until_pong(&mut self) -> Vec<Value> {
        self.send(json!({"type": "ping"})).await;
        self.until(|message| message["type"] == "pong").await.0
    }

    /// Everything that has come until now: up to a change of this person's own profile that is made now, for news come
    /// in their order.
    pub async fn all_until_now(&mut self, me: &Person) -> Vec<Value> {
        let name = unique("now called ");
        me.patch("/api/me", json!({"name": name})).await.ok();
        self.until(|message| message["type"] == "person" && message["person"]["name"] == name).await.0
    }

    /// Gives a command and waits for the answer to it.
    pub async fn commands(&mut self, command: Value) -> Value {
        let command = with_id(command);
        self.send(command.clone()).await;
        let answers = |message: &Value| matches!(message["type"].as_str(), Some("ack" | "refused"));
        self.until(|message| answers(message) && message["command"] == command["command"]).await.1
    }
}
