//! Who sent a delivery, and that nobody changed it on the way.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::{HookKind, Refusal};

/// Bytes of a delivery, at most.
pub const LARGEST: usize = 256 * 1024;

/// How far the time of a delivery may be from ours.
const TOLERANCE_S: i64 = 5 * 60;

/// Characters of a delivery's id, at most.
const LONGEST_ID: usize = 128;

/// What a secret of Standard Webhooks begins with; the rest is base64.
const PREFIX: &str = "whsec_";

/// What stands around the body of a delivery.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    pub webhook_id: Option<String>,
    pub webhook_timestamp: Option<String>,
    pub webhook_signature: Option<String>,
    pub github_delivery: Option<String>,
    pub github_event: Option<String>,
    pub github_signature: Option<String>,
}

/// A delivery that was signed with the secret.
#[derive(Debug, Clone)]
pub struct Verified {
    pub id: String,
    /// What a repeat has in common even where it comes under another id: GitHub does not sign the id.
    pub guard: String,
    /// What the sender calls it; empty when it does not say so here.
    pub event: String,
}

/// A new secret, as the sender is told it.
pub fn new_secret(kind: HookKind) -> String {
    let bytes = rand::random::<[u8; 32]>();
    match kind {
        HookKind::Standard => format!("{PREFIX}{}", STANDARD.encode(bytes)),
        HookKind::Github => URL_SAFE_NO_PAD.encode(bytes),
    }
}

impl Envelope {
    pub fn verify(&self, kind: HookKind, secret: &str, body: &[u8], now_ms: i64) -> Result<Verified, Refusal> {
        match kind {
            HookKind::Standard => self.verify_standard(secret, body, now_ms),
            HookKind::Github => self.verify_github(secret, body),
        }
    }

    fn verify_standard(&self, secret: &str, body: &[u8], now_ms: i64) -> Result<Verified, Refusal> {
        let id = id(self.webhook_id.as_deref())?;
        let timestamp = self.webhook_timestamp.as_deref().unwrap_or_default();
        let key =
            STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).map_err(|_| Refusal::WrongSignature)?;
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        // A sender that changes its secret signs with both for a while.
        let signatures = self.webhook_signature.as_deref().unwrap_or_default().split(' ').take(8);
        let mut versions = signatures.filter_map(|signature| signature.strip_prefix("v1,"));
        let is_right = versions.any(|base64| STANDARD.decode(base64).is_ok_and(|mac| is_mac(&key, &signed, &mac)));
        if !is_right {
            return Err(Refusal::WrongSignature);
        }
        let sent_s: i64 = timestamp.parse().map_err(|_| Refusal::WrongTime)?;
        if sent_s.abs_diff(now_ms / 1000) > TOLERANCE_S.unsigned_abs() {
            return Err(Refusal::WrongTime);
        }
        Ok(Verified { guard: id.clone(), id, event: String::new() })
    }

    fn verify_github(&self, secret: &str, body: &[u8]) -> Result<Verified, Refusal> {
        let id = id(self.github_delivery.as_deref())?;
        let signature = self.github_signature.as_deref().and_then(|signature| signature.strip_prefix("sha256="));
        let mac = signature.and_then(from_hex).ok_or(Refusal::WrongSignature)?;
        if !is_mac(secret.as_bytes(), body, &mac) {
            return Err(Refusal::WrongSignature);
        }
        let event = self.github_event.as_deref().unwrap_or_default().chars().take(64).collect();
        Ok(Verified { id, guard: STANDARD.encode(Sha256::digest(body)), event })
    }
}

/// In constant time.
fn is_mac(key: &[u8], signed: &[u8], mac: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|hmac| hmac.chain_update(signed).verify_slice(mac).is_ok())
}

fn id(value: Option<&str>) -> Result<String, Refusal> {
    let fits = |id: &&str| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    value.filter(fits).map(str::to_owned).ok_or(Refusal::NoDeliveryId)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| text.as_bytes().chunks(2).map(digits).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of Standard Webhooks.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn envelope() -> Envelope {
        Envelope {
            webhook_id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek".into()),
            webhook_timestamp: Some("1614265330".into()),
            webhook_signature: Some(
                "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v2,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
                    .into(),
            ),
            ..Envelope::default()
        }
    }

    #[test]
    fn the_example_of_the_specification_is_right_for_five_minutes() {
        let at = |seconds: i64| envelope().verify(HookKind::Standard, SECRET, BODY, seconds * 1000);
        assert_eq!(at(1_614_265_330).unwrap().id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert!(at(1_614_265_330 + 300).is_ok() && at(1_614_265_330 - 300).is_ok());
        assert!(matches!(at(1_614_265_330 + 301), Err(Refusal::WrongTime)));
        assert!(matches!(at(i64::MAX / 1000), Err(Refusal::WrongTime)));
    }

    #[test]
    fn a_body_an_id_or_a_time_that_was_changed_is_not_what_was_signed() {
        let is_wrong = |envelope: Envelope, body: &[u8]| {
            let verified = envelope.verify(HookKind::Standard, SECRET, body, 1_614_265_330_000);
            assert!(matches!(verified, Err(Refusal::WrongSignature)), "{envelope:?}");
        };
        is_wrong(envelope(), b"{}");
        is_wrong(Envelope { webhook_id: Some("other".into()), ..envelope() }, BODY);
        is_wrong(Envelope { webhook_timestamp: Some("1614265331".into()), ..envelope() }, BODY);
        is_wrong(Envelope { webhook_timestamp: None, ..envelope() }, BODY);
        is_wrong(Envelope { webhook_signature: Some("v1,".into()), ..envelope() }, BODY);
        is_wrong(Envelope { webhook_signature: None, ..envelope() }, BODY);
    }

    #[test]
    fn the_example_of_github_is_right() {
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let envelope = Envelope {
            github_delivery: Some("72d3162e-cc78-11e3-81ab-4c9367dc0958".into()),
            github_event: Some("push".into()),
            github_signature: Some(signature.into()),
            ..Envelope::default()
        };
        let verify = |body: &[u8]| envelope.verify(HookKind::Github, "It's a Secret to Everybody", body, 0);
        assert_eq!(verify(b"Hello, World!").unwrap().event, "push");
        assert!(matches!(verify(b"Hello, World?"), Err(Refusal::WrongSignature)));
        let nameless = Envelope { github_delivery: None, ..envelope.clone() };
        assert!(matches!(nameless.verify(HookKind::Github, "", b"", 0), Err(Refusal::NoDeliveryId)));
    }

    #[test]
    fn hexadecimal_is_read_or_refused() {
        assert_eq!(from_hex(&"0f".repeat(32)), Some(vec![15; 32]));
        assert_eq!(from_hex(&"+f".repeat(32)), None);
        assert_eq!(from_hex(&"é".repeat(32)), None);
        assert_eq!(from_hex("0f"), None);
    }
}
