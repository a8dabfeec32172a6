//! The live connection over plain HTTP: short polling, long polling, server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use channels::websocket::Frame;
use futures_util::stream::{self, Stream};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::Web;
use super::extract::Query;
use super::live::MAX_LOGS;
use super::live_messages::{Answer, hello, log_id};
use super::metrics::Connected;
use super::parking::Parked;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::log::{Cursors, Delivery, Follower, encode};
use crate::text::command_id;

/// Seconds that a long poll waits, at most.
pub const MAX_WAIT_S: u64 = 55;

/// A stream that is silent for this long says something, so that proxies keep it open and clients see that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Messages in one answer to a poll, about.
const MESSAGES: usize = 500;

/// Bytes in one answer to a poll, about.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A long poll that has something waits this long for more of the same moment.
const GATHER: Duration = Duration::from_millis(5);

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// What was read, as in `feed:41,r7:902`.
    #[serde(default)]
    after: String,
    /// Seconds to wait for something.
    #[serde(default)]
    wait: u64,
    /// A name that the client makes for itself, 1 to 64 of `A-Z a-z 0-9 _ -`. With it, what is told once (typing,
    /// presence, read positions) is kept for it between two polls.
    #[serde(default)]
    client: Option<String>,
}

/// What is new in the feed and in rooms.
#[utoipa::path(get, path = "/api/live", tag = "live", params(LiveQuery), responses((status = 200, description = "messages and where to go on", content_type = "application/json")))]
pub async fn live(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<LiveQuery>,
) -> Result<Response, Problem> {
    let streams = wants_stream(&headers);
    let resume = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|_| streams);
    let cursors = cursors(&caller, resume.unwrap_or(&query.after))?;
    let fresh = async |cursors| {
        let mut follower = Follower::new(&web.log, caller.id(), caller.session);
        follower.follow(cursors).await?;
        Ok::<_, Problem>(Parked { follower, present: web.rooms.presence.enter(caller.id()) })
    };
    if streams {
        let Parked { follower, present } = fresh(cursors).await?;
        let hello = encode(&hello(&web, &caller));
        return Ok(stream_of(web, follower, Some(hello), Position::All, present));
    }
    let wait = Duration::from_secs(query.wait.min(MAX_WAIT_S));
    let Some(client) = query.client else {
        let mut parked = fresh(cursors).await?;
        return poll(&web, &mut parked.follower, wait, None).await;
    };
    command_id(&client).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail("client"))?;
    match web.parking.take(caller.session, &client) {
        Some(mut borrowed) => {
            borrowed.follower.resume(cursors).await?;
            poll(&web, &mut borrowed.follower, wait, None).await
        }
        None => {
            let mut borrowed = web.parking.lend(caller.session, &client, fresh(cursors).await?);
            let hello = encode(&hello(&web, &caller));
            poll(&web, &mut borrowed.follower, wait, Some(hello)).await
        }
    }
}

/// The answer to a poll.
async fn poll(web: &Web, follower: &mut Follower, wait: Duration, hello: Option<Frame>) -> Result<Response, Problem> {
    let transport = if wait.is_zero() { "short_poll" } else { "long_poll" };
    let connected = Connected::over(transport);
    let (messages, closed) = gather(web, follower, wait, hello).await?;
    drop(connected);
    if closed {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "session_ended"));
    }
    let mut body = String::from(r#"{"messages":["#);
    for (index, message) in messages.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(text(message));
    }
    body.push_str(&format!(r#"],"after":"{}"}}"#, follower.position()));
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

pub fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.contains("text/event-stream")
}

fn text(message: &Frame) -> &str {
    message.as_text().expect("live messages are text")
}

fn cursors(caller: &Caller, text: &str) -> Result<Cursors, Problem> {
    let wrong = || Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail("after: as in feed:41,r7:902");
    let mut cursors: Cursors = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (name, after) = part.split_once(':').ok_or_else(wrong)?;
        let log = log_id(caller, name).ok_or_else(wrong)?;
        cursors.retain(|(known, _)| *known != log);
        cursors.push((log, after.parse().ok().filter(|after| *after >= 0).ok_or_else(wrong)?));
        if cursors.len() > MAX_LOGS {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "too_many_logs"));
        }
    }
    Ok(cursors)
}

/// Messages that are there, or the first that come within `wait`; and whether the session has ended.
async fn gather(
    web: &Web,
    follower: &mut Follower,
    wait: Duration,
    hello: Option<Frame>,
) -> Result<(Vec<Frame>, bool), Problem> {
    let mut stop = web.stop.clone();
    let deadline = Instant::now() + wait;
    let (mut messages, mut bytes, mut has_news) = (Vec::from_iter(hello), 0, false);
    while messages.len() < MESSAGES && bytes < ANSWER_BYTES {
        // What is known to be there is read however long it takes; only for what may come there is a time.
        let delivery = match follower.at_hand().await? {
            Some(delivery) => delivery,
            None => {
                let patience = if has_news { Instant::now() + GATHER } else { deadline };
                tokio::select! {
                    delivery = follower.next() => delivery?,
                    () = tokio::time::sleep_until(patience) => break,
                    () = stop.wait() => break,
                }
            }
        };
        let message = match delivery {
            Delivery::Closed => return Ok((messages, true)),
            Delivery::Followed(message) => message,
            Delivery::Entries { message, .. } | Delivery::Ended { message, .. } | Delivery::Other(message) => {
                has_news = true;
                message
            }
        };
        bytes += message.payload().len();
        messages.push(message);
    }
    Ok((messages, false))
}

/// What a stream's event ids say.
#[derive(Clone, Copy)]
pub enum Position {
    /// All logs, to resume the live connection.
    All,
    /// The last number of the one log.
    One,
}

/// A stream of live messages until the session, the room or the server ends.
pub fn stream_of(
    web: Web,
    follower: Follower,
    hello: Option<Frame>,
    position: Position,
    keep: impl Send + 'static,
) -> Response {
    let stop = web.stop.clone();
    let keep = (keep, Connected::over("sse"));
    let events = stream::unfold((follower, stop, hello, keep, false), move |state| async move {
        let (mut follower, mut stop, hello, keep, over) = state;
        if over {
            return None;
        }
        if let Some(hello) = hello {
            return Some((Ok(Event::default().data(text(&hello))), (follower, stop, None, keep, false)));
        }
        let delivery = tokio::select! {
            delivery = follower.next() => delivery.ok()?,
            () = stop.wait() => return None,
        };
        let (event, over) = match (delivery, position) {
            (Delivery::Closed, _) => return None,
            (Delivery::Entries { message, .. }, Position::All) => {
                (Event::default().id(follower.position()).data(text(&message)), false)
            }
            (Delivery::Entries { message, .. }, Position::One) => {
                let seq = follower.position();
                let seq = seq.rsplit(':').next().unwrap_or("0");
                (Event::default().event("entries").id(seq).data(text(&message)), false)
            }
            (Delivery::Ended { message, .. }, Position::One) => {
                (Event::default().event("ended").data(text(&message)), true)
            }
            (Delivery::Ended { message, .. } | Delivery::Followed(message) | Delivery::Other(message), _) => {
                (Event::default().data(text(&message)), false)
            }
        };
        Some((Ok(event), (follower, stop, None, keep, over)))
    });
    sse(events, position)
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static, position: Position) -> Response {
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let keep_alive = match position {
        // A browser's event source hides comments from the page.
        Position::All => keep_alive.event(Event::default().data(text(&encode(&Answer::Pong)))),
        Position::One => keep_alive,
    };
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Proxies that collect answers would hold the stream back.
    response.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    response
}
