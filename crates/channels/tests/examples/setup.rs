//! Examples as processes.

use std::path::PathBuf;
use std::process::Stdio;

use futures_util::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::OnceCell;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running example. Dropping it ends it.
pub struct Example {
    address: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

/// Where cargo puts the examples, after it has built them.
async fn folder() -> &'static PathBuf {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    FOLDER
        .get_or_init(|| async {
            // A test of one target alone does not build them.
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "--package", "channels", "--examples"]);
            assert!(build.status().await.unwrap().success(), "the examples do not compile");
            let own = std::env::current_exe().unwrap();
            own.ancestors().nth(2).unwrap().join("examples")
        })
        .await
}

impl Example {
    pub async fn start(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(folder().await.join(name));
        command.args(arguments).env("PORT", "0").stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the example says where it listens");
        let address = line.strip_prefix("http://").and_then(|line| line.strip_suffix("/home/")).unwrap();
        Self { address: address.to_owned(), lines, _process: process }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What an example says that ends by itself.
    pub async fn output(name: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(folder().await.join(name));
        let output = command.args(arguments).env("PORT", "0").kill_on_drop(true).output().await.unwrap();
        String::from_utf8(output.stderr).unwrap()
    }

    /// Connects as a page does that was opened from a file.
    pub async fn connect(&self, path: &str) -> Client {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        request.headers_mut().insert("origin", "null".parse().unwrap());
        connect_async(request).await.unwrap().0
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        self.begin_get(path).await.finish().await
    }

    pub async fn begin_get(&self, path: &str) -> Waiting {
        self.request("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> (u16, String) {
        self.request("POST", path, body).await.finish().await
    }

    /// What is answered to these bytes, up to the end of the connection.
    pub async fn exchange(&self, request: &str) -> String {
        let mut answer = String::new();
        self.write(request).await.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn write(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> Waiting {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Waiting(self.write(&request).await)
    }

    /// What was printed, up to a line with these words.
    pub async fn printed_until(&mut self, words: &str) -> String {
        let mut printed = String::new();
        while !printed.contains(words) {
            printed += &self.lines.next_line().await.unwrap().expect("the example still runs");
            printed.push('\n');
        }
        printed
    }
}

/// A request whose answer is to come.
pub struct Waiting(TcpStream);

impl Waiting {
    /// Status and body.
    pub async fn finish(&mut self) -> (u16, String) {
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

pub async fn text(client: &mut Client) -> String {
    client.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}
