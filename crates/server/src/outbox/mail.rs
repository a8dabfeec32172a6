//! One attempt to send a mail.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::FromQueryResult;

use super::cause::Cause;
use super::deliver::{Attempt, Outcome, TIMEOUT};
use super::{Letter, Outbox, Refusal};
use crate::accounts::Language;
use crate::db::Sql;
use crate::values;

/// The mail server, and who mails come from. Its password is never shown.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    public_url: Option<String>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

#[derive(FromQueryResult)]
struct Recipient {
    name: String,
    email: Option<String>,
    language: Option<String>,
    active: bool,
}

impl Mailer {
    pub fn new(url: &str, from: Mailbox, public_url: Option<String>) -> Result<Self, Refusal> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(TIMEOUT / 2)).build();
        Ok(Self { transport, from, public_url })
    }

    fn write(
        &self,
        to: Mailbox,
        language: Option<Language>,
        id: &str,
        letter: &Letter,
    ) -> Result<Message, lettre::error::Error> {
        // Whoever has not chosen a language gets both.
        let languages = match language {
            Some(language) => vec![language],
            None => vec![Language::Chinese, Language::English],
        };
        let each =
            |part: fn(&Letter, Language) -> String| languages.iter().map(move |language| part(letter, *language));
        let subject: Vec<String> = each(Letter::subject).collect();
        let mut text: Vec<String> = each(Letter::text).collect();
        text.extend(self.public_url.as_ref().map(|url| format!("\n{url}{}", letter.path())));
        // No answer of a machine comes back to this one (RFC 3834).
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .subject(subject.join(" / "))
            .header(ContentType::TEXT_PLAIN)
            .raw_header(automatic)
            .body(text.join("\n") + "\n")
    }
}

impl Outbox {
    /// Sends somebody a mail once.
    pub(super) async fn mail(&self, person: i64, attempt: &Attempt) -> Result<Outcome, Refusal> {
        let Some(mailer) = &self.mailer else { return Ok(Outcome::failed(Cause::SendsNoMail)) };
        let sql = "SELECT name, email, language, active FROM person WHERE id = $1";
        let recipient: Option<Recipient> = self.log.db().reader.one(sql, values![person]).await?;
        let Some(Recipient { name, email: Some(email), language, .. }) = recipient.filter(|person| person.active)
        else {
            return Ok(Outcome::hopeless(Cause::NobodyToWriteTo));
        };
        let Ok(address) = email.parse::<Address>() else {
            return Ok(Outcome::hopeless(Cause::NoAddress));
        };
        let Ok(letter) = serde_json::from_str::<Letter>(&attempt.body) else {
            return Ok(Outcome::hopeless(Cause::NewerVersion));
        };
        let language = language.as_deref().and_then(Language::parse);
        let message = match mailer.write(Mailbox::new(Some(name), address), language, &attempt.message_id, &letter) {
            Ok(message) => message,
            Err(error) => return Ok(Outcome::hopeless(Cause::said(error))),
        };
        // The whole attempt has its time, not only each step of it.
        let sent = tokio::time::timeout(TIMEOUT, mailer.transport.send(message)).await;
        Ok(match sent {
            Ok(Ok(response)) => Outcome::delivered(Some(response.code().into())),
            Ok(Err(error)) if error.is_permanent() => Outcome::hopeless(Cause::said(error)),
            Ok(Err(error)) => Outcome::failed(Cause::said(error)),
            Err(_) => Outcome::failed(Cause::SlowMailServer),
        })
    }
}
