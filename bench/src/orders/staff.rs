//! People who ask for orders and decide them, over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use reqwest::header::COOKIE;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::server::Server;
use crate::team::{Person, Team};

/// Somebody with a session, who keeps their connections open.
#[derive(Clone)]
pub struct Colleague {
    pub person: Person,
    pub id: i64,
    origin: String,
    http: Client,
}

impl Colleague {
    async fn new(server: &Server, http: Client, person: &Person) -> Result<Self> {
        let mut colleague = Self { person: person.clone(), id: 0, origin: server.url(""), http };
        let me = colleague.get("/api/me").await?;
        colleague.id = me["person"]["id"].as_i64().with_context(|| format!("nobody is signed in: {me}"))?;
        Ok(colleague)
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.text(path).await?)?)
    }

    /// The answer as it comes, so that a measurement does not parse it.
    pub async fn text(&self, path: &str) -> Result<String> {
        self.send(self.http.get(format!("{}{path}", self.origin))).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let answer = self.send(self.http.post(format!("{}{path}", self.origin)).json(&body)).await?;
        Ok(serde_json::from_str(&answer)?)
    }

    async fn send(&self, request: RequestBuilder) -> Result<String> {
        let response = request.header(COOKIE, &self.person.cookie).send().await?;
        let (status, url) = (response.status(), response.url().clone());
        let answer = response.text().await?;
        if !status.is_success() {
            bail!("{url} was answered with {status}: {answer}");
        }
        Ok(answer)
    }

    /// Publishes a flow of `steps` approvals in a row, all by the person whom the form names.
    pub async fn publish(&self, flow: &str, steps: usize) -> Result<()> {
        self.post("/api/flows", json!({"yaml": yaml(flow, steps)})).await?;
        Ok(())
    }

    /// Begins an order and answers its id.
    pub async fn begin(&self, flow: &str) -> Result<i64> {
        let order = self.post("/api/orders", json!({"command": command(), "flow": flow})).await?;
        order["id"].as_i64().with_context(|| format!("an order has an id: {order}"))
    }

    /// Begins and submits an order and answers its id.
    pub async fn submit(&self, flow: &str, decider: i64) -> Result<i64> {
        let order = self.begin(flow).await?;
        let form =
            json!({"what": "三十把办公椅 for the second floor", "amount": "12800.00", "why": WHY, "decider": decider});
        self.post(&format!("/api/orders/{order}/submit"), json!({"command": command(), "form": form})).await?;
        Ok(order)
    }

    /// Makes a move, such as `{"move": "approve"}`.
    pub async fn decide(&self, order: i64, action: Value) -> Result<()> {
        let decision = json!({"type": "decide", "command": command(), "order": order, "move": action});
        self.post("/api/commands", decision).await?;
        Ok(())
    }
}

/// What people write in a form: two sentences, Chinese and English.
pub const WHY: &str =
    "旧的已经用了八年，坏了一半，修理比换新的更贵。Delivery within two weeks, three offers are attached.";

/// Everybody in the team; the administrator comes first. They share their connections.
pub async fn colleagues(server: &Server, team: &Team) -> Result<Vec<Colleague>> {
    let http = Client::new();
    let mut colleagues = Vec::with_capacity(team.people.len());
    for person in &team.people {
        colleagues.push(Colleague::new(server, http.clone(), person).await?);
    }
    Ok(colleagues)
}

/// A new id for a command.
pub fn command() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("bench-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The id of a step of a flow of [`yaml`]; they count from 1.
pub fn step(number: usize) -> String {
    format!("step{number}")
}

fn yaml(flow: &str, steps: usize) -> String {
    let mut nodes = String::new();
    let mut links = String::new();
    let mut before = "start".to_owned();
    for number in 1..=steps {
        let id = step(number);
        nodes.push_str(&format!(
            "  - {{id: {id}, name: {{zh: 第{number}步审批, en: Approval {number}}}, kind: approve, who: [{{field: decider}}], rule: any}}\n"
        ));
        links.push_str(&format!("  - {{from: {before}, to: {id}}}\n"));
        before = id;
    }
    format!(
        "flow: {flow}
name: {{zh: {flow} 审批, en: '{flow} approval'}}
title: '{{what}}'
form:
  - {{id: what, label: {{zh: 内容, en: What}}, type: text, required: true}}
  - {{id: amount, label: {{zh: 金额, en: Amount}}, type: money}}
  - {{id: why, label: {{zh: 理由, en: Why}}, type: long_text}}
  - {{id: decider, label: {{zh: 审批人, en: Decider}}, type: person, required: true}}
nodes:
  - {{id: start, name: {{zh: 开始, en: Start}}, kind: start}}
{nodes}  - {{id: end, name: {{zh: 结束, en: End}}, kind: end}}
links:
{links}  - {{from: {before}, to: end}}
"
    )
}
