//! Other programs start orders: signatures, times, and each delivery once.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hmac::{Hmac, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::orders::publishes;
use crate::setup::{Answer, Person, Team, unique};

/// A hook, and the program that knows its secret.
struct Sender {
    name: String,
    secret: String,
    program: Person,
}

/// A hook on a flow of its own, whose orders are those of the first of the two people.
async fn hook(team: &Team, kind: &str) -> (Sender, [Person; 2]) {
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let flow = publishes(team, "any", &[&asker]).await;
    let name = unique("hook");
    let new = json!({
        "name": name, "kind": kind, "flow": flow, "account": requester.id,
        "filter": "branch == '' || branch == 'main'",
        "fields": {"what": "payload.what + ' ' + commit", "parts": "2 + 2"},
    });
    let made = team.admin.post("/api/hooks", new).await.ok();
    let secret = made["secret"].as_str().unwrap().to_owned();
    (Sender { name, secret, program: team.stranger() }, [requester, asker])
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn mac(key: &[u8], signed: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(signed).finalize().into_bytes().to_vec()
}

impl Sender {
    fn path(&self) -> String {
        format!("/api/hooks/{}/deliver", self.name)
    }

    /// Sends what was signed at a time, with a body that may be another one by now.
    async fn sends_standard(&self, id: &str, signed_at_s: i64, signed: &str, sent: &str) -> Answer {
        let key = STANDARD.decode(self.secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signature = STANDARD.encode(mac(&key, &format!("{id}.{signed_at_s}.{signed}")));
        let request = self.program.request(Method::POST, &self.path()).body(sent.to_owned());
        let request = request.header("webhook-id", id).header("webhook-timestamp", signed_at_s.to_string());
        self.program.sends(request.header("webhook-signature", format!("v1,{signature}"))).await
    }

    async fn delivers(&self, id: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.sends_standard(id, now_s(), &body, &body).await
    }

    async fn pushes(&self, id: &str, event: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let hex: String = mac(self.secret.as_bytes(), &body).iter().map(|byte| format!("{byte:02x}")).collect();
        let request = self.program.request(Method::POST, &self.path()).body(body);
        let request = request.header("x-github-delivery", id).header("x-github-event", event);
        self.program.sends(request.header("x-hub-signature-256", format!("sha256={hex}"))).await
    }

    async fn deliveries(&self, team: &Team) -> Vec<Value> {
        let list = team.admin.get(&format!("/api/hooks/{}/deliveries", self.name)).await.ok();
        list["deliveries"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_signed_delivery_starts_an_order_of_the_hooks_account() {
    let team = Team::new().await;
    let (sender, [requester, asker]) = hook(&team, "standard").await;
    let answer = sender.delivers("msg_1", &json!({"what": "a chair"})).await.ok();
    assert_eq!((&answer["result"], &answer["repeated"]), (&"started".into(), &false.into()));
    let order = requester.get(&format!("/api/orders/{}", answer["order"])).await.ok();
    assert_eq!(
        (&order["summary"]["requester"], &order["summary"]["title"]["en"]),
        (&requester.id.into(), &"a chair".into())
    );
    asker.get(&format!("/api/orders/{}", answer["order"])).await.ok();
    let delivery = &sender.deliveries(&team).await[0];
    assert_eq!((&delivery["delivery"], &delivery["order"]), (&"msg_1".into(), &answer["order"]));
}

#[tokio::test]
async fn a_repeated_delivery_gets_the_first_answer_and_no_second_order() {
    let team = Team::new().await;
    let (sender, _) = hook(&team, "standard").await;
    let first = sender.delivers("msg_1", &json!({"what": "a chair"})).await.ok();
    let again = sender.delivers("msg_1", &json!({"what": "another chair"})).await.ok();
    assert_eq!((&again["order"], &again["repeated"]), (&first["order"], &true.into()));
    let ignored = json!({"what": "x", "ref": "refs/heads/other"});
    assert_eq!(sender.delivers("msg_2", &ignored).await.ok()["result"], "ignored");
    let again = sender.delivers("msg_2", &json!({"what": "x"})).await.ok();
    assert_eq!((&again["result"], &again["repeated"]), (&"ignored".into(), &true.into()));
    assert_eq!(sender.deliveries(&team).await.len(), 2);
}

#[tokio::test]
async fn eight_deliveries_at_once_start_one_order() {
    let team = Team::new().await;
    let (sender, [requester, _]) = hook(&team, "standard").await;
    let body = json!({"what": "a chair"});
    let answers = join_all((0..8).map(|_| sender.delivers("msg_1", &body))).await;
    let orders: Vec<Value> = answers.iter().map(|answer| answer.ok()["order"].clone()).collect();
    assert!(orders[0].is_i64() && orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    assert_eq!(answers.iter().filter(|answer| answer.ok()["repeated"] == false).count(), 1);
    assert_eq!(requester.get("/api/orders?box=mine").await.ok()["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_late_changed_or_signed_by_somebody_else_is_refused() {
    let team = Team::new().await;
    let (sender, [requester, _]) = hook(&team, "standard").await;
    let body = r#"{"what": "a chair"}"#;
    for seconds in [-301, 301] {
        let late = sender.sends_standard("msg_1", now_s() + seconds, body, body).await;
        late.refused(401, "wrong_time");
    }
    let changed = sender.sends_standard("msg_1", now_s(), body, r#"{"what": "a sofa"}"#).await;
    changed.refused(401, "wrong_signature");
    let (other, _) = hook(&team, "standard").await;
    let forger = Sender { secret: other.secret, name: sender.name.clone(), program: team.stranger() };
    forger.delivers("msg_1", &json!({"what": "a chair"})).await.refused(401, "wrong_signature");
    sender.program.post(&sender.path(), json!({})).await.refused(400, "no_delivery_id");
    let nowhere = Sender { name: unique("nowhere"), ..forger };
    nowhere.delivers("msg_1", &json!({})).await.refused(404, "hook_not_found");
    assert_eq!(requester.get("/api/orders?box=mine").await.ok()["orders"], json!([]));
    assert!(sender.deliveries(&team).await.is_empty());
}

#[tokio::test]
async fn a_push_to_the_branch_starts_an_order_and_other_events_do_not() {
    let team = Team::new().await;
    let (sender, [requester, _]) = hook(&team, "github").await;
    let push =
        |branch: &str, commit: &str| json!({"ref": format!("refs/heads/{branch}"), "after": commit, "what": "push"});
    assert_eq!(sender.pushes("1", "ping", &json!({"zen": "x"})).await.ok()["result"], "ignored");
    assert_eq!(sender.pushes("2", "issues", &push("main", "abc")).await.ok()["result"], "ignored");
    assert_eq!(sender.pushes("3", "push", &push("other", "abc")).await.ok()["result"], "ignored");
    assert_eq!(sender.pushes("4", "push", &push("main", &"0".repeat(40))).await.ok()["result"], "ignored");
    let started = sender.pushes("5", "push", &push("main", "c0ffee")).await.ok();
    let order = requester.get(&format!("/api/orders/{}", started["order"])).await.ok();
    assert_eq!(order["summary"]["title"]["en"], "push c0ffee");
    // The id is not signed: whoever has seen a delivery can not send it again under another one.
    let again = sender.pushes("6", "push", &push("main", "c0ffee")).await.ok();
    assert_eq!((&again["order"], &again["repeated"]), (&started["order"], &true.into()));
    let again = sender.pushes("5", "push", &push("main", "decaf")).await.ok();
    assert_eq!((&again["order"], &again["repeated"]), (&started["order"], &true.into()));
}

#[tokio::test]
async fn a_form_that_does_not_fit_is_said_and_can_be_delivered_again() {
    let team = Team::new().await;
    let (sender, [requester, _]) = hook(&team, "standard").await;
    sender.delivers("msg_1", &json!({"what": "x".repeat(50)})).await.refused(422, "invalid_fields");
    sender.delivers("msg_2", &json!({})).await.refused(422, "invalid_fields");
    let list = sender.deliveries(&team).await;
    assert_eq!((&list[0]["result"], &list[1]["result"]), (&"refused".into(), &"refused".into()));
    let note = &list[1]["note"];
    assert_eq!((&note["code"], &note["zh"]), (&"form".into(), &"what: 最多 40 个字符".into()), "{note}");
    let closed = json!({"active": false});
    team.admin.patch(&format!("/api/people/{}", requester.id), closed).await.ok();
    sender.delivers("msg_1", &json!({"what": "a chair"})).await.refused(409, "hook_account_closed");
    team.admin.patch(&format!("/api/people/{}", requester.id), json!({"active": true})).await.ok();
    assert_eq!(sender.delivers("msg_1", &json!({"what": "a chair"})).await.ok()["result"], "started");
    assert_eq!(sender.deliveries(&team).await.len(), 2);
}

#[tokio::test]
async fn bodies_are_bounded_and_other_sites_may_not_use_a_cookie() {
    let team = Team::new().await;
    let (sender, _) = hook(&team, "standard").await;
    sender.delivers("msg_1", &json!({"what": "x".repeat(256 * 1024)})).await.refused(413, "body_too_large");
    let malformed = sender.sends_standard("msg_2", now_s(), "{", "{").await;
    malformed.refused(400, "malformed_json");
    let foreign = |path: &str| {
        let request = sender.program.request(Method::POST, path).header("sec-fetch-site", "cross-site");
        sender.program.sends(request.body("{}"))
    };
    foreign(&sender.path()).await.refused(400, "no_delivery_id");
    foreign(&format!("/api/hooks/{}/secret", sender.name)).await.refused(403, "foreign_origin");
}

#[tokio::test]
async fn administrators_keep_hooks_and_see_a_secret_once() {
    let team = Team::new().await;
    let (mut sender, [requester, _]) = hook(&team, "standard").await;
    let path = format!("/api/hooks/{}", sender.name);
    requester.get("/api/hooks").await.refused(403, "administrators_only");
    requester.delete(&path).await.refused(403, "administrators_only");
    for list in ["/api/hooks", &format!("{path}/deliveries"), "/api/admin-events?what=hook"] {
        assert!(!team.admin.get(list).await.text().contains(&sender.secret[6..]));
    }
    let renewed = team.admin.post(&format!("{path}/secret"), json!({})).await.ok();
    sender.delivers("msg_1", &json!({"what": "a chair"})).await.refused(401, "wrong_signature");
    sender.secret = renewed["secret"].as_str().unwrap().to_owned();
    team.admin.patch(&path, json!({"active": false})).await.ok();
    sender.delivers("msg_1", &json!({"what": "a chair"})).await.refused(404, "hook_not_found");
    team.admin.patch(&path, json!({"active": true, "filter": ""})).await.ok();
    sender.delivers("msg_1", &json!({"what": "a chair"})).await.ok();
    let wrong = team.admin.patch(&path, json!({"filter": "brunch == 'main'"})).await;
    assert_eq!(wrong.refused(422, "invalid_fields")["errors"][0]["field"], "filter");
    let wrong = team.admin.patch(&path, json!({"fields": {"nothing": "commit"}})).await;
    assert_eq!(wrong.refused(422, "invalid_fields")["errors"][0]["field"], "fields.nothing");
    assert_eq!(team.admin.delete(&path).await.status, 204);
    sender.delivers("msg_2", &json!({})).await.refused(404, "hook_not_found");
}
