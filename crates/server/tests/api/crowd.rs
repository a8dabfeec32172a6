//! A thousand clients that wait.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::setup::{Person, Server, Team, in_time};

const CLIENTS: usize = 1000;

/// Connections that wait cost no threads: there are a few for the processors and for the database, and no more.
const THREADS: usize = 64;

/// Waits until the server has taken every request from its connections, as the kernel counts them.
async fn have_been_read(server: &Server) {
    let port: u16 = server.address().rsplit(':').next().unwrap().parse().unwrap();
    let waiting = |table: &str| {
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        let established = rows.filter(|row| row[1].ends_with(&format!(":{port:04X}")) && row[3] == "01");
        established.map(|row| row[4].split_once(':').unwrap().1 == "00000000").collect::<Vec<bool>>()
    };
    let read = async {
        loop {
            let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", server.id)).unwrap();
            let read = waiting(&table);
            if read.len() >= CLIENTS && read.iter().all(|read| *read) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    in_time(read).await;
}

async fn answers_everybody(path: &str) {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let ann = Person::with_token(&server.url, &team.admin.makes_token().await).await;
    let room = ann.makes_room("private", &[]).await;
    let path = path.replace("ROOM", &room.to_string());
    // That somebody comes is news, too, which would answer the polls of a second later: let it be old.
    let mut live = ann.opens_socket().await;
    live.next_of("presence").await;
    let clients = join_all((0..CLIENTS).map(|_| ann.asks(&path))).await;
    have_been_read(&server).await;
    team.admin.get("/api/me").await.ok();
    let threads = server.threads();
    let start = Instant::now();
    team.admin.says(room, "everybody").await;
    let answers = join_all(clients.into_iter().map(|client| client.answer())).await;
    let took = start.elapsed();
    println!("{CLIENTS} long polls of {path} answered in {took:?}, with {threads} threads");
    assert_eq!(answers.iter().filter(|answer| answer.text().contains("everybody")).count(), CLIENTS);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(threads.max(server.threads()) < THREADS, "{threads} threads");
}

#[tokio::test]
async fn a_thousand_long_polls_of_the_live_connection_are_answered_at_once() {
    answers_everybody("/api/live?after=rROOM:1&wait=50").await;
}

#[tokio::test]
async fn a_thousand_long_polls_of_a_room_are_answered_at_once() {
    answers_everybody("/api/rooms/ROOM/entries?after=1&wait=50").await;
}
