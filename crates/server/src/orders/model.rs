use std::collections::BTreeMap;

use flow::diagram::{Diagram, DiagramChanges};
use flow::form::Values;
use flow::order::RunState;
use flow::{EachLanguage, NodeId, Words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::runs::PinnedScript;

/// How an order stands. A draft is not submitted yet; from `approved` on nothing changes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Draft,
    Discarded,
    Running,
    Returned,
    Cancelling,
    Approved,
    Done,
    Rejected,
    Withdrawn,
    Closed,
}

impl OrderStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Draft => "draft",
            OrderStatus::Discarded => "discarded",
            OrderStatus::Running => "running",
            OrderStatus::Returned => "returned",
            OrderStatus::Cancelling => "cancelling",
            OrderStatus::Approved => "approved",
            OrderStatus::Done => "done",
            OrderStatus::Rejected => "rejected",
            OrderStatus::Withdrawn => "withdrawn",
            OrderStatus::Closed => "closed",
        }
    }

    /// Nothing is kept that is none of these.
    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_value(text.into()).unwrap_or(OrderStatus::Closed)
    }
}

impl From<flow::Status> for OrderStatus {
    fn from(status: flow::Status) -> Self {
        match status {
            flow::Status::Running => OrderStatus::Running,
            flow::Status::Returned => OrderStatus::Returned,
            flow::Status::Cancelling => OrderStatus::Cancelling,
            flow::Status::Approved => OrderStatus::Approved,
            flow::Status::Done => OrderStatus::Done,
            flow::Status::Rejected => OrderStatus::Rejected,
            flow::Status::Withdrawn => OrderStatus::Withdrawn,
            flow::Status::Closed => OrderStatus::Closed,
        }
    }
}

/// A node where an order stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderNode {
    pub id: NodeId,
    pub name: Words,
    /// Since when.
    pub since: i64,
    /// How its run stands, when that asks a person: failed, interrupted, cancelled, or nobody knows whether it is gone.
    #[serde(default)]
    pub run: Option<RunState>,
}

/// An order in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderSummary {
    pub id: i64,
    /// The name of its log.
    pub log: String,
    /// Null for a draft.
    pub number: Option<i64>,
    pub flow: String,
    pub flow_name: Words,
    pub version: i64,
    pub title: EachLanguage,
    pub requester: i64,
    pub status: OrderStatus,
    pub revision: i64,
    /// Where it stands.
    pub nodes: Vec<OrderNode>,
    /// Whom it waits for.
    pub waiting_for: Vec<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub submitted_at: Option<i64>,
    pub closed_at: Option<i64>,
    /// My open tasks.
    pub my_tasks: Vec<i64>,
    /// In the list of copies: not looked at yet.
    pub fresh: bool,
}

/// Which orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderBox {
    /// Those that wait for me: 待我审批.
    Waiting,
    /// Those that I asked for: 我发起的.
    Mine,
    /// Those that I was told of: 抄送我的.
    Copied,
    /// Those in which I decided: 已处理.
    Done,
    /// All in which I have a part; for an administrator, all.
    All,
}

impl OrderBox {
    pub(super) fn part(self) -> &'static str {
        match self {
            OrderBox::Waiting => "waiting",
            OrderBox::Mine => "mine",
            OrderBox::Copied => "copied",
            OrderBox::Done => "done",
            OrderBox::All => "all",
        }
    }
}

/// Which orders of a box. An empty filter is none.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<OrderStatus>,
    pub flow: Option<String>,
    pub requester: Option<i64>,
    /// Made at this time or later.
    pub from: Option<i64>,
    /// Made before this time.
    pub to: Option<i64>,
    /// Words of the title, the form, the flow's name or the requester's, or the number.
    pub query: Option<String>,
}

impl Filter {
    /// Whether it leaves orders out without looking for words.
    pub(super) fn is_narrow(&self) -> bool {
        self.status.is_some() || self.flow.is_some() || self.requester.is_some() || self.from.or(self.to).is_some()
    }
}

/// How many there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderCounts {
    pub waiting: i64,
    /// Mine that have not ended, without drafts.
    pub mine_open: i64,
    pub drafts: i64,
    pub copied_unread: i64,
}

/// The people that the requester chose, by node.
pub type Chosen = BTreeMap<NodeId, Vec<i64>>;

/// What a draft holds. It may still be wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: Values,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<i64>>)]
    pub chosen: Chosen,
}

/// The body of an entry of kind `order`: what one command did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OrderBody {
    /// What happened, without the values of the form.
    pub events: Vec<flow::Event>,
    /// SHA-256 of the stored events with all values, in hexadecimal.
    pub events_sha256: String,
    pub changes: DiagramChanges,
    pub status: OrderStatus,
    pub revision: i64,
    pub nodes: Vec<OrderNode>,
    pub waiting_for: Vec<i64>,
    /// Which version of the form holds from here on.
    pub form_version: i64,
    /// With the submission: what its run nodes run.
    #[serde(default)]
    pub scripts: Vec<PinnedScript>,
}

/// What an entry says, by its kind, beside what rooms say. The log keeps bodies as they are; this is their
/// description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
#[schema(as = OrderEntryBody)]
pub enum EntryBody {
    /// In the room of an order: what one command did.
    Order(OrderBody),
    /// In a feed: a task came or went.
    Task(TaskBody),
    /// In a feed: news of an order.
    OrderNews(OrderNews),
}

/// The body of a feed's entry of kind `task`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskBody {
    pub order: i64,
    pub task: i64,
    pub change: TaskChange,
    /// Why it went.
    pub reason: Option<String>,
    pub by: Option<i64>,
    pub verdict: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskChange {
    Added,
    Removed,
}

/// The body of a feed's entry of kind `order_news`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderNews {
    pub order: i64,
    pub status: OrderStatus,
    pub what: NewsKind,
    pub by: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// My order changed.
    Changed,
    /// I am told of it.
    Copied,
    /// I was asked to join the talk.
    Added,
    /// My task waits for long.
    Reminder,
    /// The requester asks me to hurry.
    Nudge,
}

/// The diagram of an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderDiagram {
    /// The entry that it shows.
    pub seq: i64,
    #[serde(flatten)]
    pub diagram: Diagram,
}

/// Something to do with an order. `command` is the client's id for it: a repeat gets the first answer.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderCommand {
    Decide {
        command: String,
        order: i64,
        #[serde(rename = "move")]
        action: flow::Action,
    },
}
