use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a delivery is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookKind {
    /// Standard Webhooks: id, time and body, by HMAC-SHA256.
    Standard,
    /// As GitHub, Gitea and Forgejo do: the body, by HMAC-SHA256.
    Github,
}

impl HookKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            HookKind::Standard => "standard",
            HookKind::Github => "github",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        match text {
            "github" => HookKind::Github,
            _ => HookKind::Standard,
        }
    }
}

/// Where another program starts orders of a flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hook {
    pub id: i64,
    pub name: String,
    pub kind: HookKind,
    pub flow: String,
    /// Whose orders they are: the person's permissions are asked as if they submitted each.
    pub account: i64,
    /// A condition (CEL) over `payload`, `event`, `branch`, `tag` and `commit`; what it does not hold for is ignored.
    /// Empty: it holds.
    pub filter: String,
    /// Expressions over the same, by field of the form.
    pub fields: BTreeMap<String, String>,
    pub active: bool,
    pub created_at: i64,
}

#[derive(Debug, Clone)]
pub struct NewHook {
    pub name: String,
    pub kind: HookKind,
    pub flow: String,
    pub account: i64,
    pub filter: String,
    pub fields: BTreeMap<String, String>,
}

/// What is not named stays.
#[derive(Debug, Clone, Default)]
pub struct HookChanges {
    pub flow: Option<String>,
    pub account: Option<i64>,
    pub filter: Option<String>,
    pub fields: Option<BTreeMap<String, String>>,
    pub active: Option<bool>,
}

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryResult {
    /// An order.
    Started,
    /// Nothing: the filter did not hold, or it was only a ping.
    Ignored,
    /// A refusal. The same delivery may come again.
    Refused,
}

impl DeliveryResult {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            DeliveryResult::Started => "started",
            DeliveryResult::Ignored => "ignored",
            DeliveryResult::Refused => "refused",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        match text {
            "started" => DeliveryResult::Started,
            "ignored" => DeliveryResult::Ignored,
            _ => DeliveryResult::Refused,
        }
    }
}

/// A delivery whose signature was right.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HookDelivery)]
pub struct Delivery {
    /// The sender's id of it.
    pub delivery: String,
    pub at: i64,
    pub event: String,
    pub result: DeliveryResult,
    pub order: Option<i64>,
    /// Why it was ignored or refused.
    pub note: flow::Note,
}

/// What the sender hears.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HookAnswer)]
pub struct Answer {
    pub result: DeliveryResult,
    pub order: Option<i64>,
    /// Whether it had come before: then this is the first answer.
    pub repeated: bool,
    pub note: String,
}
