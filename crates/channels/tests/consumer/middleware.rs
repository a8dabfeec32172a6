//! Middleware around consumers.

use axum::Router;
use channels::consumer::{Context, Halt, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::middleware::{OriginLayer, ScopeLayer, cookie};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::testing::{CommunicatorError, WebSocketCommunicator};
use http::StatusCode;
use http::request::Parts;

#[derive(Clone)]
struct User(&'static str);

/// A consumer that tells who it talks to.
struct Mirror;

impl WebSocketConsumer for Mirror {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        let Some(User(name)) = context.scope().get::<User>().cloned() else { return Err(Halt::Deny) };
        let client = context.scope().client().map(|client| client.to_string()).unwrap_or_default();
        context.accept().await?;
        Ok(context.send_text(&format!("{name} {client}")).await?)
    }
}

fn find(parts: &Parts) -> impl Future<Output = Option<User>> + Send + use<> {
    let session = cookie(parts, "session");
    async move {
        match session.as_deref() {
            Some("1") => Some(User("anna")),
            Some("2") => Some(User("bob")),
            _ => None,
        }
    }
}

fn app() -> Router {
    let sockets = UrlRouter::new().path("who/", WebSocketEndpoint::new(|| Mirror)).unwrap();
    Router::new()
        .fallback_service(ProtocolRouter::new().websocket(sockets))
        .layer(ScopeLayer::new(find))
        .layer(OriginLayer::new([".example.org"]).unwrap())
}

fn client(origin: &str, session: &str) -> WebSocketCommunicator {
    WebSocketCommunicator::new(app(), "/who/")
        .header("origin", origin)
        .header("cookie", &format!("session={session}"))
        .client("192.0.2.7:4711".parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_consumer_knows_the_user_of_the_session_and_the_client() {
    let mut client = client("https://chat.example.org", "2");
    client.connect().await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "bob 192.0.2.7:4711");
}

#[tokio::test(start_paused = true)]
async fn a_test_may_name_the_user_itself() {
    let mut client = WebSocketCommunicator::new(WebSocketEndpoint::new(|| Mirror), "/").extension(User("carol"));
    client.connect().await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "carol ");
}

#[tokio::test(start_paused = true)]
async fn foreign_pages_strangers_and_unknown_paths_are_refused() {
    let unknown = WebSocketCommunicator::new(app(), "/nowhere/").header("origin", "https://example.org");
    for (mut client, status) in [
        (client("https://evil.test", "1"), StatusCode::FORBIDDEN),
        (client("https://example.org", "3"), StatusCode::FORBIDDEN),
        (unknown, StatusCode::NOT_FOUND),
    ] {
        let error = client.connect().await.unwrap_err();
        assert!(matches!(error, CommunicatorError::Rejected(refused) if refused == status), "{error}");
    }
}
