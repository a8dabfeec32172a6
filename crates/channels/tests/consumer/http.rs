//! HTTP consumers: they answer over time, and hear the channel layer meanwhile.

use std::time::Duration;

use ::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use channels::consumer::{ContextError, Halt, Outcome};
use channels::http_consumer::{HttpConsumer, HttpContext, HttpEndpoint, LongPollConsumer, SseConsumer, SseEvent};
use channels::layer::{MemoryLayer, Message, Options, SharedLayer};
use channels::scope::Scope;
use channels::testing::{CommunicatorError, HttpCommunicator};
use std::sync::Arc;

use crate::setup::{Diary, memory};

/// A consumer that does what the path says.
struct Clerk(Diary);

impl HttpConsumer for Clerk {
    channels::events!(HttpContext => say, done, fail);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(if scope.path() == "/plain" { vec![] } else { vec!["desk".into()] })
    }

    async fn request(&mut self, context: &mut HttpContext, body: Bytes) -> Outcome {
        self.0.note("request");
        let path = context.scope().path().to_owned();
        match path.as_str() {
            "/plain" => Ok(context.respond(body)?),
            "/stream" => {
                context.send_headers(StatusCode::CREATED, HeaderMap::new())?;
                context.send_body("begin ").await?;
                Ok(())
            }
            "/wait" => Ok(()),
            "/wake" => {
                context.wake_after(Duration::from_secs(60));
                Ok(())
            }
            "/early" => {
                assert!(matches!(context.send_body("x").await, Err(ContextError::NotAccepted)));
                assert!(matches!(context.finish(), Err(ContextError::NotAccepted)));
                context.respond("early")?;
                assert!(matches!(context.respond("again"), Err(ContextError::Decided)));
                assert!(matches!(context.send_body("more").await, Err(ContextError::Closed)));
                Ok(())
            }
            "/deny" => Err(Halt::Deny),
            "/stop" => Err(Halt::Stop),
            "/close" => Err(Halt::close(1013, "busy")),
            "/error" => Err(Halt::error("the pen is dry")),
            "/panic" => panic!("the desk fell"),
            "/stuck" => std::future::pending().await,
            path => panic!("no such desk: {path}"),
        }
    }

    async fn wake(&mut self, context: &mut HttpContext) -> Outcome {
        Ok(context.respond("woken")?)
    }

    async fn disconnect(&mut self, _: &mut HttpContext) -> Outcome {
        self.0.note("disconnect");
        Ok(())
    }
}

impl Clerk {
    async fn say(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
        let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        match context.scope().path() {
            "/stream" => Ok(context.send_body(text).await?),
            _ => Ok(context.respond(text)?),
        }
    }

    async fn done(&mut self, context: &mut HttpContext, _: Message) -> Outcome {
        Ok(context.finish()?)
    }

    async fn fail(&mut self, _: &mut HttpContext, _: Message) -> Outcome {
        Err(Halt::error("the pen broke"))
    }
}

fn desk(layer: &SharedLayer) -> (HttpEndpoint, Diary) {
    let diary = Diary::default();
    let own = diary.clone();
    (HttpEndpoint::new(move || Clerk(own.clone())).channel_layer(layer.clone()), diary)
}

fn say(text: &str) -> Message {
    Message::new("say").with("text", text)
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_at_once_with_its_body() {
    let (endpoint, diary) = desk(&memory());
    let mut answer = HttpCommunicator::new(endpoint, Method::POST, "/plain", "hello").send().await.unwrap();
    assert_eq!((answer.status, answer.text().await.unwrap()), (StatusCode::OK, "hello".into()));
    answer.wait().await.unwrap();
    assert_eq!(diary.read(), ["request"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_in_pieces_from_events_until_it_is_finished() {
    let layer = memory();
    let (endpoint, diary) = desk(&layer);
    let mut answer = HttpCommunicator::get(endpoint, "/stream").send().await.unwrap();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "begin ");
    for word in ["one ", "two "] {
        layer.group_send("desk", say(word)).await.unwrap();
        assert_eq!(answer.chunk().await.unwrap().unwrap(), word);
    }
    layer.group_send("desk", Message::new("done")).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap(), None);
    answer.wait().await.unwrap();
    assert_eq!(diary.read(), ["request"], "who took the whole answer has not left");
}

#[tokio::test(start_paused = true)]
async fn an_event_may_be_the_answer() {
    let layer = memory();
    let (endpoint, _) = desk(&layer);
    let request = tokio::spawn(HttpCommunicator::get(endpoint, "/wait").send());
    tokio::task::yield_now().await;
    layer.group_send("desk", say("at last")).await.unwrap();
    assert_eq!(request.await.unwrap().unwrap().text().await.unwrap(), "at last");
}

#[tokio::test(start_paused = true)]
async fn a_consumer_may_ask_to_be_woken() {
    let (endpoint, _) = desk(&memory());
    let request = HttpCommunicator::get(endpoint, "/wake").timeout(Duration::from_secs(61));
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "woken");
}

#[tokio::test(start_paused = true)]
async fn the_head_comes_before_the_body_and_only_once() {
    let (endpoint, _) = desk(&memory());
    let mut answer = HttpCommunicator::get(endpoint, "/early").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "early");
    answer.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn refusals_and_failures_have_their_status() {
    for (path, status, failure) in [
        ("/deny", 403, None),
        ("/stop", 204, None),
        ("/close", 503, None),
        ("/error", 500, Some("the pen is dry")),
        ("/panic", 500, Some("the desk fell")),
    ] {
        let (endpoint, _) = desk(&memory());
        let mut answer = HttpCommunicator::get(endpoint, path).send().await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "the client learns nothing of the cause");
        match (answer.wait().await, failure) {
            (Ok(()), None) => {}
            (Err(error), Some(failure)) => assert!(error.to_string().contains(failure), "{error}"),
            (outcome, _) => panic!("{path}: {outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_breaks_the_answer_off() {
    let layer = memory();
    let (endpoint, _) = desk(&layer);
    let mut answer = HttpCommunicator::get(endpoint, "/stream").send().await.unwrap();
    answer.chunk().await.unwrap();
    layer.group_send("desk", Message::new("fail")).await.unwrap();
    let error = answer.chunk().await.unwrap_err();
    assert!(matches!(error, CommunicatorError::Consumer(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_noticed_and_the_groups_are_left() {
    for path in ["/stream", "/wait", "/stuck"] {
        let layer = Arc::new(MemoryLayer::default());
        let (endpoint, diary) = desk(&(layer.clone() as SharedLayer));
        match path {
            "/stream" => HttpCommunicator::get(endpoint, path).send().await.unwrap().wait().await.unwrap(),
            // The test's timeout drops the request.
            _ => drop(HttpCommunicator::get(endpoint, path).send().await.unwrap_err()),
        }
        while diary.read().len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(diary.read(), ["request", "disconnect"], "{path}");
        let before = channels::layer::ChannelLayer::metrics(&*layer).delivered;
        tokio::task::yield_now().await;
        (layer.clone() as SharedLayer).group_send("desk", say("anybody?")).await.unwrap();
        assert_eq!(channels::layer::ChannelLayer::metrics(&*layer).delivered, before, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_in_time_is_503() {
    let (endpoint, diary) = desk(&memory());
    let request = HttpCommunicator::get(endpoint.answer_timeout(Duration::from_secs(5)), "/stuck");
    let answer = request.timeout(Duration::from_secs(6)).send().await.unwrap();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.wait().await.unwrap();
    assert_eq!(diary.read(), ["request", "disconnect"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_limit_is_413() {
    let (endpoint, diary) = desk(&memory());
    let endpoint = endpoint.max_body(10);
    for (length, status) in [(10, StatusCode::OK), (11, StatusCode::PAYLOAD_TOO_LARGE)] {
        let request = HttpCommunicator::new(endpoint.clone(), Method::POST, "/plain", "x".repeat(length));
        assert_eq!(request.send().await.unwrap().status, status);
    }
    assert_eq!(diary.read(), ["request"]);
}

struct Feed;

impl SseConsumer for Feed {
    channels::events!(HttpContext => say);

    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["feed".into()])
    }

    async fn connect(&mut self, context: &mut HttpContext, last_event_id: Option<String>) -> Outcome {
        match last_event_id.as_deref() {
            Some("forbidden") => Err(Halt::Deny),
            Some(id) => Ok(context.send_event(&SseEvent::new("missed").id(id.len())).await?),
            None => Ok(()),
        }
    }
}

impl Feed {
    async fn say(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
        let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        Ok(context.send_event(&SseEvent::new(text).id(7).name("said")).await?)
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_stream_carries_events_and_a_comment_when_nothing_happens() {
    let layer = memory();
    let endpoint = HttpEndpoint::sse(|| Feed).channel_layer(layer.clone());
    let request = HttpCommunicator::get(endpoint, "/").timeout(Duration::from_secs(20));
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    layer.group_send("feed", say("hello")).await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "id: 7\nevent: said\ndata: hello\n\n");
    for _ in 0..2 {
        assert_eq!(stream.chunk().await.unwrap().unwrap(), ":\n\n");
    }
    stream.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_after_the_last_event_that_was_seen_or_is_refused() {
    let endpoint = || HttpEndpoint::sse(|| Feed).channel_layer(memory());
    let request = HttpCommunicator::get(endpoint(), "/").header("last-event-id", "12345");
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "id: 5\ndata: missed\n\n");
    let request = HttpCommunicator::get(endpoint(), "/").header("last-event-id", "forbidden");
    assert_eq!(request.send().await.unwrap().status, StatusCode::FORBIDDEN);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_missed_messages_ends_so_that_the_client_comes_back() {
    let layer: SharedLayer = Arc::new(MemoryLayer::new(Options::default().capacity(1)));
    let endpoint = HttpEndpoint::sse(|| Feed).channel_layer(layer.clone());
    let mut stream = HttpCommunicator::get(endpoint, "/").send().await.unwrap();
    tokio::task::yield_now().await;
    for _ in 0..3 {
        layer.group_send("feed", say("quick")).await.unwrap();
    }
    let mut events = 0;
    while stream.chunk().await.unwrap().is_some() {
        events += 1;
    }
    assert!(events < 3);
    stream.wait().await.unwrap();
}

struct Poll(Diary);

impl LongPollConsumer for Poll {
    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["news".into()])
    }

    fn wait(&self, scope: &Scope) -> Duration {
        scope
            .query_value("wait")
            .and_then(|wait| wait.parse().ok())
            .map_or(Duration::from_secs(25), Duration::from_secs)
    }

    async fn poll(&mut self, _: &mut HttpContext) -> Outcome<Option<Response>> {
        Ok(self.0.read().last().map(|news| news.clone().into_response()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_is_answered_when_there_is_news_or_after_a_time() {
    let (layer, news) = (memory(), Diary::default());
    let own = news.clone();
    let endpoint = HttpEndpoint::long_poll(move || Poll(own.clone())).channel_layer(layer.clone());
    let ask = |path: &str| HttpCommunicator::get(endpoint.clone(), path).timeout(Duration::from_secs(26)).send();

    assert_eq!(ask("/?wait=5").await.unwrap().status, StatusCode::NO_CONTENT);
    let waiting = tokio::spawn(ask("/"));
    tokio::task::yield_now().await;
    layer.group_send("news", Message::new("false.alarm")).await.unwrap();
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    news.note("it rains");
    layer.group_send("news", Message::new("news")).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().text().await.unwrap(), "it rains");
    assert_eq!(ask("/").await.unwrap().text().await.unwrap(), "it rains", "what is there already is not waited for");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nothing_can_answer_is_an_error() {
    struct Mute;
    impl HttpConsumer for Mute {
        async fn request(&mut self, _: &mut HttpContext, _: Bytes) -> Outcome {
            Ok(())
        }
    }
    let answer = HttpCommunicator::get(HttpEndpoint::new(|| Mute), "/").send().await.unwrap();
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.wait().await.unwrap_err().to_string().contains("no answer"));
}
