//! A flow as people write it: form, nodes, links and rules.

mod duration;
mod layout;
mod node;
mod raw;
mod run;

pub use duration::Span;
pub use layout::Position;
pub use node::*;
pub use run::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::form::Field;
use crate::words::Words;

/// The bounds of a definition. [`crate::graph::Flow::new`] names the first thing that is beyond one.
pub mod bounds {
    /// The most nodes.
    pub const NODES: usize = 500;
    /// The most links.
    pub const LINKS: usize = 1_000;
    /// The most fields, columns of tables included.
    pub const FIELDS: usize = 100;
    /// The longest identifier of a flow, node or field in bytes.
    pub const IDENTIFIER: usize = 64;
    /// The longest name, label or link text in characters.
    pub const NAME: usize = 200;
    /// The longest description, help or reason in characters.
    pub const TEXT: usize = 4_000;
    /// The longest script in bytes.
    pub const SCRIPT: usize = 65_536;
    /// The most people, groups or roles that one list names.
    pub const WHO: usize = 100;
    /// The most people that one node may ask.
    pub const SEATS: usize = 500;
    /// The most options of a choice.
    pub const OPTIONS: usize = 200;
    /// The most time limits, batches, parameters, secrets or artifacts of a node.
    pub const ENTRIES: usize = 50;
    /// The most returns and passes over one node that a flow may allow.
    pub const LOOPS: u32 = 1_000;
    /// The furthest that a node may be drawn from the origin, either way.
    pub const DISTANCE: i32 = 100_000;
}

/// One version of a flow. [`crate::graph::Flow::new`] checks it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The flow's slug, such as `leave`: small letters, digits and hyphens.
    pub flow: String,
    /// The name in the catalogue.
    pub name: Words,
    /// What the flow is for.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub description: Words,
    /// The title of an order, with `{field}` for the values of its form. Without one it is the flow's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The fields that the requester fills in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<Field>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links between them. The links of a condition are tried in this order.
    pub links: Vec<Link>,
    /// What holds for the whole flow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Rules,
    /// Where nodes are drawn. A node without a position is placed by whoever draws. Positions of nodes that are not
    /// there are kept and ignored: in a text that is being written, a node may come later than its place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layout: BTreeMap<NodeId, Position>,
}

/// A way from one node to another.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where it begins.
    pub from: NodeId,
    /// Where it leads.
    pub to: NodeId,
    /// From a condition: the CEL expression under which it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// From a condition: it is taken when no expression holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub otherwise: bool,
    /// It is taken only after this outcome of its node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Outcome>,
    /// What stands beside it in the diagram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Words>,
}

/// The outcomes that can have a link of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An `approve` node was rejected.
    Rejected,
    /// A `run` node failed.
    Failed,
}

/// What holds for a whole flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Whether somebody who approved the step before is asked again.
    #[serde(skip_serializing_if = "is_default")]
    pub same_person_twice: SamePersonTwice,
    /// How long the requester may withdraw.
    #[serde(skip_serializing_if = "is_default")]
    pub withdraw: Withdraw,
    /// Where an order goes after a return.
    #[serde(skip_serializing_if = "is_default")]
    pub resubmit: Resubmit,
    /// How often one node may be entered before somebody has to look, from 1 to 1,000.
    pub loop_cap: u32,
    /// The offset of dates from UTC, such as `+08:00`. It says when a day of the form begins.
    #[serde(skip_serializing_if = "is_default")]
    pub utc_offset: UtcOffset,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            same_person_twice: SamePersonTwice::default(),
            withdraw: Withdraw::default(),
            resubmit: Resubmit::default(),
            loop_cap: 20,
            utc_offset: UtcOffset::default(),
        }
    }
}

/// Whether somebody who approved the step before is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SamePersonTwice {
    /// They are asked each time.
    #[default]
    Ask,
    /// The second approval is given by itself and marked as automatic.
    Automatic,
}

/// How long the requester may withdraw. While an order is returned to them they always may, unless it is `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Withdraw {
    /// Until somebody has decided something.
    #[default]
    BeforeFirstVerdict,
    /// Until the order has ended.
    Anytime,
    /// Not at all.
    Never,
}

/// Where an order goes after a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resubmit {
    /// Through every step again (逐级重审).
    #[default]
    EveryStep,
    /// Straight to the node that returned it (直达退回人); from inside a fork, to that fork.
    Direct,
}

/// An offset from UTC in minutes, written `+08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UtcOffset {
    /// Minutes east of UTC, from -1,439 to 1,439.
    pub minutes: i32,
}

impl TryFrom<String> for UtcOffset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no offset from UTC; write +08:00");
        let (sign, rest) = match text.as_bytes().first() {
            Some(b'+') => (1, &text[1..]),
            Some(b'-') => (-1, &text[1..]),
            _ => return Err(wrong()),
        };
        let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
        let number = |part: &str, most: i32| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i32>().ok().filter(|value| digits && *value <= most)
        };
        let (hours, minutes) = number(hours, 23).zip(number(minutes, 59)).ok_or_else(wrong)?;
        Ok(UtcOffset { minutes: sign * (hours * 60 + minutes) })
    }
}

impl From<UtcOffset> for String {
    fn from(offset: UtcOffset) -> String {
        let sign = if offset.minutes < 0 { '-' } else { '+' };
        let minutes = offset.minutes.abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Keeps defaults out of what is written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
