use axum::Json as Answer;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{Json, Path, Query};
use super::live_messages::{self, PostCommand};
use super::people::ListQuery;
use super::problem::Problem;
use crate::accounts::{Caller, Person};
use crate::rooms::{Hit, ListedRoom, RoomKind, RoomSummary, Version};

pub type Summary = RoomSummary;

#[derive(Serialize, ToSchema)]
pub struct Rooms {
    /// Follow the feed from here on to miss no room.
    feed_seq: i64,
    rooms: Vec<RoomSummary>,
}

/// The rooms that I am in.
#[utoipa::path(get, path = "/api/rooms", tag = "rooms", responses((status = 200, body = Rooms)))]
pub async fn rooms(State(web): State<Web>, caller: Caller) -> Result<Answer<Rooms>, Problem> {
    let (feed_seq, rooms) = web.rooms.rooms(&caller).await?;
    Ok(Answer(Rooms { feed_seq, rooms }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoom {
    command: String,
    /// `public` or `private`.
    kind: RoomKind,
    name: String,
    #[serde(default)]
    topic: String,
    /// People to add, at most 200.
    #[serde(default)]
    people: Vec<i64>,
}

/// Makes a room.
#[utoipa::path(post, path = "/api/rooms", tag = "rooms", request_body = CreateRoom, responses((status = 201, body = RoomSummary)))]
pub async fn create_room(
    State(web): State<Web>,
    caller: Caller,
    Json(new): Json<CreateRoom>,
) -> Result<(StatusCode, Answer<RoomSummary>), Problem> {
    web.count(caller.id())?;
    let CreateRoom { command, kind, name, topic, people } = new;
    let room = web.rooms.create_room(&caller, command, kind, &name, &topic, people).await?;
    Ok((StatusCode::CREATED, Answer(room)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectRoom {
    command: String,
    person: i64,
}

/// The direct room of me and somebody else, made when there is none.
#[utoipa::path(post, path = "/api/rooms/direct", tag = "rooms", request_body = DirectRoom, responses((status = 200, body = RoomSummary)))]
pub async fn direct_room(
    State(web): State<Web>,
    caller: Caller,
    Json(DirectRoom { command, person }): Json<DirectRoom>,
) -> Result<Answer<RoomSummary>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(web.rooms.direct_room(&caller, command, person).await?))
}

#[derive(Serialize, ToSchema)]
pub struct Directory {
    rooms: Vec<ListedRoom>,
    has_more: bool,
}

/// Public rooms.
#[utoipa::path(get, path = "/api/rooms/directory", tag = "rooms", params(ListQuery), responses((status = 200, body = Directory)))]
pub async fn directory(
    State(web): State<Web>,
    caller: Caller,
    Query(page): Query<ListQuery>,
) -> Result<Answer<Directory>, Problem> {
    let (rooms, has_more) = web.rooms.directory(&caller, &page.query, page.after, page.limit).await?;
    Ok(Answer(Directory { rooms, has_more }))
}

/// One room.
#[utoipa::path(get, path = "/api/rooms/{id}", tag = "rooms", params(("id" = i64, Path)), responses((status = 200, body = RoomSummary)))]
pub async fn room(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<RoomSummary>, Problem> {
    Ok(Answer(web.rooms.room(&caller, id).await?))
}

#[derive(Serialize, ToSchema)]
pub struct RoomMember {
    person: Person,
    owner: bool,
    read_seq: i64,
    joined_at: i64,
}

#[derive(Serialize, ToSchema)]
pub struct RoomPeople {
    people: Vec<RoomMember>,
    has_more: bool,
}

/// Who is in a room, and how far they have read.
#[utoipa::path(get, path = "/api/rooms/{id}/people", tag = "rooms", params(("id" = i64, Path), ListQuery), responses((status = 200, body = RoomPeople)))]
pub async fn room_people(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(page): Query<ListQuery>,
) -> Result<Answer<RoomPeople>, Problem> {
    let (people, has_more) = web.rooms.room_people(&caller, id, page.after, page.limit).await?;
    let member = |member: crate::rooms::RoomMember| {
        let crate::rooms::RoomMember { person, owner, read_seq, joined_at } = member;
        RoomMember { person, owner, read_seq, joined_at }
    };
    Ok(Answer(RoomPeople { people: people.into_iter().map(member).collect(), has_more }))
}

#[derive(Serialize, ToSchema)]
pub struct History {
    versions: Vec<Version>,
}

/// The texts that a message has had.
#[utoipa::path(get, path = "/api/rooms/{id}/messages/{seq}/history", tag = "rooms", params(("id" = i64, Path), ("seq" = i64, Path)), responses((status = 200, body = History)))]
pub async fn history(
    State(web): State<Web>,
    caller: Caller,
    Path((id, seq)): Path<(i64, i64)>,
) -> Result<Answer<History>, Problem> {
    Ok(Answer(History { versions: web.rooms.history(&caller, id, seq).await? }))
}

/// The archive of a room as one JSON document.
#[utoipa::path(get, path = "/api/rooms/{id}/export", tag = "rooms", params(("id" = i64, Path)), responses((status = 200, description = "the archive", content_type = "application/json")))]
pub async fn export(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Response, Problem> {
    let archive = web.rooms.export(&caller, id).await?;
    let disposition = format!("attachment; filename=\"countersign-room-{id}.json\"");
    let headers = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(archive)).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    q: String,
    #[serde(default)]
    room: Option<i64>,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Hits {
    hits: Vec<Hit>,
    next: Option<String>,
}

/// Messages that hold all words, newest first.
#[utoipa::path(get, path = "/api/search", tag = "rooms", params(SearchQuery), responses((status = 200, body = Hits)))]
pub async fn search(
    State(web): State<Web>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Answer<Hits>, Problem> {
    let (hits, next) = web.rooms.search(&caller, &query.q, query.room, query.before).await?;
    Ok(Answer(Hits { hits, next: next.map(|next| next.to_string()) }))
}

/// Does something in a room or with an order. The same messages go over `/live`. `{"type": "typing", "room": 7}`, `looking` and `editing` are taken, too.
#[utoipa::path(post, path = "/api/commands", tag = "rooms", request_body = live_messages::Command, responses((status = 200, body = live_messages::Answer), (status = 204, description = "passed on")))]
pub async fn command(
    State(web): State<Web>,
    caller: Caller,
    Json(body): Json<Box<serde_json::value::RawValue>>,
) -> Result<Response, Problem> {
    let bytes = Bytes::from(body.get().to_owned());
    match live_messages::parse_command(&bytes)? {
        PostCommand::Fleeting(fleeting) => {
            web.rooms.member(&caller, fleeting.room()).await?;
            web.count(caller.id())?;
            live_messages::tell(&web, caller.id(), fleeting);
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        PostCommand::Editing { flow, node, here } => {
            web.count(caller.id())?;
            web.orders.editing(&caller, &flow, node, here).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        PostCommand::Command(command) => {
            web.count(caller.id())?;
            Ok(Answer(live_messages::execute(&web, &caller, command).await?).into_response())
        }
    }
}
