//! From a request to a connection, or to a refusal.

use std::future::pending;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use channels::consumer::{Context, ContextError, Halt, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::http_consumer::{HttpContext, HttpEndpoint, LongPollConsumer};
use channels::testing::{CommunicatorError, HttpCommunicator, WebSocketCommunicator};
use channels::websocket::{Accept, Closed};
use http::{HeaderMap, StatusCode};

use crate::setup::Diary;

/// A consumer that does what the path says.
struct Doorkeeper(Diary);

impl WebSocketConsumer for Doorkeeper {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        self.0.note("connect");
        let path = context.scope().path().to_owned();
        match path.as_str() {
            "/default" => Ok(()),
            "/accept" => Ok(context.accept().await?),
            "/greet" => {
                context.accept().await?;
                Ok(context.send_text("welcome").await?)
            }
            "/halt/accept" => Err(Halt::Accept(Accept { subprotocol: Some("b".into()), ..Accept::default() })),
            "/headers" => {
                let headers = HeaderMap::from_iter([("x-room".parse()?, "lobby".parse()?)]);
                Ok(context.accept_with(Accept { subprotocol: None, headers }).await?)
            }
            "/subprotocol" => {
                let first = context.scope().subprotocols().next().map(str::to_owned);
                Ok(context.accept_with(Accept { subprotocol: first, ..Accept::default() }).await?)
            }
            "/subprotocol/foreign" => {
                let accept = Accept { subprotocol: Some("foreign".into()), ..Accept::default() };
                Ok(context.accept_with(accept).await?)
            }
            "/deny" => Ok(context.deny()?),
            "/deny/with" => Ok(context.deny_with((StatusCode::TOO_MANY_REQUESTS, "later").into_response())?),
            "/halt/deny" => Err(Halt::Deny),
            "/halt/stop" => Err(Halt::Stop),
            "/halt/close" => Err(Halt::close(4000, "no")),
            "/close" => Ok(context.close(4000, "no")?),
            "/error" => Err(Halt::error("the door is stuck")),
            "/panic" => panic!("the door fell"),
            "/twice" => {
                context.accept().await?;
                assert!(matches!(context.accept().await, Err(ContextError::Decided)));
                assert!(matches!(context.deny(), Err(ContextError::Decided)));
                Ok(())
            }
            "/early" => {
                assert!(matches!(context.send_text("x").await, Err(ContextError::NotAccepted)));
                Ok(())
            }
            "/close/after" => {
                context.accept().await?;
                Err(Halt::close(4001, "go"))
            }
            "/error/after" => {
                context.accept().await?;
                Err(Halt::error("too late"))
            }
            "/slow" => pending().await,
            path => panic!("no such door: {path}"),
        }
    }

    async fn disconnect(&mut self, _: &mut Context, closed: Closed) -> Outcome {
        self.0.note(format!("disconnect {}", closed.code()));
        Ok(())
    }
}

fn door(path: &str) -> (WebSocketCommunicator, Diary) {
    let diary = Diary::default();
    let own = diary.clone();
    (WebSocketCommunicator::new(WebSocketEndpoint::new(move || Doorkeeper(own.clone())), path), diary)
}

async fn rejected(path: &str) -> StatusCode {
    let (mut client, diary) = door(path);
    let Err(CommunicatorError::Rejected(status)) = client.connect().await else { panic!("{path} was not refused") };
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["connect"], "who was refused is not told that it leaves");
    status
}

#[tokio::test(start_paused = true)]
async fn a_consumer_accepts_when_connect_returns_or_before() {
    for path in ["/default", "/accept", "/twice", "/early"] {
        let (mut client, diary) = door(path);
        assert_eq!(client.connect().await.unwrap().subprotocol, None, "{path}");
        client.disconnect(1000).await.unwrap();
        assert_eq!(diary.read(), ["connect", "disconnect 1000"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_in_connect_comes_after_the_handshake() {
    let (mut client, _) = door("/greet");
    client.connect().await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "welcome");
}

#[tokio::test(start_paused = true)]
async fn the_answer_carries_headers_and_one_of_the_offered_subprotocols() {
    let (mut client, _) = door("/headers");
    assert_eq!(client.connect().await.unwrap().headers["x-room"], "lobby");
    for (path, chosen) in [("/subprotocol", "a"), ("/halt/accept", "b")] {
        let (client, _) = door(path);
        let mut client = client.subprotocols(&["a", "b"]);
        assert_eq!(client.connect().await.unwrap().subprotocol.as_deref(), Some(chosen));
    }
}

#[tokio::test(start_paused = true)]
async fn a_subprotocol_that_was_not_offered_is_an_error() {
    let (client, _) = door("/subprotocol/foreign");
    let error = client.subprotocols(&["a"]).connect().await.unwrap_err();
    assert!(error.to_string().contains("foreign"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn deny_close_and_stop_before_accept_are_403() {
    for path in ["/deny", "/halt/deny", "/halt/stop", "/halt/close", "/close"] {
        assert_eq!(rejected(path).await, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(rejected("/deny/with").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(start_paused = true)]
async fn an_error_or_a_panic_before_accept_is_500() {
    for (path, reason) in [("/error", "the door is stuck"), ("/panic", "the door fell")] {
        let (mut client, diary) = door(path);
        let error = client.connect().await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        client.wait().await.unwrap();
        assert_eq!(diary.read(), ["connect"]);

        let endpoint = WebSocketEndpoint::new(|| Doorkeeper(Diary::default()));
        let mut answer = handshake(endpoint, path).send().await.unwrap();
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.text().await.unwrap(), "", "the client learns nothing of the cause");
    }
}

#[tokio::test(start_paused = true)]
async fn after_accept_connect_ends_with_close_codes() {
    let (mut client, diary) = door("/close/after");
    client.connect().await.unwrap();
    assert_eq!(client.receive_close().await.unwrap(), (4001, "go".into()));
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["connect", "disconnect 4001"]);

    let (mut client, diary) = door("/error/after");
    client.connect().await.unwrap();
    let error = client.receive_from().await.unwrap_err();
    assert!(error.to_string().contains("too late"), "{error}");
    assert_eq!(client.close_code(), Some(1011));
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["connect"]);
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_to_decide_is_answered_503_and_stopped() {
    let (client, diary) = door("/slow");
    let mut client = client.timeout(Duration::from_secs(20));
    let error = client.connect().await.unwrap_err();
    assert!(matches!(error, CommunicatorError::Rejected(StatusCode::SERVICE_UNAVAILABLE)), "{error}");
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["connect", "disconnect 1006"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_the_decision_is_a_disconnect_with_1006() {
    let (mut client, diary) = door("/slow");
    // The test's timeout drops the request.
    assert!(matches!(client.connect().await, Err(CommunicatorError::Timeout(_))));
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["connect", "disconnect 1006"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_handshake_never_reaches_a_consumer() {
    let endpoint = || WebSocketEndpoint::new(|| panic!("no consumer is made") as Doorkeeper);
    let plain = HttpCommunicator::get(endpoint(), "/default").send().await.unwrap();
    assert_eq!(plain.status, StatusCode::BAD_REQUEST);
    let old = handshake(endpoint(), "/default").header("sec-websocket-version", "8").send().await.unwrap();
    assert_eq!(
        (old.status, &old.headers["sec-websocket-version"]),
        (StatusCode::UPGRADE_REQUIRED, &"13".parse().unwrap())
    );
    let post = HttpCommunicator::new(endpoint(), http::Method::POST, "/default", Body::empty());
    assert_eq!(post.send().await.unwrap().status, StatusCode::METHOD_NOT_ALLOWED);
}

/// A proper opening request.
fn handshake(endpoint: WebSocketEndpoint, path: &str) -> HttpCommunicator {
    let (stream, _) = tokio::io::duplex(64);
    HttpCommunicator::get(endpoint, path)
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .extension(channels::websocket::InMemory::new(stream))
}

#[tokio::test]
async fn a_consumer_that_can_not_be_made_is_500_for_sockets_and_for_requests() {
    let socket = || WebSocketEndpoint::new(|| panic!("out of doorkeepers") as Doorkeeper);
    assert_eq!(handshake(socket(), "/").send().await.unwrap().status, 500);
    let error = WebSocketCommunicator::new(socket(), "/").connect().await.unwrap_err();
    assert!(error.to_string().contains("out of doorkeepers"), "{error}");

    let request = HttpEndpoint::long_poll(|| panic!("out of doorkeepers") as Poll);
    assert_eq!(HttpCommunicator::get(request, "/").send().await.unwrap().status, 500);
}

struct Poll;

impl LongPollConsumer for Poll {
    async fn poll(&mut self, _: &mut HttpContext) -> Outcome<Option<Response>> {
        Ok(None)
    }
}
