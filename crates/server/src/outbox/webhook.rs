//! One attempt to tell an endpoint, after the specification of Standard Webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::header::CONTENT_TYPE;
use sea_orm::FromQueryResult;
use sha2::Sha256;

use super::cause::Cause;
use super::deliver::{Attempt, Outcome};
use super::{Outbox, Refusal};
use crate::clock::now_ms;
use crate::db::Sql;
use crate::values;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// A new secret, as it is shown once.
pub(super) fn new_secret() -> String {
    format!("{PREFIX}{}", STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// The name under which the secret of an endpoint is sealed.
pub(super) fn sealed_name(webhook: i64) -> String {
    format!("webhook/{webhook}")
}

/// The header `webhook-signature` for a message. Nothing when the secret is none.
pub fn sign(secret: &str, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[derive(FromQueryResult)]
struct Endpoint {
    url: String,
    secret: Vec<u8>,
    active: bool,
}

impl Outbox {
    /// Sends a message to its endpoint once.
    pub(super) async fn post(&self, webhook: i64, attempt: &Attempt) -> Result<Outcome, Refusal> {
        let sql = "SELECT url, secret, active FROM webhook WHERE id = $1";
        let endpoint: Option<Endpoint> = self.log.db().reader.one(sql, values![webhook]).await?;
        let Some(Endpoint { url, secret, .. }) = endpoint.filter(|endpoint| endpoint.active) else {
            return Ok(Outcome::hopeless(Cause::SwitchedOff));
        };
        let url = match self.targets.check(&url) {
            Ok(url) => url,
            Err(refused) => return Ok(Outcome::hopeless(Cause::Target(refused))),
        };
        let secret = self.vault.unseal_text(&sealed_name(webhook), &secret)?;
        let timestamp_s = now_ms() / 1000;
        let Some(signature) = sign(&secret, &attempt.message_id, timestamp_s, &attempt.body) else {
            return Ok(Outcome::hopeless(Cause::NoSecret));
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &attempt.message_id)
            .header("webhook-timestamp", timestamp_s)
            .header("webhook-signature", signature)
            .body(attempt.body.clone());
        // What it answers beside the status is not read.
        Ok(match request.send().await {
            Ok(response) if response.status().is_success() => Outcome::delivered(Some(response.status().as_u16())),
            Ok(response) => {
                let status = response.status();
                let cause = if status.is_redirection() { Cause::Redirect } else { Cause::ErrorAnswer };
                Outcome::failed(cause).with_status(status.as_u16())
            }
            Err(error) => Outcome::failed(Cause::said(sentence(error))),
        })
    }
}

/// What failed, from the outside in. The address may hold a secret.
fn sentence(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of https://www.standardwebhooks.com.
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(sign("no secret", "a", 1, "b"), None);
    }
}
