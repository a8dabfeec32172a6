//! Programs of others that the tests talk to.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A peer that says nothing for this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that answers each line with a line. It ends when it is dropped.
pub struct Peer {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts Python on a program of `tests/peers`, and waits for its first line.
    pub async fn start(program: &str, arguments: &[String]) -> (Self, Value) {
        let python = repository().join(".cache/python/bin/python");
        assert!(python.exists(), "{} is missing. Make it: scripts/setup.sh test", python.display());
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(program);
        let mut process = Command::new(python)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut peer = Self { process, input, output };
        let first = peer.line().await;
        (peer, first)
    }

    async fn line(&mut self) -> Value {
        let line = timeout(PATIENCE, self.output.next_line()).await.expect("the peer answers").unwrap();
        match line {
            Some(line) => serde_json::from_str(&line).unwrap(),
            None => panic!("the peer ended: {:?}", self.process.wait().await),
        }
    }

    /// The answer to a command.
    pub async fn ask(&mut self, command: Value) -> Value {
        self.input.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let answer = self.line().await;
        answer.get("ok").unwrap_or_else(|| panic!("{command}: {answer}")).clone()
    }

    pub async fn new_channel(&mut self) -> String {
        self.ask(json!({"command": "new_channel"})).await.as_str().unwrap().to_owned()
    }

    pub async fn receive(&mut self, channel: &str) -> Value {
        self.ask(json!({"command": "receive", "channel": channel})).await
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
