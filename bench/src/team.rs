//! People who are signed in, and a room that they are in.

use anyhow::{Context, Result};
use reqwest::Client;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::server::{PASSWORD, Server};

/// Somebody with a session.
#[derive(Clone)]
pub struct Person {
    pub cookie: String,
    /// Where their feed ends.
    pub feed_seq: i64,
}

/// The administrator comes first.
pub struct Team {
    pub room: i64,
    pub people: Vec<Person>,
}

impl Team {
    /// Makes a public room and `size` people in it.
    pub async fn gather(server: &Server, size: usize) -> Result<Self> {
        let http = Client::new();
        let credentials = json!({"username": "admin", "password": PASSWORD});
        let administrator = sign_in(&http, server.url("/api/session"), credentials).await?;
        let post = async |path: &str, body: Value| -> Result<Value> {
            let request = http.post(server.url(path)).header(COOKIE, &administrator).json(&body);
            Ok(request.send().await?.error_for_status()?.json().await?)
        };
        let room = json!({"command": "room", "kind": "public", "name": "Bench"});
        let room = number(&post("/api/rooms", room).await?, "id")?;
        let mut cookies = vec![administrator.clone()];
        if size > 1 {
            let invitation = json!({"role": "member", "room": room, "uses": size - 1});
            let invitation = post("/api/invitations", invitation).await?;
            let url = invitation["url"].as_str().context("an invitation has a url")?;
            let secret = url.rsplit('/').next().context("the url ends with the secret")?;
            for number in 1..size {
                let name = format!("person{number}");
                let person = json!({"username": name, "name": name, "password": PASSWORD});
                cookies.push(sign_in(&http, server.url(&format!("/api/join/{secret}")), person).await?);
            }
        }
        let mut people = Vec::new();
        for cookie in cookies {
            let request = http.get(server.url("/api/rooms")).header(COOKIE, &cookie);
            let rooms: Value = request.send().await?.error_for_status()?.json().await?;
            let feed_seq = number(&rooms, "feed_seq")?;
            people.push(Person { cookie, feed_seq });
        }
        Ok(Self { room, people })
    }

    /// The people in turn, for any number of connections.
    pub fn person(&self, connection: usize) -> &Person {
        &self.people[connection % self.people.len()]
    }

    /// Where the room ends now.
    pub async fn last_seq(&self, server: &Server) -> Result<i64> {
        let url = server.url(&format!("/api/rooms/{}", self.room));
        let request = Client::new().get(url).header(COOKIE, &self.people[0].cookie);
        number(&request.send().await?.error_for_status()?.json().await?, "last_seq")
    }
}

async fn sign_in(http: &Client, url: String, body: Value) -> Result<String> {
    let response = http.post(url).json(&body).send().await?.error_for_status()?;
    let cookie = response.headers().get(SET_COOKIE).context("signing in sets a cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn number(object: &Value, field: &str) -> Result<i64> {
    object[field].as_i64().with_context(|| format!("{field} is missing in {object}"))
}
