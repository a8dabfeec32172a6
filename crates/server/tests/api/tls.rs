//! https without a proxy.

use std::process::Command;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::setup::{ADMIN_PASSWORD, Answer, Server, Wire, in_time};

/// A server with a certificate of its own making, and a client that trusts only that.
struct Https {
    server: Server,
    connector: TlsConnector,
    _folder: TempDir,
}

impl Https {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=countersign test", "-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&cert)
            .output()
            .expect("the openssl command makes the certificate for this test");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&cert).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let options = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        Self { server: Server::start(&options), connector: TlsConnector::from(Arc::new(config)), _folder: folder }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let stream = in_time(TcpStream::connect(self.server.address())).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        in_time(self.connector.connect(name, stream)).await.unwrap()
    }

    async fn request(&self, line: &str, headers: &str, body: &str) -> Answer {
        let head = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}", self.server.address());
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        Wire::send(self.connect().await, request.as_bytes()).await.answer().await
    }
}

#[tokio::test]
async fn the_cookie_of_an_https_server_never_leaves_https() {
    let https = Https::start();
    let site = https.request("GET /api/site", "", "").await;
    assert_eq!(site.ok()["insecure"], false);
    assert_eq!(site.header("strict-transport-security"), "max-age=31536000");
    let credentials = json!({"username": "admin", "password": ADMIN_PASSWORD}).to_string();
    let signed_in = https.request("POST /api/session", "content-type: application/json\r\n", &credentials).await;
    signed_in.ok();
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("__Host-countersign_session="), "{cookie}");
    assert!(cookie.ends_with("; Secure") && cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    https.request("GET /api/me", &format!("cookie: {pair}\r\n"), "").await.ok();
    // A cookie that plain http could have set is not this server's.
    let plain = pair.replace("__Host-", "");
    https.request("GET /api/me", &format!("cookie: {plain}\r\n"), "").await.refused(401, "not_signed_in");
    let origin = format!("cookie: {pair}\r\norigin: https://{}\r\n", https.server.address());
    assert_eq!(https.request("DELETE /api/session", &origin, "").await.status, 204);
}

#[tokio::test]
async fn the_socket_works_over_https() {
    let https = Https::start();
    let credentials = json!({"username": "admin", "password": ADMIN_PASSWORD}).to_string();
    let signed_in = https.request("POST /api/session", "content-type: application/json\r\n", &credentials).await;
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let url = format!("wss://{}/live", https.server.address());
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let (mut socket, _) = in_time(tokio_tungstenite::client_async(request, https.connect().await)).await.unwrap();
    let mut next = async || match in_time(socket.next()).await.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
        other => panic!("{other}"),
    };
    assert_eq!(next().await["type"], "hello");
    in_time(socket.send(Message::text(r#"{"type": "ping"}"#))).await.unwrap();
    loop {
        let message = in_time(socket.next()).await.unwrap().unwrap();
        if message.to_string() == r#"{"type":"pong"}"# {
            break;
        }
    }
}

#[tokio::test]
async fn a_client_that_speaks_plain_http_holds_up_nobody() {
    let https = Https::start();
    let plain = TcpStream::connect(https.server.address()).await.unwrap();
    let silent = TcpStream::connect(https.server.address()).await.unwrap();
    let request = b"GET /api/site HTTP/1.1\r\nhost: x\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut { plain }, request).await.unwrap();
    https.request("GET /api/site", "", "").await.ok();
    drop(silent);
}
