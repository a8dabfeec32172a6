//! The keys of `run` nodes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Span, Who, is_default};

/// A script on this machine, or on each host of a group. The engine decides that it runs; the server runs it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The script's text.
    pub script: String,
    /// Where it runs.
    #[serde(default, rename = "on", skip_serializing_if = "is_default")]
    pub place: Place,
    /// The hosts' batches: `parallel`, `serial`, or a list of counts, percentages and `rest`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub batches: Batches,
    /// How many hosts may fail before the run has failed: a count or a percentage; none when it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failures: Threshold,
    /// The pause between batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Span>,
    /// A command that must succeed on every host of a batch before the next batch begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// The longest that one host may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Whether an attempt that was interrupted runs again by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub idempotent: bool,
    /// Environment variables, each the result of a CEL expression over the form.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The names of the secrets that it receives as environment variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// The application that it releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The environment that it releases to: a name, or `{field: id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<NameOrField>,
    /// Who is asked when it fails, and may cancel it; administrators always may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releasers: Vec<Who>,
    /// What happens when another release holds the lock of this application and environment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lock: Lock,
    /// The files that it leaves behind for later nodes, relative to its working folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<String>,
}

/// Where a script runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the server itself.
    #[default]
    Local,
    /// On each host of a group.
    Group(String),
    /// On each host of the group that a text, choice or group field names.
    Field(String),
}

/// A name, or the field that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "a name, or {field: id}")]
pub enum NameOrField {
    /// The name itself.
    Name(String),
    /// The field of the form that holds the name.
    Field(FieldName),
}

/// The field of [`NameOrField`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldName {
    /// The field's identifier.
    pub field: String,
}

/// Whether a second release of one application and environment waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// It waits for the lock.
    #[default]
    Wait,
    /// It fails at once.
    Refuse,
}

/// How hosts are grouped into batches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "parallel, serial, or a list such as [\"1\", \"25%\", rest]")]
pub enum Batches {
    /// `parallel`, all at once, or `serial`, one after the other.
    Way(BatchWay),
    /// Such as `["1", "25%", "rest"]`; the last entry repeats until no host is left.
    Sizes(Vec<Size>),
}

impl Default for Batches {
    fn default() -> Self {
        Batches::Way(BatchWay::Parallel)
    }
}

/// The two short ways to say how hosts are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BatchWay {
    /// All hosts at once.
    Parallel,
    /// One host after the other.
    Serial,
}

/// A number of hosts: `"3"`, `"25%"` or `"rest"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Size {
    /// So many hosts.
    Count(u32),
    /// So many percent of all hosts, at least one.
    Percent(u32),
    /// All that are left.
    Rest,
}

/// How many hosts may fail: `"0"`, `"2"` or `"10%"`, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Threshold {
    /// So many hosts.
    Count(u32),
    /// So many percent of all hosts.
    Percent(u32),
}

impl Default for Threshold {
    fn default() -> Self {
        Threshold::Count(0)
    }
}
