//! Server-sent events.

use serde_json::Value;

use super::in_time;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

#[derive(Debug)]
pub struct EventStream {
    response: reqwest::Response,
    text: Vec<u8>,
}

impl EventStream {
    #[track_caller]
    pub fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: Vec::new() }
    }

    /// The next event; nothing when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        in_time(self.received()).await
    }

    async fn received(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                match parse(std::str::from_utf8(&block).unwrap()) {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.text.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// The next event that carries a message of a type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Event {
        let found = async {
            loop {
                let event = self.received().await.expect("the stream ended");
                if event.data["type"] == kind {
                    return event;
                }
            }
        };
        in_time(found).await
    }

    /// The entries of a log up to a number, and the id of the last event.
    pub async fn entries_to(&mut self, log: &str, seq: i64) -> (Vec<Value>, String) {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let event = self.next_of("entries").await;
            if event.data["log"] == log {
                entries.extend(event.data["entries"].as_array().unwrap().iter().cloned());
            }
            if entries.last().is_some_and(|entry| entry["seq"].as_i64() >= Some(seq)) {
                return (entries, event.id);
            }
        }
    }

    /// All messages up to the end of the stream.
    pub async fn until_the_end(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        let end = async {
            while let Some(event) = self.received().await {
                messages.push(event.data);
            }
        };
        in_time(end).await;
        messages
    }
}

/// An event; a block of comments is none.
fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    let mut data = String::new();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("data", text)) => data.push_str(text),
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("id", id)) => event.id = id.to_owned(),
            _ => {}
        }
    }
    event.data = serde_json::from_str(&data).ok()?;
    Some(event)
}
