//! Webhooks and mails, against the real program, with receivers of the test's own.

use countersign::outbox::sign;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::orders::{decision, publishes, submits};
use crate::setup::{MailServer, Person, Receiver, Server, Team, in_time};

const FAST: [&str; 2] = ["--commands-per-second", "100000"];

/// A server whose webhooks may go to this machine.
fn server(folder: &TempDir) -> Server {
    Server::start_on(folder.path(), &[FAST[0], FAST[1], "--webhook-allow", "127.0.0.1"])
}

/// Makes an endpoint; answers its id and its secret.
async fn makes_webhook(admin: &Person, url: &str, events: &[&str]) -> (i64, String) {
    let new = json!({"name": "Pipeline", "url": url, "events": events});
    let made = admin.post("/api/webhooks", new).await.ok();
    (made["webhook"]["id"].as_i64().unwrap(), made["secret"].as_str().unwrap().to_owned())
}

/// Waits until the newest delivery to an endpoint is in a state.
async fn newest_delivery(admin: &Person, webhook: i64, state: &str) -> Value {
    let path = format!("/api/webhooks/{webhook}/deliveries");
    let found = async {
        loop {
            let delivery = admin.get(&path).await.ok()["deliveries"][0].clone();
            if delivery["state"] == state {
                return delivery;
            }
        }
    };
    in_time(found).await
}

#[tokio::test]
async fn an_endpoint_is_told_of_an_order_and_can_prove_who_told_it() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder);
    let team = Team::on(&server).await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    let mut receiver = Receiver::start().await;
    let events = ["order.submitted", "order.decided", "order.ended"];
    let (webhook, secret) = makes_webhook(&team.admin, &receiver.url(), &events).await;
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "a chair").await;
    let told = receiver.next().await;
    assert_eq!(told.header("content-type"), "application/json");
    let (id, time) = (told.header("webhook-id").to_owned(), told.header("webhook-timestamp").parse().unwrap());
    assert_eq!(told.header("webhook-signature"), sign(&secret, &id, time, &told.body).unwrap());
    let body = told.json();
    told.answer(204);
    assert_eq!((&body["type"], &body["data"]["order"]["id"]), (&"order.submitted".into(), &order.into()));
    assert_eq!(body["data"]["order"]["title"]["en"], "a chair");
    assert_eq!(body["data"]["order"]["requester"]["username"], requester.username);
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
    asker.does(decision(order, json!({"move": "approve", "comment": "well"}))).await;
    let mut bodies = [receiver.takes().await, receiver.takes().await];
    bodies.sort_by_key(|body| body["type"].as_str().unwrap().to_owned());
    let [decided, ended] = bodies;
    assert_eq!((&decided["type"], &ended["type"]), (&"order.decided".into(), &"order.ended".into()));
    let data = &decided["data"];
    assert_eq!((&data["verdict"], &data["node"], &data["note"]), (&"approved".into(), &"ask".into(), &"well".into()));
    assert_eq!(data["by"]["id"], asker.id);
    assert_eq!(ended["data"]["order"]["status"], "approved");
    let delivery = newest_delivery(&team.admin, webhook, "delivered").await;
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&200.into(), &1.into()));
    // A repeat by hand is the same message.
    let retry = format!("/api/webhook-deliveries/{}/retry", delivery["id"]);
    team.admin.post(&retry, json!({})).await.ok();
    let told = receiver.next().await;
    assert_eq!(told.header("webhook-id"), delivery["message_id"]);
    team.admin.post(&retry, json!({})).await.refused(409, "delivery_waits");
    told.answer(200);
}

#[tokio::test]
async fn an_endpoint_that_was_down_for_a_while_is_told_when_it_is_back() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder);
    let team = Team::on(&server).await;
    let receiver = Receiver::start().await;
    let (address, url) = (receiver.address, receiver.url());
    let (webhook, _) = makes_webhook(&team.admin, &url, &[]).await;
    drop(receiver);
    let test = format!("/api/webhooks/{webhook}/test");
    team.admin.post(&test, json!({})).await.ok();
    let tried_twice = async {
        loop {
            let webhooks = team.admin.get("/api/webhooks").await.ok();
            let webhook = &webhooks["webhooks"][0];
            if webhook["last"]["attempts"].as_i64() >= Some(2) && webhook["last"]["error"].is_object() {
                return webhook.clone();
            }
        }
    };
    let waiting = in_time(tried_twice).await;
    assert_eq!((&waiting["waiting"], &waiting["last"]["state"]), (&1.into(), &"waiting".into()));
    let mut receiver = Receiver::start_at(address).await;
    let told = receiver.next().await;
    assert_eq!(told.json()["type"], "test");
    // An answer that is an error is no delivery, and one that leads elsewhere neither.
    told.answer(503);
    receiver.next().await.answer(302);
    let refused = async {
        loop {
            let delivery = newest_delivery(&team.admin, webhook, "waiting").await;
            if delivery["error"]["code"] == "redirect" {
                return delivery;
            }
        }
    };
    assert_eq!(in_time(refused).await["status"], 302);
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), waiting["last"]["message_id"]);
    again.answer(200);
    let delivery = newest_delivery(&team.admin, webhook, "delivered").await;
    // One that found nobody, and three that were answered; a second may have been under way when somebody was there.
    assert!(delivery["attempts"].as_i64() >= Some(4), "{delivery}");
    assert_eq!(delivery["error"], Value::Null);
}

#[tokio::test]
async fn a_server_that_is_killed_repeats_only_what_was_not_confirmed_and_under_the_same_id() {
    let folder = TempDir::new().unwrap();
    let first = server(&folder);
    let team = Team::on(&first).await;
    let mut receiver = Receiver::start().await;
    let (webhook, _) = makes_webhook(&team.admin, &receiver.url(), &[]).await;
    let test = format!("/api/webhooks/{webhook}/test");
    team.admin.post(&test, json!({})).await.ok();
    receiver.takes().await;
    newest_delivery(&team.admin, webhook, "delivered").await;
    team.admin.post(&test, json!({})).await.ok();
    let unconfirmed = receiver.next().await;
    first.kill();
    let second = server(&folder);
    let repeated = receiver.next().await;
    assert_eq!(repeated.header("webhook-id"), unconfirmed.header("webhook-id"));
    assert_eq!(repeated.body, unconfirmed.body);
    repeated.answer(200);
    let admin = team.admin.at(&second.url);
    let delivery = newest_delivery(&admin, webhook, "delivered").await;
    assert_eq!(delivery["attempts"], 2);
    // Nothing else is waiting, and the first message was not sent again.
    assert_eq!(admin.get("/api/webhooks").await.ok()["webhooks"][0]["waiting"], 0);
}

#[tokio::test]
async fn addresses_inside_are_refused_when_they_are_entered_and_when_they_are_sent_to() {
    let folder = TempDir::new().unwrap();
    let allowing = server(&folder);
    let team = Team::on(&allowing).await;
    let (webhook, _) = makes_webhook(&team.admin, "http://127.0.0.1:9/", &[]).await;
    allowing.stop();
    let strict = Server::start_on(folder.path(), &FAST);
    let admin = team.admin.at(&strict.url);
    let enter = async |url: &str| admin.post("/api/webhooks", json!({"name": "x", "url": url, "events": []})).await;
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "http://169.254.169.254/",
        "http://a.example/",
        "x",
    ] {
        enter(url).await.wrong_field("url", "target_refused");
    }
    // A name is looked at when it is resolved.
    let named = enter("https://localhost/").await.ok()["webhook"]["id"].as_i64().unwrap();
    for (webhook, state) in [(webhook, "given_up"), (named, "waiting")] {
        admin.post(&format!("/api/webhooks/{webhook}/test"), json!({})).await.ok();
        let refused = async {
            loop {
                let delivery = newest_delivery(&admin, webhook, state).await;
                if let Some(error) = delivery["error"]["en"].as_str() {
                    return error.to_owned();
                }
            }
        };
        let error = in_time(refused).await;
        assert!(error.contains("on this machine or on its network"), "{error}");
    }
}

#[tokio::test]
async fn webhooks_are_for_administrators_and_their_secrets_are_shown_once() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let (webhook, secret) = makes_webhook(&team.admin, "https://hooks.example.com/", &["run.ended"]).await;
    assert!(secret.starts_with("whsec_"));
    for path in ["/api/webhooks".to_owned(), format!("/api/webhooks/{webhook}/deliveries")] {
        ann.get(&path).await.refused(403, "administrators_only");
    }
    assert!(!team.admin.get("/api/webhooks").await.text().contains(&secret));
    let path = format!("/api/webhooks/{webhook}");
    let changed = team.admin.patch(&path, json!({"active": false, "events": ["host.failed"]})).await.ok();
    assert_eq!((&changed["secret"], &changed["webhook"]["events"]), (&Value::Null, &json!(["host.failed"])));
    let renewed = team.admin.patch(&path, json!({"new_secret": true})).await.ok();
    assert_ne!(renewed["secret"], secret);
    team.admin.delete(&path).await.ok();
    team.admin.delete(&path).await.refused(404, "webhook_not_found");
    team.admin.post("/api/webhook-deliveries/1000000/retry", json!({})).await.refused(404, "delivery_not_found");
}

#[tokio::test]
async fn whoever_gets_a_task_or_a_mention_gets_a_mail_in_their_language() {
    let mut mails = MailServer::start().await;
    let url = format!("smtp://mailer:p%40ss@{}", mails.address);
    let server = Server::start(&[
        "--smtp-url",
        &url,
        "--mail-from",
        "Countersign <countersign@example.com>",
        "--public-url",
        "http://chat.example.com",
    ]);
    let team = Team::on(&server).await;
    let [requester, asker] = team.people(["ann", "bob"]).await;
    asker.patch("/api/me", json!({"email": "bob@example.com", "language": "en"})).await.ok();
    let flow = publishes(&team, "any", &[&asker]).await;
    let order = submits(&requester, &flow, "a chair").await;
    let mail = mails.next().await;
    assert!(mail.commands.iter().any(|line| line.contains("RCPT TO:<bob@example.com>")), "{:?}", mail.commands);
    assert!(mail.commands.iter().any(|line| line == "AUTH PLAIN AG1haWxlcgBwQHNz"), "{:?}", mail.commands);
    for part in [
        "From: Countersign <countersign@example.com>",
        "Subject: Waiting for you: #1001 a chair",
        "Auto-Submitted: auto-generated",
        &format!("http://chat.example.com/orders/{order}"),
    ] {
        assert!(mail.text.contains(part), "{part} is missing in {}", mail.text);
    }
    // Mentions are not chosen by themselves.
    let chosen = asker.get("/api/me/notifications").await.ok();
    assert_eq!(chosen["mails"], json!(["task_given", "release_failed"]));
    assert_eq!((&chosen["email"], &chosen["sends_mail"]), (&"bob@example.com".into(), &true.into()));
    requester.says(order, &format!("@{} please", asker.username)).await;
    asker.put("/api/me/notifications", json!({"mails": ["mentioned"]})).await.ok();
    let seq = requester.says(order, &format!("@{} a secret word", asker.username)).await;
    let mail = mails.next().await;
    assert!(mail.text.contains("mentioned you") && !mail.text.contains("secret word"), "{}", mail.text);
    assert!(mail.text.contains(&format!("/rooms/{order}?at={seq}")), "{}", mail.text);
    // Without a chosen language, both.
    requester.patch("/api/me", json!({"email": "ann@example.com"})).await.ok();
    requester.put("/api/me/notifications", json!({"mails": ["order_ended"]})).await.ok();
    asker.does(decision(order, json!({"move": "approve"}))).await;
    let mail = mails.next().await;
    assert!(mail.commands.iter().any(|line| line.contains("RCPT TO:<ann@example.com>")), "{:?}", mail.commands);
    assert!(mail.text.contains("Content-Transfer-Encoding"), "{}", mail.text);
}

#[tokio::test]
async fn an_address_is_shown_to_members_and_set_by_oneself_or_an_administrator() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let guest = team.guest("guest").await;
    ann.patch("/api/me", json!({"email": "no address"})).await.wrong_field("email", "invalid");
    let me = ann.patch("/api/me", json!({"email": "ann@example.com"})).await.ok();
    assert_eq!(me["email"], "ann@example.com");
    let path = format!("/api/people/{}", ann.id);
    let email = format!("{path}/email");
    assert_eq!(bob.get(&email).await.ok()["email"], "ann@example.com");
    guest.get(&email).await.refused(403, "not_for_guests");
    assert_eq!(guest.get(&format!("/api/people/{}/email", guest.id)).await.ok()["email"], Value::Null);
    bob.patch(&path, json!({"email": "bob@example.com"})).await.refused(403, "administrators_only");
    team.admin.patch(&path, json!({"email": null})).await.ok();
    assert_eq!(ann.get("/api/me").await.ok()["email"], Value::Null);
    // It is part of no list, and a change of the name leaves it.
    ann.patch("/api/me", json!({"email": "ann@example.com"})).await.ok();
    ann.patch("/api/me", json!({"name": "Ann"})).await.ok();
    assert_eq!(ann.get("/api/me").await.ok()["email"], "ann@example.com");
    assert!(!bob.get("/api/people").await.text().contains("ann@example.com"));
}
