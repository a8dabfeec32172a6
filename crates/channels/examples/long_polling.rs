//! Stage 2, long polling: the server answers when there is something to say.
//!
//! First with a queue for each user, as most begin: `/queue/?user=anna`. What waits there is lost with the answer that
//! carries it, and queues of people who left have to be cleared away. So then with a cursor: `/messages/?after=7` names the
//! last message that the page has, everybody reads one log, and a lost answer is simply asked for again.

mod support;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use channels::consumer::Outcome;
use channels::http_consumer::{HttpContext, HttpEndpoint, LongPollConsumer};
use channels::layer::{MemoryLayer, Message as Event, SharedLayer};
use channels::scope::Scope;
use serde::Serialize;

/// Messages in the log, and in each queue.
const KEPT: usize = 1_000;

/// Characters of a message, at most.
const LONGEST: usize = 2_000;

/// Queues, at most.
const USERS: usize = 1_000;

/// Who has not asked for this long has left. A page asks at least every 25 seconds.
const GONE: Duration = Duration::from_secs(60);

#[derive(Serialize)]
struct Message {
    number: u64,
    text: String,
}

/// The log and the queues share their messages.
#[derive(Default)]
struct Room {
    log: VecDeque<Arc<Message>>,
    queues: HashMap<String, Waiting>,
}

struct Waiting {
    messages: VecDeque<Arc<Message>>,
    asked: Instant,
}

#[derive(Clone)]
struct Chat {
    room: Arc<Mutex<Room>>,
    layer: SharedLayer,
}

impl Chat {
    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(State(chat): State<Chat>, text: String) -> StatusCode {
    if text.chars().count() > LONGEST {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    {
        let mut room = chat.room();
        let message = Arc::new(Message { number: room.log.back().map_or(1, |last| last.number + 1), text });
        let room = &mut *room;
        room.queues.retain(|_, waiting| waiting.asked.elapsed() < GONE);
        let queues = room.queues.values_mut().map(|waiting| &mut waiting.messages);
        for messages in queues.chain([&mut room.log]) {
            messages.push_back(message.clone());
            if messages.len() > KEPT {
                messages.pop_front();
            }
        }
    }
    // Those who wait look again.
    match chat.layer.group_send("room", Event::new("room.news")).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Nothing to say is no answer yet.
fn answer<'m>(messages: impl Iterator<Item = &'m Message>) -> Option<Response> {
    let messages: Vec<_> = messages.collect();
    (!messages.is_empty()).then(|| Json(messages).into_response())
}

/// A queue for each user.
struct Queue(Chat);

impl LongPollConsumer for Queue {
    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["room".into()])
    }

    async fn poll(&mut self, context: &mut HttpContext) -> Outcome<Option<Response>> {
        let user = context.scope().query_value("user").unwrap_or_default();
        let mut room = self.0.room();
        if room.queues.len() >= USERS && !room.queues.contains_key(&user) {
            return Ok(Some(StatusCode::SERVICE_UNAVAILABLE.into_response()));
        }
        let asked = Instant::now();
        let waiting = room.queues.entry(user).or_insert_with(|| Waiting { messages: VecDeque::new(), asked });
        waiting.asked = asked;
        let messages: Vec<_> = waiting.messages.drain(..).collect();
        Ok(answer(messages.iter().map(AsRef::as_ref)))
    }
}

/// One log for everybody.
struct Cursor(Chat);

impl LongPollConsumer for Cursor {
    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["room".into()])
    }

    async fn poll(&mut self, context: &mut HttpContext) -> Outcome<Option<Response>> {
        let after: u64 = context.scope().query_value("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let room = self.0.room();
        Ok(answer(room.log.iter().map(AsRef::as_ref).filter(|message| message.number > after)))
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let chat = Chat { room: Arc::default(), layer: Arc::new(MemoryLayer::default()) };
    let (queue, cursor, layer) = (chat.clone(), chat.clone(), chat.layer.clone());
    let app = Router::new()
        .route("/send/", post(send))
        .with_state(chat)
        .route_service("/queue/", HttpEndpoint::long_poll(move || Queue(queue.clone())).channel_layer(layer.clone()))
        .route_service("/messages/", HttpEndpoint::long_poll(move || Cursor(cursor.clone())).channel_layer(layer))
        .merge(support::page(include_str!("pages/long_polling.html")));
    axum::serve(support::listen().await?, app).await
}
