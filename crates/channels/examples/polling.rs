//! Stage 1, polling: the page asks every two seconds whether there is something new.
//!
//! It works everywhere, and costs a request every two seconds from everybody, mostly for nothing; and a message is up
//! to two seconds late.

mod support;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

/// Messages that are kept.
const KEPT: usize = 1_000;

/// Characters of a message, at most.
const LONGEST: usize = 2_000;

#[derive(Clone, Serialize)]
struct Message {
    /// 1 for the first message, and one more for each.
    number: u64,
    text: String,
}

type Messages = Arc<Mutex<VecDeque<Message>>>;

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    after: u64,
}

async fn send(State(messages): State<Messages>, text: String) -> StatusCode {
    if text.chars().count() > LONGEST {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    let number = messages.back().map_or(1, |last| last.number + 1);
    messages.push_back(Message { number, text });
    if messages.len() > KEPT {
        messages.pop_front();
    }
    StatusCode::NO_CONTENT
}

async fn news(State(messages): State<Messages>, Query(since): Query<Since>) -> Json<Vec<Message>> {
    let messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    Json(messages.iter().filter(|message| message.number > since.after).cloned().collect())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/send/", post(send))
        .route("/messages/", get(news))
        .with_state(Messages::default())
        .merge(support::page(include_str!("pages/polling.html")));
    axum::serve(support::listen().await?, app).await
}
