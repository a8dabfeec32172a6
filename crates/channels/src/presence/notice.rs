//! What the nodes tell each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::options::MAX_NAME_BYTES;
use crate::layer::{LayerError, Message, check_channel_name};

/// Names in one message take at most this much, so that the message has no more than 64 KiB even when the layer
/// encrypts it, which adds a third, and repeats a few names of its own in it.
const PAGE_BYTES: usize = 44 << 10;

/// The node's own names are shorter. Somebody else's longer one is refused.
const MAX_NODE_BYTES: usize = 64;

/// Keys by group.
pub(super) type Names = BTreeMap<String, Vec<String>>;

/// A message of one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Notice {
    /// The random name of the node that tells this.
    pub(super) node: String,
    /// Where the node is to be answered.
    pub(super) channel: String,
    /// The version of the node's entries: every diff makes the next one, and before the first diff there is nothing.
    pub(super) version: u64,
    #[serde(flatten)]
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Body {
    /// The node lives.
    #[serde(rename = "presence.heartbeat")]
    Heartbeat,
    /// The node lives, and may know nothing of the others: they send a heartbeat soon.
    #[serde(rename = "presence.hello")]
    Hello,
    /// The step from the version before to this one.
    #[serde(rename = "presence.diff")]
    Diff { joined: Names, left: Names },
    /// Asks one node for the part of its entries that follows this one.
    #[serde(rename = "presence.ask")]
    Ask { after: Option<(String, String)> },
    /// The answer: all entries after that one up to the last one here, or up to the end unless there are `more`.
    #[serde(rename = "presence.state")]
    State { after: Option<(String, String)>, entries: Names, more: bool },
    /// The node ends, and its entries leave.
    #[serde(rename = "presence.leave")]
    Leave,
}

impl Notice {
    /// # Errors
    /// [`LayerError::Serialization`]: no message of a node, or names that are too long.
    pub(super) fn read(message: &Message) -> Result<Self, LayerError> {
        let notice: Self = message.to()?;
        check_channel_name(&notice.channel)?;
        if notice.node.len() > MAX_NODE_BYTES || !notice.body.is_within_limits() {
            return Err(LayerError::Serialization(format!("a name is longer than {MAX_NAME_BYTES} bytes")));
        }
        Ok(notice)
    }

    /// # Errors
    /// [`LayerError::Serialization`]: never, because every field has a form in msgpack.
    pub(super) fn write(&self) -> Result<Message, LayerError> {
        Message::from_serialize(self)
    }
}

impl Body {
    fn is_within_limits(&self) -> bool {
        let fit = |names: &Names| names.iter().all(|(group, keys)| fits(group) && keys.iter().all(|key| fits(key)));
        match self {
            Self::Diff { joined, left } => fit(joined) && fit(left),
            Self::State { entries, .. } => fit(entries),
            Self::Ask { after } => after.as_ref().is_none_or(|(group, key)| fits(group) && fits(key)),
            Self::Heartbeat | Self::Hello | Self::Leave => true,
        }
    }
}

fn fits(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES
}

/// The room for names in one message.
#[derive(Debug, Default)]
pub(super) struct Page {
    taken_bytes: usize,
    group: String,
}

impl Page {
    /// A page that holds one entry.
    pub(super) fn starting_with(group: &str, key: &str) -> Self {
        let mut page = Self::default();
        page.takes(group, key);
        page
    }

    /// Takes an entry, unless the page is full. The entries of a group come one after the other.
    pub(super) fn takes(&mut self, group: &str, key: &str) -> bool {
        let is_new_group = self.group != group || self.taken_bytes == 0;
        // A diff may name the group twice: among those that joined and those that left.
        let group_bytes = if is_new_group { 2 * written_bytes(group) } else { 0 };
        let bytes = group_bytes + written_bytes(key);
        if self.taken_bytes + bytes > PAGE_BYTES {
            return false;
        }
        self.taken_bytes += bytes;
        if is_new_group {
            group.clone_into(&mut self.group);
        }
        true
    }
}

/// The most that a name takes in msgpack or JSON, with quotes, separators and the head of a list.
fn written_bytes(name: &str) -> usize {
    let escaped = |byte: u8| match byte {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    8 + name.bytes().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(body: Body) -> Notice {
        Notice { node: "a".repeat(32), channel: "specific.a!b".to_owned(), version: 7, body }
    }

    fn names() -> Names {
        Names::from([("room 7".to_owned(), vec!["人".to_owned(), "\u{0}\"".to_owned()])])
    }

    #[test]
    fn every_notice_comes_back_as_it_was_told() {
        let after = Some(("room".to_owned(), "key".to_owned()));
        for body in [
            Body::Heartbeat,
            Body::Hello,
            Body::Diff { joined: names(), left: Names::new() },
            Body::Ask { after: None },
            Body::Ask { after: after.clone() },
            Body::State { after, entries: names(), more: true },
            Body::Leave,
        ] {
            let told = notice(body);
            assert_eq!(Notice::read(&told.write().unwrap()).unwrap(), told);
        }
    }

    #[test]
    fn what_no_node_writes_is_refused() {
        let good = || notice(Body::Heartbeat).write().unwrap();
        let too_long = Names::from([("room".to_owned(), vec!["a".repeat(MAX_NAME_BYTES + 1)])]);
        for refused in [
            Message::default(),
            Message::new("chat.message"),
            good().with("type", "presence.unknown"),
            good().with("node", 5),
            good().with("node", "a".repeat(MAX_NODE_BYTES + 1)),
            good().with("channel", "no channel"),
            good().with("version", -1),
            good().with("version", 0.5),
            good().with("type", "presence.diff"),
            good().with("type", "presence.diff").with("joined", 1).with("left", 2),
            notice(Body::Diff { joined: Names::new(), left: too_long }).write().unwrap(),
        ] {
            assert!(Notice::read(&refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn a_full_page_has_less_than_64_kib_in_both_formats() {
        for key_of in [|number: usize| number.to_string(), |number: usize| format!("{}{number}", "\u{0}".repeat(200))] {
            let (mut page, mut entries) = (Page::default(), Names::new());
            for number in 0.. {
                let (group, key) = (format!("room-{}", number / 3), key_of(number));
                if !page.takes(&group, &key) {
                    break;
                }
                entries.entry(group).or_default().push(key);
            }
            let message = notice(Body::State { after: None, entries, more: true }).write().unwrap();
            for bytes in [serde_json::to_vec(&message).unwrap().len(), rmp_serde::to_vec(&message).unwrap().len()] {
                assert!(bytes * 4 / 3 < 64 << 10, "{bytes}");
            }
        }
    }
}
