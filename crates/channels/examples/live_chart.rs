//! Stage 7, charts that live: the server pushes figures, and the page draws them.
//!
//! People vote for a drink, and so does chance, once a second. Each change is one frame for everybody.

mod support;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use channels::broadcast::Broadcaster;
use channels::consumer::{Context, JsonConsumer, Outcome, WebSocketEndpoint};
use channels::layer::{MemoryLayer, Message};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::websocket::Frame;
use serde::{Deserialize, Serialize};

const DRINKS: [&str; 5] = ["茶 tea", "咖啡 coffee", "牛奶 milk", "果汁 juice", "水 water"];

#[derive(Clone, Default, Serialize)]
struct Chart {
    labels: [&'static str; DRINKS.len()],
    votes: [u64; DRINKS.len()],
}

#[derive(Clone)]
struct Poll {
    chart: Arc<Mutex<Chart>>,
    broadcaster: Broadcaster,
}

impl Poll {
    async fn vote(&self, drink: usize) -> Outcome {
        if let Some(votes) = self.chart.lock().unwrap_or_else(PoisonError::into_inner).votes.get_mut(drink) {
            *votes += 1;
        }
        Ok(self.broadcaster.send("chart", Message::new("chart.changed")).await?)
    }
}

#[derive(Deserialize)]
struct Vote {
    drink: usize,
}

struct Voter(Poll);

impl JsonConsumer for Voter {
    type Incoming = Vote;

    async fn connect(&mut self, context: &mut Context) -> Outcome {
        context.accept().await?;
        context.join_broadcast(&self.0.broadcaster, "chart").await?;
        // After the group was joined: no change falls between.
        let chart = self.0.chart.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(context.send_json(&chart).await?)
    }

    async fn receive(&mut self, _: &mut Context, vote: Vote) -> Outcome {
        self.0.vote(vote.drink).await
    }

    /// Figures replace each other: who missed some needs only the newest.
    async fn behind(&mut self, context: &mut Context) -> Outcome {
        let chart = self.0.chart.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(context.send_json(&chart).await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chart = Arc::new(Mutex::new(Chart { labels: DRINKS, votes: [12, 19, 7, 9, 4] }));
    let drawn = chart.clone();
    let broadcaster = Broadcaster::new(Arc::new(MemoryLayer::default()), move |_, _| {
        let chart = drawn.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(Frame::text(&serde_json::to_string(&chart).ok()?))
    });
    let poll = Poll { chart, broadcaster };

    let chance = poll.clone();
    tokio::spawn(async move {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        loop {
            seconds.tick().await;
            // Nobody hears it when nobody looks.
            let _ = chance.vote(rand::random_range(0..DRINKS.len())).await;
        }
    });

    let voter = WebSocketEndpoint::json(move || Voter(poll.clone()));
    // Pages from anywhere may connect, for the sake of the lesson; see `echo` for what a service does.
    let sockets = UrlRouter::new().path("room/<str:group>/", voter.clone())?.regex(r"ws/(?P<group>\w+)/$", voter)?;
    let router = ProtocolRouter::new().websocket(sockets).http(support::page(include_str!("pages/live_chart.html")));
    axum::serve(support::listen().await?, Router::new().fallback_service(router)).await?;
    Ok(())
}
