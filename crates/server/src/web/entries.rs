use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{Path, Query};
use super::live_http::{MAX_WAIT_S, Position, stream_of, wants_stream};
use super::metrics::Connected;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::log::{Delivery, Entry, Follower, LogId, Range};
use crate::rooms::{EntryBody, MessageState, Refusal};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    /// Entries after this number; one of `after`, `before` and `around`.
    #[serde(default)]
    after: Option<i64>,
    #[serde(default)]
    before: Option<i64>,
    #[serde(default)]
    around: Option<i64>,
    /// 1 to 1,000.
    #[serde(default = "hundred")]
    limit: i64,
    /// With `after`: seconds to wait for an entry, at most 55.
    #[serde(default)]
    wait: u64,
}

fn hundred() -> i64 {
    100
}

#[derive(Serialize, ToSchema)]
pub struct EntriesPage {
    log: String,
    #[schema(value_type = Vec<EntrySchema>)]
    entries: Vec<Entry>,
    states: Vec<MessageState>,
    has_more: bool,
    last_seq: i64,
}

/// Something that happened. It never changes, except that a recalled text is erased.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct EntrySchema {
    seq: i64,
    at: i64,
    /// The person; null: the system.
    by: Option<i64>,
    /// The entry that this one is about.
    target: Option<i64>,
    command: Option<String>,
    #[serde(flatten)]
    body: AnyBody,
}

/// What an entry says: in every room, and beside that in orders.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description only: the log keeps bodies as they are")]
pub enum AnyBody {
    Room(EntryBody),
    Order(crate::orders::EntryBody),
    Output(OutputEntry),
}

/// What an entry of an output says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
#[expect(dead_code, reason = "a description only: the log keeps bodies as they are")]
pub enum OutputEntry {
    Output(crate::releases::OutputBody),
}

/// Entries of a room: at once, after waiting (`wait`), or as a stream (`Accept: text/event-stream`).
#[utoipa::path(get, path = "/api/rooms/{id}/entries", tag = "rooms", params(("id" = i64, Path), EntriesQuery), responses((status = 200, body = EntriesPage)))]
pub async fn entries(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, Problem> {
    let range = query.range()?;
    web.rooms.member(&caller, id).await?;
    if let Some(stream) = read_on(&web, &caller, LogId::Room(id), &query, range, &headers).await? {
        return Ok(stream);
    }
    let (page, states) = web.rooms.entries(&caller, id, range, query.limit).await?;
    let log = LogId::Room(id).name().into_owned();
    let crate::log::Page { entries, has_more, last_seq } = page;
    Ok(Answer(EntriesPage { log, entries, states, has_more, last_seq }).into_response())
}

impl EntriesQuery {
    pub fn range(&self) -> Result<Range, Problem> {
        let wrong = |detail: &str| Err(Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail(detail));
        if !(1..=1000).contains(&self.limit) {
            return wrong("limit: 1 to 1000");
        }
        match (self.after, self.before, self.around) {
            (after, None, None) => Ok(Range::After(after.unwrap_or(0).max(0))),
            (None, Some(before), None) => Ok(Range::Before(before)),
            (None, None, Some(around)) => Ok(Range::Around(around)),
            _ => wrong("give one of after, before and around"),
        }
    }

    pub fn limit(&self) -> i64 {
        self.limit
    }
}

/// What comes after a number: answers a stream of it, or waits for the first of it, if the request asks for that.
pub async fn read_on(
    web: &Web,
    caller: &Caller,
    log: LogId,
    query: &EntriesQuery,
    range: Range,
    headers: &HeaderMap,
) -> Result<Option<Response>, Problem> {
    let Range::After(after) = range else { return Ok(None) };
    if wants_stream(headers) {
        let resume = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
        let follower = follow(web, caller, log, resume.unwrap_or(after)).await?;
        return Ok(Some(stream_of(web.clone(), follower, None, Position::One, ())));
    }
    if query.wait > 0 {
        wait_for_entry(web, caller, log, after, query.wait).await?;
    }
    Ok(None)
}

async fn follow(web: &Web, caller: &Caller, log: LogId, after: i64) -> Result<Follower, Problem> {
    let mut follower = Follower::new(&web.log, caller.id(), caller.session);
    // A program reads all there is, however far behind it starts.
    follower.follow_from(log, after).await?;
    Ok(follower)
}

/// Returns when there is something after `after`, or the time is over. Holds a mailbox and a timer, no thread.
pub async fn wait_for_entry(web: &Web, caller: &Caller, log: LogId, after: i64, seconds: u64) -> Result<(), Problem> {
    let _connected = Connected::over("long_poll");
    let mut follower = follow(web, caller, log, after).await?;
    let deadline = Instant::now() + Duration::from_secs(seconds.min(MAX_WAIT_S));
    let mut stop = web.stop.clone();
    loop {
        let delivery = tokio::select! {
            delivery = follower.next() => delivery?,
            () = tokio::time::sleep_until(deadline) => return Ok(()),
            () = stop.wait() => return Ok(()),
        };
        match delivery {
            Delivery::Entries { .. } => return Ok(()),
            Delivery::Ended { .. } => return Err(Refusal::RoomNotFound.into()),
            Delivery::Closed => return Err(Problem::new(StatusCode::UNAUTHORIZED, "session_ended")),
            Delivery::Followed(_) | Delivery::Other(_) => {}
        }
    }
}
