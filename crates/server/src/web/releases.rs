//! What runs for an order, what it writes, and bringing an older release back.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::entries::{EntriesQuery, EntrySchema, read_on};
use super::extract::{Json, Path, Query};
use super::files::{FILE_POLICY, disposition};
use super::live_messages::log_id;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::log::{Entry, LogId, MAX_PAGE, Range};
use crate::orders::OrderSummary;
use crate::releases::{HostView, OutputBody, Refusal, RunsView};

/// The latest attempt of every run node, and what could be brought back.
#[utoipa::path(get, path = "/api/orders/{id}/runs", tag = "releases", params(("id" = i64, Path)), responses((status = 200, body = RunsView)))]
pub async fn runs(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<RunsView>, Problem> {
    Ok(Answer(web.releases.runs(&caller, id).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttemptsQuery {
    node: String,
    /// Left out: this machine.
    #[serde(default)]
    host: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReleaseAttempts)]
pub struct Attempts {
    attempts: Vec<HostView>,
}

/// What one node left on one host in each of its attempts, newest first, up to 50.
#[utoipa::path(get, path = "/api/orders/{id}/attempts", tag = "releases", params(("id" = i64, Path), AttemptsQuery), responses((status = 200, body = Attempts)))]
pub async fn attempts(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(AttemptsQuery { node, host }): Query<AttemptsQuery>,
) -> Result<Answer<Attempts>, Problem> {
    Ok(Answer(Attempts { attempts: web.releases.attempts(&caller, id, &node, host).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    command: String,
    reason: String,
    /// The order whose release comes back.
    to: i64,
}

/// Starts a new order that brings an older release back.
#[utoipa::path(post, path = "/api/orders/{id}/rollback", tag = "releases", params(("id" = i64, Path)), request_body = RollBack, responses((status = 201, body = OrderSummary)))]
pub async fn roll_back(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(RollBack { command, reason, to }): Json<RollBack>,
) -> Result<(StatusCode, Answer<OrderSummary>), Problem> {
    web.count(caller.id())?;
    let order = web.releases.roll_back(&caller, id, command, to, &reason).await?;
    Ok((StatusCode::CREATED, Answer(order)))
}

#[derive(Serialize, ToSchema)]
pub struct OutputPage {
    log: String,
    #[schema(value_type = Vec<EntrySchema>)]
    entries: Vec<Entry>,
    has_more: bool,
    last_seq: i64,
}

fn output_id(caller: &Caller, log: &str) -> Result<i64, Problem> {
    match log_id(caller, log) {
        Some(LogId::Output(id)) => Ok(id),
        _ => Err(Refusal::OutputNotFound.into()),
    }
}

/// Entries of an output: at once, after waiting (`wait`), or as a stream (`Accept: text/event-stream`).
#[utoipa::path(get, path = "/api/outputs/{log}/entries", tag = "releases", params(("log" = String, Path), EntriesQuery), responses((status = 200, body = OutputPage)))]
pub async fn output(
    State(web): State<Web>,
    caller: Caller,
    Path(log): Path<String>,
    headers: HeaderMap,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, Problem> {
    let id = output_id(&caller, &log)?;
    let range = query.range()?;
    web.releases.output(&caller, id, Range::After(i64::MAX), 1).await?;
    if let Some(stream) = read_on(&web, &caller, LogId::Output(id), &query, range, &headers).await? {
        return Ok(stream);
    }
    let crate::log::Page { entries, has_more, last_seq } =
        web.releases.output(&caller, id, range, query.limit()).await?;
    Ok(Answer(OutputPage { log, entries, has_more, last_seq }).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TextQuery {
    /// 1: without colours and other control sequences.
    #[serde(default)]
    plain: u8,
}

/// A whole output as text.
#[utoipa::path(get, path = "/api/outputs/{log}/text", tag = "releases", params(("log" = String, Path), TextQuery), responses((status = 200, description = "the text", content_type = "text/plain")))]
pub async fn text(
    State(web): State<Web>,
    caller: Caller,
    Path(log): Path<String>,
    Query(TextQuery { plain }): Query<TextQuery>,
) -> Result<Response, Problem> {
    let id = output_id(&caller, &log)?;
    web.releases.output(&caller, id, Range::After(i64::MAX), 1).await?;
    let pages = stream::try_unfold(Some(0), move |after| {
        let (web, caller) = (web.clone(), caller.clone());
        async move {
            let Some(after) = after else { return Ok::<_, std::io::Error>(None) };
            // Asked anew for each page: who loses the order in between gets no more of it.
            let page = web.releases.output(&caller, id, Range::After(after), MAX_PAGE).await;
            let page = page.map_err(std::io::Error::other)?;
            let text: String = page.entries.iter().map(|entry| shown(entry, plain == 1)).collect();
            let last = page.entries.last().map(|entry| entry.seq);
            Ok(Some((Bytes::from(text), last.filter(|_| page.has_more))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition(false, &format!("{log}.txt"))),
        (HeaderName::from_static("content-security-policy"), FILE_POLICY.into()),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

/// What an entry adds to the text.
fn shown(entry: &Entry, plain: bool) -> String {
    match serde_json::from_str(entry.body.get()) {
        Ok(OutputBody::Text(text)) if plain => without_sequences(&text),
        Ok(OutputBody::Text(text)) => text,
        Ok(OutputBody::Cut { kept, total }) => format!("\n[… {kept} / {total} …]\n"),
        Ok(OutputBody::End { .. }) | Err(_) => String::new(),
    }
}

/// A text without what moves a terminal's cursor or gives it colours: `ESC [ … letter`, and titles and links, `ESC ] …`,
/// which end with `BEL` or `ESC \`.
fn without_sequences(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next() {
                Some('[') => drop(rest.find(|c| matches!(c, '@'..='~'))),
                Some(']') => {
                    let mut before = ']';
                    let is_end =
                        |c: &char| *c == '\u{7}' || (std::mem::replace(&mut before, *c), *c) == ('\u{1b}', '\\');
                    let _ = rest.find(is_end);
                }
                _ => {}
            },
            '\r' => plain.push('\n'),
            c => plain.push(c),
        }
    }
    plain
}

/// What a local step left, as a download.
#[utoipa::path(get, path = "/api/orders/{id}/artifacts/{sha256}", tag = "releases", params(("id" = i64, Path), ("sha256" = String, Path)), responses((status = 200, description = "the bytes", content_type = "application/octet-stream")))]
pub async fn artifact(
    State(web): State<Web>,
    caller: Caller,
    Path((id, sha256)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    let (name, size, bytes) = web.releases.artifact(&caller, id, &sha256).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(false, &name)),
        (HeaderName::from_static("content-security-policy"), FILE_POLICY.into()),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_has_no_colours() {
        assert_eq!(without_sequences("\u{1b}[1;31mred\u{1b}[0m \u{1b}]0;title\u{7}end"), "red end");
        let link = "\u{1b}]8;;https://example.com\u{1b}\\here\u{1b}]8;;\u{1b}\\ it is";
        assert_eq!(without_sequences(link), "here it is");
    }
}
