//! How nodes are read. Every key is first read into its own type, so that a wrong value or an unknown key is reported
//! at its line; then the kind takes the keys that are its own and refuses the others by name.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::*;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNode {
    id: NodeId,
    name: Words,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<KindName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Vec<Who>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<VoteRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nobody: Option<Nobody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, Access>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeouts: Option<Vec<Timeout>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_to: Option<Vec<NodeId>>,
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    duration: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    #[serde(default, rename = "on", skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batches: Option<Batches>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failures: Option<Threshold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    health: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idempotent: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<NameOrField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    releasers: Option<Vec<Who>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock: Option<Lock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifacts: Option<Vec<String>>,
}

/// The names of [`NodeKind`], so that an unknown one is reported at its line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Start,
    End,
    Approve,
    Handle,
    Condition,
    Fork,
    Join,
    Run,
    Cc,
    Wait,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawNode::deserialize(deserializer)?;
        let (id, name) = (raw.id.clone(), raw.name.clone());
        let mut value = serde_json::to_value(&raw).map_err(D::Error::custom)?;
        if let Some(keys) = value.as_object_mut() {
            keys.remove("id");
            keys.remove("name");
        }
        let kind = NodeKind::deserialize(value).map_err(|error| D::Error::custom(format!("node {id:?}: {error}")))?;
        Ok(Node { id, name, kind })
    }
}

/// Reads a count or a percentage.
fn count_or_percent(text: &str) -> Option<(u32, bool)> {
    let (digits, percent) = match text.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let plain = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u32>().ok().filter(|_| plain)?;
    (!percent || number <= 100).then_some((number, percent))
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match (text.as_str(), count_or_percent(&text)) {
            ("rest", _) => Ok(Size::Rest),
            (_, Some((number, true))) if number > 0 => Ok(Size::Percent(number)),
            (_, Some((number, false))) if number > 0 => Ok(Size::Count(number)),
            _ => Err(format!("{text:?} is no batch; write \"3\", \"25%\" or \"rest\"")),
        }
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        match size {
            Size::Count(count) => count.to_string(),
            Size::Percent(percent) => format!("{percent}%"),
            Size::Rest => "rest".to_owned(),
        }
    }
}

impl TryFrom<String> for Threshold {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match count_or_percent(&text) {
            Some((number, true)) => Ok(Threshold::Percent(number)),
            Some((number, false)) => Ok(Threshold::Count(number)),
            None => Err(format!("{text:?} is no threshold; write \"2\" or \"10%\"")),
        }
    }
}

impl From<Threshold> for String {
    fn from(threshold: Threshold) -> String {
        match threshold {
            Threshold::Count(count) => count.to_string(),
            Threshold::Percent(percent) => format!("{percent}%"),
        }
    }
}

impl Threshold {
    /// How many of `hosts` may fail.
    pub fn of(self, hosts: usize) -> usize {
        match self {
            Threshold::Count(count) => count as usize,
            Threshold::Percent(percent) => hosts * percent as usize / 100,
        }
    }
}

impl Batches {
    /// The sizes of the batches for so many hosts; they add up to `hosts`.
    pub fn of(&self, hosts: usize) -> Vec<usize> {
        let sizes: &[Size] = match self {
            Batches::Way(BatchWay::Parallel) => &[Size::Rest],
            Batches::Way(BatchWay::Serial) => &[Size::Count(1)],
            Batches::Sizes(sizes) => sizes,
        };
        let mut batches = Vec::new();
        let mut left = hosts;
        while left > 0 {
            let size = sizes.get(batches.len()).or(sizes.last()).unwrap_or(&Size::Rest);
            let wanted = match size {
                Size::Count(count) => *count as usize,
                Size::Percent(percent) => (hosts * *percent as usize).div_ceil(100),
                Size::Rest => left,
            };
            let batch = wanted.clamp(1, left);
            batches.push(batch);
            left -= batch;
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(sizes: &[&str]) -> Batches {
        Batches::Sizes(sizes.iter().map(|size| Size::try_from((*size).to_owned()).unwrap()).collect())
    }

    #[test]
    fn batches_add_up_to_all_hosts() {
        assert_eq!(batches(&["1", "25%", "rest"]).of(20), [1, 5, 14]);
        assert_eq!(batches(&["1", "25%", "rest"]).of(1), [1]);
        assert_eq!(batches(&["2"]).of(5), [2, 2, 1]);
        assert_eq!(batches(&["50%"]).of(3), [2, 1]);
        assert_eq!(Batches::Way(BatchWay::Serial).of(3), [1, 1, 1]);
        assert_eq!(Batches::default().of(3), [3]);
        assert!(Batches::default().of(0).is_empty());
    }

    #[test]
    fn a_wrong_batch_is_refused() {
        for text in ["0", "0%", "101%", "-1", "all", "", "%"] {
            assert!(Size::try_from(text.to_owned()).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused_by_name() {
        let node = serde_json::from_str::<Node>(r#"{"id":"a","name":"A","kind":"approve","who":[],"script":"ls"}"#);
        assert!(node.unwrap_err().to_string().contains("`script`"));
        let node = serde_json::from_str::<Node>(r#"{"id":"a","name":"A","kind":"dance"}"#);
        assert!(node.unwrap_err().to_string().contains("`dance`"));
        assert!(serde_json::from_str::<Node>(r#"{"id":"a","name":"A"}"#).is_err());
    }
}
