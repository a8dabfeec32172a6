//! Rooms for sockets, after Django Channels, for any axum service.
//!
//! A *consumer* is what happens on one connection, written as methods. *Groups* of a *channel layer* carry messages
//! between consumers, in this process or over Redis, also to and from Django. Underneath are a WebSocket codec and
//! connections of this crate's own, which write a broadcast straight to the sockets of a room.
//!
//! This page is a tutorial: it goes from one echo to a service. Each step compiles as it stands, and each stage has a
//! program with a page in `examples/`.
//!
//! 1. [A consumer](#a-consumer)
//! 2. [Routes](#routes)
//! 3. [Groups](#groups)
//! 4. [Several processes](#several-processes)
//! 5. [Who may come in](#who-may-come-in)
//! 6. [The fast path](#the-fast-path)
//! 7. [What was missed](#what-was-missed)
//! 8. [Clients without WebSockets](#clients-without-websockets)
//! 9. [Background work](#background-work)
//! 10. [Deploys](#deploys)
//! 11. [Tests](#tests)
//!
//! # A consumer
//!
//! One value lives as long as its connection, and one of its methods runs at a time. All methods have defaults: this
//! consumer lets everybody in, and answers text.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::protocol::close_code;
//! use channels::websocket::ByteString;
//!
//! struct Echo;
//!
//! impl WebSocketConsumer for Echo {
//!     async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
//!         if text == "关闭" {
//!             return Ok(context.close(close_code::NORMAL, "goodbye")?);
//!         }
//!         Ok(context.send_text(&format!("{text} 收到")).await?)
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let app: Router = Router::new()
//!     .route("/", get(async || "connect to ws://127.0.0.1:8000/echo"))
//!     .route_service("/echo", WebSocketEndpoint::new(|| Echo));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! An [`Outcome`](consumer::Outcome) is `Ok`, or a [`Halt`](consumer::Halt): a refusal, a close code, an error. `?`
//! turns every error into one. An error is logged, and the client sees only that the connection closes with 1011, or
//! that its handshake is answered 500. The table in [`consumer`] says what becomes of each.
//!
//! The example `echo` is this program, and `handshake` shows its bytes.
//!
//! # Routes
//!
//! [`UrlRouter`](routing::UrlRouter) knows patterns like Django's and regular expressions, and
//! [`ProtocolRouter`](routing::ProtocolRouter) tells sockets from pages. What a pattern finds is in the
//! [`Scope`](scope::Scope), with everything else that is known about the request. Who may connect is decided in
//! `connect`, before the request is answered.
//!
//! ```
//! use axum::{Router, routing::get};
//! use channels::consumer::{Context, Halt, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::routing::{PatternError, ProtocolRouter, UrlRouter};
//!
//! struct Room;
//!
//! impl WebSocketConsumer for Room {
//!     async fn connect(&mut self, context: &mut Context) -> Outcome {
//!         let group = context.scope().str("group")?.to_owned();
//!         if group == "staff" && context.scope().cookie("badge").is_none() {
//!             return Err(Halt::Deny);
//!         }
//!         context.accept().await?;
//!         Ok(context.send_text(&format!("welcome to {group}")).await?)
//!     }
//! }
//!
//! fn app() -> Result<Router, PatternError> {
//!     let pages = Router::new().route("/", get(async || "hello"));
//!     let sockets = UrlRouter::new()
//!         .path("room/<slug:group>/", WebSocketEndpoint::new(|| Room))?
//!         .regex(r"ws/(?P<group>\w+)/$", WebSocketEndpoint::new(|| Room))?;
//!     Ok(Router::new().fallback_service(ProtocolRouter::new().websocket(sockets).http(pages)))
//! }
//! # app()?;
//! # Ok::<(), PatternError>(())
//! ```
//!
//! # Groups
//!
//! A consumer that joins a group gets what is sent to the group, as events. An event is a map with a `type`, which
//! names the method that handles it: `chat.message` goes to `chat_message`. [`events!`] writes the dispatch.
//!
//! ```
//! use std::sync::Arc;
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::layer::{MemoryLayer, Message};
//! use channels::routing::UrlRouter;
//! use channels::scope::Scope;
//! use channels::websocket::ByteString;
//!
//! struct Chat;
//!
//! impl WebSocketConsumer for Chat {
//!     channels::events!(chat_message);
//!
//!     /// Joined before `connect`, and left at the end, also after an error or a panic.
//!     fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
//!         Ok(vec![scope.str("group")?.to_owned()])
//!     }
//!
//!     async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
//!         let message = Message::new("chat.message").with("text", &*text);
//!         Ok(context.group_send(context.scope().str("group")?, message).await?)
//!     }
//! }
//!
//! impl Chat {
//!     async fn chat_message(&mut self, context: &mut Context, message: Message) -> Outcome {
//!         Ok(context.send_text(message.get("text").and_then(|text| text.as_str()).unwrap_or_default()).await?)
//!     }
//! }
//!
//! let layer = Arc::new(MemoryLayer::default());
//! let chat = WebSocketEndpoint::new(|| Chat).channel_layer(layer);
//! let router = UrlRouter::new().path("room/<slug:group>/", chat)?;
//! # Ok::<(), channels::routing::PatternError>(())
//! ```
//!
//! Clients that speak JSON have a [`JsonConsumer`](consumer::JsonConsumer): a message is a type of yours, and what is
//! none is refused. The example `group_list` does without a layer, and shows what that costs.
//!
//! # Several processes
//!
//! The same chat over Redis: all processes with this layer share their groups, those of Django with `channels_redis`
//! too. A Redis that goes away comes back by itself, and consumers are told that they may have missed something.
//!
#![cfg_attr(feature = "redis", doc = "```no_run")]
#![cfg_attr(not(feature = "redis"), doc = "```text")]
//! use std::sync::Arc;
//! use channels::layer::{LayerError, RedisLayer, RedisOptions, SharedLayer};
//!
//! async fn layer() -> Result<SharedLayer, LayerError> {
//!     let options = RedisOptions::new(["redis://127.0.0.1:6379"]).encryption_key("a secret");
//!     Ok(Arc::new(RedisLayer::connect(options).await?))
//! }
//! ```
//!
//! [`presence`] tells who is in a group, across all processes.
//!
//! # Who may come in
//!
//! Browsers send cookies along with WebSockets that any page opens, so a service that knows its users by cookies
//! checks the origin. What middleware finds out about a client is in the scope.
//!
//! ```
//! use axum::Router;
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::middleware::{OriginLayer, ScopeLayer, cookie};
//! use http::StatusCode;
//! use http::request::Parts;
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! /// Looks the session up, in a database maybe.
//! fn user(parts: &Parts) -> impl Future<Output = Option<User>> + Send + use<> {
//!     let session = cookie(parts, "session");
//!     async move { session.map(User) }
//! }
//!
//! struct Greeter;
//!
//! impl WebSocketConsumer for Greeter {
//!     async fn connect(&mut self, context: &mut Context) -> Outcome {
//!         context.accept().await?;
//!         let name = context.scope().get::<User>().map_or("stranger", |user| &user.0);
//!         Ok(context.send_text(&format!("hello {name}")).await?)
//!     }
//! }
//!
//! let app: Router = Router::new()
//!     .route_service("/hello", WebSocketEndpoint::new(|| Greeter))
//!     .layer(ScopeLayer::new(user).required(StatusCode::UNAUTHORIZED))
//!     .layer(OriginLayer::same_host());
//! ```
//!
//! # The fast path
//!
//! In a large room every event wakes every consumer, and each encodes the same text. A
//! [`Broadcaster`](broadcast::Broadcaster) does that once a process: the event becomes one frame, which is written to
//! all sockets without waking their tasks. Frames that wait for a socket leave in one write.
//!
//! ```
//! use channels::broadcast::Broadcaster;
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::layer::{Message, SharedLayer};
//! use channels::websocket::{ByteString, Frame};
//!
//! struct Chat(Broadcaster);
//!
//! impl WebSocketConsumer for Chat {
//!     async fn connect(&mut self, context: &mut Context) -> Outcome {
//!         context.accept().await?;
//!         Ok(context.join_broadcast(&self.0, "lobby").await?)
//!     }
//!
//!     async fn receive_text(&mut self, _: &mut Context, text: ByteString) -> Outcome {
//!         Ok(self.0.send("lobby", Message::new("chat.message").with("text", &*text)).await?)
//!     }
//! }
//!
//! fn endpoint(layer: SharedLayer) -> WebSocketEndpoint {
//!     let broadcaster = Broadcaster::new(layer, |_group, event| Some(Frame::text(event.get("text")?.as_str()?)));
//!     WebSocketEndpoint::new(move || Chat(broadcaster.clone()))
//! }
//! ```
//!
//! Without a layer, for one process alone, [`groups`] do the same. The examples `group_layer` and `live_chart` are
//! built like this.
//!
//! # What was missed
//!
//! Every queue has a bound: a client that does not read, a consumer that is slow and a Redis that is away lose
//! messages, and are told so. By default the connection is then closed with 1013, so that the client comes back and
//! loads what it needs. A consumer that keeps a log and a cursor does better: messages are hints, the log is the
//! truth.
//!
//! ```
//! use channels::consumer::{Context, Outcome, WebSocketConsumer};
//!
//! # fn entries_after(_: u64) -> Vec<String> { Vec::new() }
//! struct Reader {
//!     cursor: u64,
//! }
//!
//! impl WebSocketConsumer for Reader {
//!     async fn behind(&mut self, context: &mut Context) -> Outcome {
//!         for entry in entries_after(self.cursor) {
//!             context.send_text(&entry).await?;
//!             self.cursor += 1;
//!         }
//!         Ok(())
//!     }
//! }
//! ```
//!
//! # Clients without WebSockets
//!
//! [`http_consumer`] has event streams, long polls and answers in pieces, which hear the same groups.
//!
//! ```
//! use channels::consumer::Outcome;
//! use channels::http_consumer::{HttpContext, HttpEndpoint, SseConsumer, SseEvent};
//! use channels::layer::Message;
//! use channels::scope::Scope;
//!
//! struct Listener;
//!
//! impl SseConsumer for Listener {
//!     channels::events!(HttpContext => chat_message);
//!
//!     fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
//!         Ok(vec!["lobby".into()])
//!     }
//! }
//!
//! impl Listener {
//!     async fn chat_message(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
//!         let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default();
//!         Ok(context.send_event(&SseEvent::new(text)).await?)
//!     }
//! }
//!
//! let endpoint = HttpEndpoint::sse(|| Listener);
//! ```
//!
//! The examples `polling` and `long_polling` show what people did before there were WebSockets.
//!
//! # Background work
//!
//! What takes long does not belong into a consumer, which hears nothing meanwhile. A [`worker`] takes it from a named
//! channel, in this process or in another.
//!
//! ```
//! use channels::consumer::Outcome;
//! use channels::layer::{Message, SharedLayer};
//! use channels::worker::{Worker, WorkerConsumer, WorkerContext};
//!
//! struct Thumbnails;
//!
//! impl WorkerConsumer for Thumbnails {
//!     channels::events!(WorkerContext => thumbnail_make);
//! }
//!
//! impl Thumbnails {
//!     async fn thumbnail_make(&mut self, context: &mut WorkerContext, _: Message) -> Outcome {
//!         Ok(context.layer().group_send("lobby", Message::new("thumbnail.made")).await?)
//!     }
//! }
//!
//! async fn work(layer: SharedLayer) {
//!     let stop = async { drop(tokio::signal::ctrl_c().await) };
//!     Worker::new(layer).on("thumbnails", Thumbnails).run(stop).await;
//! }
//! ```
//!
//! # Deploys
//!
//! Connections that are on a list can be asked to go in batches, so that their clients do not all come back at once.
//!
//! ```
//! use std::time::Duration;
//! use channels::consumer::{WebSocketConsumer, WebSocketEndpoint};
//! use channels::protocol::close_code;
//! use channels::websocket::Connections;
//!
//! # struct Chat;
//! # impl WebSocketConsumer for Chat {}
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let connections = Connections::default();
//! let endpoint = WebSocketEndpoint::new(|| Chat).connections(connections.clone());
//! // Before the server stops:
//! connections.drain(close_code::SERVICE_RESTART, "restarting", 100, Duration::from_millis(50)).await;
//! # }
//! ```
//!
//! # Tests
//!
//! [`testing`] has clients without a network. An error of the consumer comes out of the call that waits for it, and
//! with tokio's clock paused even timeouts take no time. Layers of your own have a contract suite there.
//!
//! ```
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::testing::{CommunicatorError, WebSocketCommunicator};
//! use channels::websocket::ByteString;
//!
//! struct Upper;
//!
//! impl WebSocketConsumer for Upper {
//!     async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
//!         Ok(context.send_text(&text.to_uppercase()).await?)
//!     }
//! }
//!
//! # /*
//! #[tokio::test]
//! # */
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), CommunicatorError> { answers_in_capitals().await }
//! async fn answers_in_capitals() -> Result<(), CommunicatorError> {
//!     let mut client = WebSocketCommunicator::new(WebSocketEndpoint::new(|| Upper), "/");
//!     client.connect().await?;
//!     client.send_to("hello").await?;
//!     assert_eq!(client.receive_from().await?, "HELLO");
//!     client.disconnect(1000).await
//! }
//! ```
//!
//! # Coming from Django
//!
//! | Django Channels | here |
//! |---|---|
//! | `ProtocolTypeRouter`, `URLRouter` | [`ProtocolRouter`](routing::ProtocolRouter), [`UrlRouter`](routing::UrlRouter) |
//! | `AsyncWebsocketConsumer`, its JSON variant | [`WebSocketConsumer`](consumer::WebSocketConsumer), [`JsonConsumer`](consumer::JsonConsumer) |
//! | `AcceptConnection`, `DenyConnection`, `StopConsumer` | [`Halt`](consumer::Halt) |
//! | `AsyncHttpConsumer` | [`HttpConsumer`](http_consumer::HttpConsumer), which hears the layer |
//! | `AllowedHostsOriginValidator`, `AuthMiddleware` | [`OriginLayer`](middleware::OriginLayer), [`ScopeLayer`](middleware::ScopeLayer) |
//! | `CHANNEL_LAYERS`, channels_redis | [`layer`]; the Redis ones need the feature `redis`, which is on by default |
//! | `runworker` | [`Worker`](worker::Worker) |
//! | `WebsocketCommunicator` | [`WebSocketCommunicator`](testing::WebSocketCommunicator) |

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod broadcast;
pub mod consumer;
pub mod groups;
pub mod http_consumer;
pub mod layer;
pub mod mailbox;
pub mod middleware;
pub mod presence;
pub mod protocol;
pub mod routing;
pub mod scope;
pub mod testing;
pub mod websocket;
pub mod worker;
