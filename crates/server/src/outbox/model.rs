use flow::EachLanguage;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub enum Event {
    #[serde(rename = "order.submitted")]
    OrderSubmitted,
    #[serde(rename = "order.decided")]
    OrderDecided,
    #[serde(rename = "order.ended")]
    OrderEnded,
    #[serde(rename = "run.started")]
    RunStarted,
    #[serde(rename = "run.ended")]
    RunEnded,
    #[serde(rename = "host.failed")]
    HostFailed,
    /// An administrator tries the endpoint; every endpoint gets it.
    #[serde(rename = "test")]
    Test,
}

impl Event {
    pub fn as_str(self) -> &'static str {
        match self {
            Event::OrderSubmitted => "order.submitted",
            Event::OrderDecided => "order.decided",
            Event::OrderEnded => "order.ended",
            Event::RunStarted => "run.started",
            Event::RunEnded => "run.ended",
            Event::HostFailed => "host.failed",
            Event::Test => "test",
        }
    }
}

/// What a person can be told of by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MailNotice)]
pub enum Notice {
    /// Somebody waits for my decision.
    TaskGiven,
    /// My order ended.
    OrderEnded,
    /// Somebody named me in a room.
    Mentioned,
    /// A release of my order ended well.
    ReleaseEnded,
    /// A release of my order failed.
    ReleaseFailed,
}

impl Notice {
    pub const ALL: [Notice; 5] =
        [Notice::TaskGiven, Notice::OrderEnded, Notice::Mentioned, Notice::ReleaseEnded, Notice::ReleaseFailed];

    /// What somebody gets who has an address and did not choose.
    pub const USUAL: [Notice; 2] = [Notice::TaskGiven, Notice::ReleaseFailed];

    pub fn as_str(self) -> &'static str {
        match self {
            Notice::TaskGiven => "task_given",
            Notice::OrderEnded => "order_ended",
            Notice::Mentioned => "mentioned",
            Notice::ReleaseEnded => "release_ended",
            Notice::ReleaseFailed => "release_failed",
        }
    }

    /// What a person's column `mails` says.
    pub(super) fn chosen(column: Option<&str>) -> Vec<Notice> {
        match column {
            None => Self::USUAL.to_vec(),
            Some(text) => {
                Self::ALL.into_iter().filter(|notice| text.split(',').any(|name| name == notice.as_str())).collect()
            }
        }
    }
}

/// What a person is told of by mail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notifications {
    /// Null: there is nowhere to send mails to.
    pub email: Option<String>,
    pub mails: Vec<Notice>,
    /// Whether this server sends mail at all.
    pub sends_mail: bool,
}

/// An endpoint of another program.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Webhook {
    pub id: i64,
    pub name: String,
    pub url: String,
    pub events: Vec<Event>,
    pub active: bool,
    pub created_by: i64,
    pub created_at: i64,
    /// Messages that wait for it.
    pub waiting: i64,
    /// What became of the newest message; null before the first.
    pub last: Option<Delivery>,
}

#[derive(Debug, Clone)]
pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub events: Vec<Event>,
}

#[derive(Debug, Clone, Default)]
pub struct WebhookChanges {
    pub name: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<Event>>,
    pub active: Option<bool>,
    /// Makes a new secret in place of the one that is there.
    pub new_secret: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub enum DeliveryState {
    Waiting,
    Delivered,
    /// It was tried for a day, or can not succeed.
    GivenUp,
}

/// A message for an endpoint, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    pub id: i64,
    pub webhook: i64,
    pub event: String,
    /// The header `webhook-id`.
    pub message_id: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub created_at: i64,
    /// When it is tried next; null when it is over.
    pub due_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// The HTTP status that the last attempt got.
    pub status: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<flow::Note>,
}

#[derive(Debug, FromQueryResult)]
pub(super) struct DeliveryRow {
    id: i64,
    webhook_id: i64,
    event: String,
    message_id: String,
    pub state: String,
    attempts: i64,
    created_at: i64,
    due_at: Option<i64>,
    ended_at: Option<i64>,
    status: Option<i64>,
    error: Option<String>,
}

/// The columns of [`DeliveryRow`].
pub(super) const DELIVERY: &str =
    "id, webhook_id, event, message_id, state, attempts, created_at, due_at, ended_at, status, error";

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let state = match row.state.as_str() {
            "delivered" => DeliveryState::Delivered,
            "given_up" => DeliveryState::GivenUp,
            _ => DeliveryState::Waiting,
        };
        let DeliveryRow { id, webhook_id: webhook, event, message_id, attempts, created_at, .. } = row;
        let DeliveryRow { due_at, ended_at, status, error, .. } = row;
        let error = error.map(flow::Note::read);
        Self { id, webhook, event, message_id, state, attempts, created_at, due_at, ended_at, status, error }
    }
}

/// Somebody, in the body of a webhook.
#[derive(Debug, Clone, Serialize)]
pub struct PersonNote {
    pub id: i64,
    pub username: String,
    pub name: String,
}

/// An order, in the body of a webhook.
#[derive(Debug, Clone, Serialize)]
pub struct OrderNote {
    pub id: i64,
    pub number: Option<i64>,
    pub flow: String,
    pub version: i64,
    pub title: EachLanguage,
    pub requester: PersonNote,
    pub status: String,
    /// Where its page is, below the address of the site.
    pub path: String,
}

/// The body of the event `test`.
#[derive(Debug, Clone, Serialize)]
pub struct TestNote {
    pub webhook: i64,
    pub name: String,
}
