//! Many long polls that wait for one message.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use reqwest::Client;
use reqwest::header::COOKIE;
use tokio::task::JoinSet;

use crate::live::Live;
use crate::posts::TEXT;
use crate::report::{Row, median, milliseconds, row};
use crate::server::Launcher;
use crate::team::Team;

#[derive(Args)]
pub struct Options {
    /// Polls that wait at the same time.
    #[arg(long, default_value_t = 1000)]
    polls: usize,

    /// People to whom the polls belong.
    #[arg(long, default_value_t = 50)]
    people: usize,

    /// Messages, one after the other.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// After this, presence has been told and all polls wait.
const SETTLE: Duration = Duration::from_secs(3);

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), &[]).await?;
    let team = Team::gather(&server, options.people).await?;
    // Everybody is here all the time: somebody who comes is news that answers the polls of others.
    let mut present = Vec::new();
    for person in &team.people {
        present.push(Live::open(&server, person).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let mut writer = present.swap_remove(0);
    let http = Client::new();
    let mut times = Vec::new();
    let mut cpu = Vec::new();
    for round in 0..options.rounds {
        let seq = team.last_seq(&server).await?;
        let mut polls = JoinSet::new();
        for number in 0..options.polls {
            let person = team.person(number);
            let path = format!("/api/live?after=feed:{},r{}:{seq}&wait=50", person.feed_seq, team.room);
            polls.spawn(poll(http.get(server.url(&path)).header(COOKIE, &person.cookie)));
        }
        tokio::time::sleep(SETTLE).await;
        let (start, cpu_before) = (Instant::now(), server.cpu()?);
        writer.say(team.room, format!("poll-{round}"), TEXT).await?;
        while let Some(answer) = polls.join_next().await {
            let answered = answer??;
            ensure!(answered >= start, "a poll was answered before there was something");
        }
        times.push(start.elapsed());
        cpu.push(server.cpu()? - cpu_before);
    }
    server.stop().await?;
    let per_answer = median(&mut cpu).as_micros() / options.polls as u128;
    Ok(vec![
        row(
            format!("message to the last of {} waiting long polls", options.polls),
            milliseconds(median(&mut times)),
            "",
        ),
        row("server CPU per answered long poll", format!("{per_answer} µs"), ""),
    ])
}

async fn poll(request: reqwest::RequestBuilder) -> Result<Instant> {
    let body = request.send().await?.error_for_status()?.text().await?;
    let now = Instant::now();
    ensure!(body.contains(r#""type":"entries""#), "an answer without the message: {body}");
    Ok(now)
}
