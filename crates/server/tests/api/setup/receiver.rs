//! Others who are told of what happens: a program with an endpoint, and a mail server.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::in_time;

/// An endpoint on this machine; dropping it takes it down.
#[derive(Debug)]
pub struct Receiver {
    pub address: SocketAddr,
    told: mpsc::UnboundedReceiver<Told>,
    task: JoinHandle<()>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Told {
    pub headers: HeaderMap,
    pub body: String,
    answer: oneshot::Sender<StatusCode>,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn answer(self, status: u16) {
        // Whoever asked may be gone.
        let _ = self.answer.send(StatusCode::from_u16(status).unwrap());
    }
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// Where another one was before.
    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let (sender, told) = mpsc::unbounded_channel();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(sender);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, told, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?key=value", self.address)
    }

    /// The next request.
    pub async fn next(&mut self) -> Told {
        in_time(self.told.recv()).await.unwrap()
    }

    /// The next request, which is taken well.
    pub async fn takes(&mut self) -> serde_json::Value {
        let told = self.next().await;
        let body = told.json();
        told.answer(200);
        body
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(sender): State<mpsc::UnboundedSender<Told>>, headers: HeaderMap, body: String) -> StatusCode {
    let (answer, answered) = oneshot::channel();
    // A receiver that is gone has no connections, either.
    let _ = sender.send(Told { headers, body, answer });
    answered.await.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// A mail server on this machine.
#[derive(Debug)]
pub struct MailServer {
    pub address: SocketAddr,
    mails: mpsc::UnboundedReceiver<Mail>,
    task: JoinHandle<()>,
}

/// A mail as it came: the lines of the conversation, and the text.
#[derive(Debug, Default)]
pub struct Mail {
    pub commands: Vec<String>,
    pub text: String,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, mails) = mpsc::unbounded_channel();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, sender.clone()));
            }
        });
        Self { address, mails, task }
    }

    pub async fn next(&mut self) -> Mail {
        in_time(self.mails.recv()).await.unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, sender: mpsc::UnboundedSender<Mail>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail::default();
    let mut in_text = false;
    stream.write_all(b"220 test\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        let answer = match line.split(' ').next().unwrap() {
            "." if in_text => {
                in_text = false;
                let _ = sender.send(std::mem::take(&mut mail));
                "250 kept"
            }
            _ if in_text => {
                mail.text.push_str(&line);
                mail.text.push('\n');
                continue;
            }
            "EHLO" => "250-test\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => {
                in_text = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        if !in_text {
            mail.commands.push(line);
        }
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}
