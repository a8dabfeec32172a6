//! Programs in `tests/peers`, each with another WebSocket library. They answer each line with a line.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A peer that says nothing for this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// For Python.
    Websockets,
    /// For Node.
    Ws,
}

pub const LIBRARIES: [Library; 2] = [Library::Websockets, Library::Ws];

/// What a peer offers of permessage-deflate as a client, or configures as a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Compression {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_max_window_bits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_max_window_bits: Option<u8>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub server_no_context_takeover: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub client_no_context_takeover: bool,
}

/// A process. It ends when it is dropped.
pub struct Peer {
    pub library: Library,
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// The peer's end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Theirs {
    connection: usize,
    pub subprotocol: Option<String>,
    /// The extensions of the handshake's response.
    pub extensions: String,
}

/// What a peer received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    /// 1005: a close frame without a code. 1006: no close frame.
    Closed(u16, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    Binary,
}

impl Library {
    fn command(self) -> Command {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let (program, script, needed) = match self {
            Library::Websockets => {
                let python = repository.join(".cache/python/bin/python");
                (python.clone(), peers.join("websockets_peer.py"), python)
            }
            Library::Ws => (PathBuf::from("node"), peers.join("ws_peer.mjs"), repository.join("web/node_modules/ws")),
        };
        assert!(needed.exists(), "{} is missing. Make it: scripts/setup.sh test", needed.display());
        let mut command = Command::new(program);
        command.arg(script);
        command
    }
}

impl Peer {
    pub async fn start(library: Library) -> Self {
        let mut process = library
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{library:?} can not be started ({error}). Run scripts/setup.sh test"));
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut peer = Self { library, process, input, output };
        assert_eq!(peer.line().await, json!({"ready": true}));
        peer
    }

    async fn line(&mut self) -> Value {
        let line = timeout(PATIENCE, self.output.next_line())
            .await
            .unwrap_or_else(|_| panic!("{:?} says nothing", self.library))
            .unwrap();
        match line {
            Some(line) => serde_json::from_str(&line).unwrap(),
            None => panic!("{:?} has ended: {:?}", self.library, self.process.wait().await),
        }
    }

    async fn ask<T: DeserializeOwned>(&mut self, command: Value) -> T {
        self.input.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let mut answer = self.line().await;
        match answer.get_mut("ok") {
            Some(answer) => serde_json::from_value(answer.take()).unwrap(),
            None => panic!("{:?}, {}: {answer}", self.library, command["command"]),
        }
    }

    /// Connects to our server, or says with which status it refused.
    pub async fn connect(
        &mut self,
        address: &str,
        subprotocols: &[&str],
        deflate: Option<Compression>,
    ) -> Result<Theirs, u16> {
        let command =
            json!({"command": "connect", "address": address, "subprotocols": subprotocols, "deflate": deflate});
        let answer: Value = self.ask(command).await;
        match answer.get("refused") {
            Some(status) => Err(serde_json::from_value(status.clone()).unwrap()),
            None => Ok(serde_json::from_value(answer).unwrap()),
        }
    }

    /// Starts a server in the peer. Answers its address.
    pub async fn listen(&mut self, subprotocols: &[&str], deflate: Option<Compression>) -> String {
        let command = json!({"command": "listen", "subprotocols": subprotocols, "deflate": deflate});
        let port: u16 = self.ask(command).await;
        format!("ws://127.0.0.1:{port}/")
    }

    /// The next connection to a server in the peer.
    pub async fn accept(&mut self) -> Theirs {
        self.ask(json!({"command": "accept"})).await
    }

    async fn tell<T: DeserializeOwned>(&mut self, theirs: &Theirs, mut command: Value) -> T {
        command["connection"] = theirs.connection.into();
        self.ask(command).await
    }

    /// Sends a message, each fragment in a frame.
    pub async fn send(&mut self, theirs: &Theirs, kind: Kind, fragments: &[&[u8]]) {
        let fragments: Vec<_> = fragments.iter().map(|fragment| STANDARD.encode(fragment)).collect();
        self.tell(theirs, json!({"command": "send", "kind": kind, "fragments": fragments})).await
    }

    pub async fn receive(&mut self, theirs: &Theirs) -> Heard {
        let event = self.tell(theirs, json!({"command": "receive"})).await;
        heard(&event)
    }

    /// Answers when the pong with the same payload has come.
    pub async fn ping(&mut self, theirs: &Theirs, payload: &[u8]) {
        let same: bool = self.tell(theirs, json!({"command": "ping", "payload": STANDARD.encode(payload)})).await;
        assert!(same, "{:?} gets no pong, or one with another payload", self.library);
    }

    /// Closes, `None` without a code, and answers what was said to it.
    pub async fn close(&mut self, theirs: &Theirs, code: Option<u16>, reason: &str) -> Heard {
        let event = self.tell(theirs, json!({"command": "close", "code": code, "reason": reason})).await;
        heard(&event)
    }

    /// Ends the TCP connection without a word.
    pub async fn abort(&mut self, theirs: &Theirs) {
        self.tell(theirs, json!({"command": "abort"})).await
    }

    /// Bytes that came over the wire, on a connection that the peer has opened.
    pub async fn received_bytes(&mut self, theirs: &Theirs) -> usize {
        self.tell(theirs, json!({"command": "received_bytes"})).await
    }
}

fn heard(event: &Value) -> Heard {
    let payload = |name: &str| STANDARD.decode(event[name].as_str().unwrap()).unwrap();
    if event.get("text").is_some() {
        Heard::Text(payload("text"))
    } else if event.get("binary").is_some() {
        Heard::Binary(payload("binary"))
    } else {
        let code = event["closed"].as_u64().unwrap();
        Heard::Closed(code.try_into().unwrap(), event["reason"].as_str().unwrap().to_owned())
    }
}
