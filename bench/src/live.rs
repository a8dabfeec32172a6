//! A client on `/live`.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::server::Server;
use crate::team::Person;

/// Read buffer of a client, in bytes; the default of 128 KiB would be 640 MB in 5,000 clients.
const READ_BUFFER: usize = 4 * 1024;

pub struct Live {
    socket: WebSocketStream<TcpStream>,
}

impl Live {
    pub async fn open(server: &Server, person: &Person) -> Result<Self> {
        let mut request = format!("ws://{}/live", server.address).into_client_request()?;
        request.headers_mut().insert("cookie", person.cookie.parse()?);
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self { socket })
    }

    /// Follows the person's feed and a room from `seq` on, and waits until the server does.
    pub async fn follow(&mut self, person: &Person, room: i64, seq: i64) -> Result<()> {
        let follow = json!({"type": "follow", "logs": {"feed": person.feed_seq, (format!("r{room}")): seq}});
        self.send(&follow).await?;
        for _ in 0..2 {
            self.until("followed").await?;
        }
        Ok(())
    }

    /// Says something and waits for the acknowledgement; answers the message's number.
    pub async fn say(&mut self, room: i64, command: String, text: &str) -> Result<i64> {
        self.send(&json!({"type": "say", "command": command, "room": room, "text": text})).await?;
        let ack: Value = serde_json::from_str(&self.until("ack").await?)?;
        ack["seq"].as_i64().context("a message has a number")
    }

    /// Approves an order and waits for the acknowledgement.
    pub async fn approve(&mut self, order: i64, command: String) -> Result<()> {
        let approval = json!({"type": "decide", "command": command, "order": order, "move": {"move": "approve"}});
        self.send(&approval).await?;
        self.until("ack").await.map(|_| ())
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    async fn until(&mut self, kind: &str) -> Result<String> {
        loop {
            let text = self.next().await?;
            if kind_of(&text) == kind {
                return Ok(text);
            }
        }
    }

    /// The next message.
    pub async fn next(&mut self) -> Result<String> {
        loop {
            match self.socket.next().await.context("the server closed the connection")?? {
                Message::Text(text) if is_unexpected(kind_of(&text)) => bail!("{text}"),
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                _ => {}
            }
        }
    }
}

/// A refusal shows by the type of the problem that it carries.
fn is_unexpected(kind: &str) -> bool {
    matches!(kind, "refused" | "error" | "ended" | "jump") || kind.starts_with("/problems/")
}

/// The first `type` in a server message, found without parsing: a thousand clients that parse JSON would be measured
/// instead of the server.
fn kind_of(text: &str) -> &str {
    const FIELD: &str = r#""type":""#;
    let Some(start) = text.find(FIELD) else { return "" };
    let rest = &text[start + FIELD.len()..];
    rest.split('"').next().unwrap_or("")
}

/// The number of the last entry in an `entries` message about a room.
pub fn last_seq_of(text: &str, room: i64) -> Option<i64> {
    const FIELD: &str = r#""seq":"#;
    if kind_of(text) != "entries" || !text.contains(&format!(r#""log":"r{room}""#)) {
        return None;
    }
    let digits = &text[text.rfind(FIELD)? + FIELD.len()..];
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_tells_the_number_of_its_last_entry() {
        let text =
            r#"{"type":"entries","log":"r7","entries":[{"seq":41,"kind":"message"},{"seq":42,"kind":"message"}]}"#;
        assert_eq!(last_seq_of(text, 7), Some(42));
        assert_eq!(last_seq_of(text, 8), None);
        assert_eq!(last_seq_of(r#"{"type":"presence","online":[5]}"#, 7), None);
    }

    #[test]
    fn a_refusal_is_seen_whatever_comes_first_in_it() {
        assert!(is_unexpected(kind_of(r#"{"type":"refused","problem":{}}"#)));
        assert!(is_unexpected(kind_of(r#"{"problem":{"type":"/problems/not_found"},"type":"refused"}"#)));
        assert!(!is_unexpected(kind_of(r#"{"type":"ack","seq":2}"#)));
    }
}
