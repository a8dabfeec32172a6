//! Announcements: to the connections of this node at once, and to the other nodes over the channel layer.
//!
//! The layer may lose what it is given. Whoever then misses entries finds them by looking into the database, which a
//! node does at once when it learns that something was lost, and every few seconds anyhow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use channels::groups::Groups;
use channels::layer::{LayerError, LayerEvent, Message, Received, SharedLayer, Value};
use channels::websocket::Frame;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};

use super::entry::{Batch, Entry, LogId};
use super::{Log, Push, Topic};
use crate::stop::Stop;

/// The layer's group of all nodes. Each gets every announcement: nodes are few, and a subscription for each room that
/// somebody looks at would cost more than to drop what nobody here listens to.
const GROUP: &str = "log";

const TYPE: &str = "log.announce";

/// Announcements that wait to be sent to other nodes, at most. Beyond, they are told to look into the database.
const QUEUE: usize = 4096;

/// Announcements in one message of the layer, at most.
const TOGETHER: usize = 64;

/// Bytes of entries in an announcement, at most; beyond, other nodes read them from the database.
const MAX_BATCH: usize = 256 * 1024;

/// Clones share the groups and the queue.
#[derive(Debug, Clone)]
pub(super) struct Announcer {
    pub groups: Groups<Topic, Push>,
    relay: Option<Arc<Relay>>,
}

#[derive(Debug)]
struct Relay {
    queue: mpsc::Sender<Announcement>,
    /// Announcements were not sent: the others have to look for themselves.
    lost: AtomicBool,
    /// This node is in the group of all nodes, as far as it knows.
    connected: AtomicBool,
}

/// What goes to other nodes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Announcement {
    Batch { log: LogId, entries: Vec<Entry>, revoked: Vec<(i64, i64, String)> },
    Advanced { log: i64, last_seq: i64 },
    Signal { topic: Topic, message: String },
    Close { topic: Topic },
    Lost,
}

/// The end of the queue that goes to other nodes.
pub(super) type Outgoing = mpsc::Receiver<Announcement>;

impl Announcer {
    /// For a node that is alone.
    pub fn alone() -> Self {
        Self { groups: Groups::new(), relay: None }
    }

    /// For one of several nodes; what it announces has to be given to [`Log::exchange`].
    pub fn shared() -> (Self, Outgoing) {
        let (queue, outgoing) = mpsc::channel(QUEUE);
        let relay = Relay { queue, lost: AtomicBool::new(false), connected: AtomicBool::new(false) };
        (Self { groups: Groups::new(), relay: Some(Arc::new(relay)) }, outgoing)
    }

    /// Tells the connections that listen to a topic, here and on other nodes.
    pub fn announce(&self, topic: Topic, push: Push) {
        if let Some(relay) = &self.relay
            && relay.queue.try_send(Announcement::of(topic, &push)).is_err()
        {
            relay.lost.store(true, Ordering::Release);
        }
        self.tell(topic, push);
    }

    /// Tells the connections of this node. A session that is over ends before anything that is announced later.
    fn tell(&self, topic: Topic, push: Push) {
        match push {
            Push::Close => self.groups.send_now(&topic, push),
            _ => {
                self.groups.send(&topic, push);
            }
        }
    }

    fn take_lost(&self) -> bool {
        self.relay.as_ref().is_some_and(|relay| relay.lost.swap(false, Ordering::AcqRel))
    }

    /// Whether other nodes hear of what is new at once. A node that is alone has none.
    pub fn is_connected(&self) -> bool {
        self.relay.as_ref().is_none_or(|relay| relay.connected.load(Ordering::Relaxed))
    }

    fn set_connected(&self, connected: bool) {
        if let Some(relay) = &self.relay {
            relay.connected.store(connected, Ordering::Relaxed);
        }
    }

    fn set_lost(&self) {
        if let Some(relay) = &self.relay {
            relay.lost.store(true, Ordering::Release);
        }
    }

    /// Tells the connections of this node what another one announced.
    fn repeat(&self, announcement: Announcement) {
        let (topic, push) = match announcement {
            Announcement::Batch { log, entries, revoked } => {
                if self.groups.len(&Topic::Log(log.id())) == 0 {
                    return;
                }
                let mut batch = Batch::new(log);
                batch.entries = entries;
                batch.revoked = revoked.into_iter().map(|(seq, person, why)| (seq, person, reason(&why))).collect();
                (Topic::Log(log.id()), Push::Batch(Arc::new(batch)))
            }
            Announcement::Advanced { log, last_seq } => (Topic::Log(log), Push::Advanced { log, last_seq }),
            Announcement::Signal { topic, message } => (topic, Push::Signal(Frame::text(&message))),
            Announcement::Close { topic } => (topic, Push::Close),
            Announcement::Lost => return,
        };
        self.tell(topic, push);
    }
}

impl Announcement {
    fn of(topic: Topic, push: &Push) -> Self {
        match push {
            Push::Batch(batch) if batch.weight() > MAX_BATCH && batch.revoked.is_empty() => {
                Announcement::Advanced { log: batch.log.id(), last_seq: batch.last() }
            }
            Push::Batch(batch) => {
                let revoked = batch.revoked.iter().map(|(seq, person, why)| (*seq, *person, (*why).to_owned()));
                Announcement::Batch { log: batch.log, entries: batch.entries.clone(), revoked: revoked.collect() }
            }
            Push::Advanced { log, last_seq } => Announcement::Advanced { log: *log, last_seq: *last_seq },
            Push::Signal(frame) => {
                Announcement::Signal { topic, message: frame.as_text().unwrap_or_default().to_owned() }
            }
            Push::Close => Announcement::Close { topic },
        }
    }
}

/// Why somebody lost access, as another node said it.
fn reason(why: &str) -> &'static str {
    match why {
        "left" => "left",
        _ => "removed",
    }
}

impl Log {
    /// Exchanges announcements with the other nodes, until `stop`.
    pub(super) async fn exchange(self, layer: SharedLayer, outgoing: Outgoing, mut stop: Stop) {
        let (channel, events) = (layer.new_channel(), layer.events());
        let exchange = async {
            tokio::join!(
                self.send_announcements(&layer, &channel, outgoing),
                self.receive_announcements(&layer, &channel, events)
            )
        };
        tokio::select! {
            () = stop.wait() => {}
            _ = exchange => {}
        }
        if let Err(error) = layer.close_channel(&channel).await {
            tracing::debug!(%error, "the channel of this node stays until it expires");
        }
    }

    async fn send_announcements(&self, layer: &SharedLayer, channel: &str, mut outgoing: Outgoing) {
        let mut waiting = Vec::with_capacity(TOGETHER);
        while outgoing.recv_many(&mut waiting, TOGETHER).await > 0 {
            if self.announcer.take_lost() {
                waiting.push(Announcement::Lost);
            }
            if let Err(error) = send(layer, channel, &waiting).await {
                // What waits behind it would fail, too, and each after a time.
                while outgoing.try_recv().is_ok() {}
                self.announcer.set_lost();
                tracing::debug!(%error, "other nodes were not told of new entries; they look for them");
            }
            waiting.clear();
        }
    }

    async fn receive_announcements(
        &self,
        layer: &SharedLayer,
        channel: &str,
        mut events: broadcast::Receiver<LayerEvent>,
    ) {
        self.join_nodes(layer, channel).await;
        loop {
            tokio::select! {
                received = layer.receive(channel) => match received {
                    Ok(Received::Message(message)) => self.take_announcements(channel, &message).await,
                    Ok(Received::Behind) => self.look_for_entries().await,
                    Err(error) => {
                        tracing::warn!(%error, "announcements of other nodes do not arrive");
                        self.join_nodes(layer, channel).await;
                    }
                },
                event = events.recv() => match event {
                    Ok(LayerEvent::Lost) => {
                        self.announcer.set_connected(false);
                        tracing::warn!("the channel layer is out of reach; entries of other nodes come later");
                    }
                    Ok(LayerEvent::Recovered { after }) => {
                        self.announcer.set_connected(true);
                        tracing::info!("the channel layer is back after {after:?}");
                        self.look_for_entries().await;
                        // The others do not know what this node could not tell them.
                        if let Err(error) = send(layer, channel, &[Announcement::Lost]).await {
                            tracing::debug!(%error, "the channel layer is out of reach again");
                        }
                    }
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    /// Joins the group of all nodes, however long it takes.
    async fn join_nodes(&self, layer: &SharedLayer, channel: &str) {
        while let Err(error) = layer.group_add(GROUP, channel).await {
            tracing::warn!(%error, "can not join the other nodes yet");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        self.announcer.set_connected(true);
        self.look_for_entries().await;
    }

    async fn take_announcements(&self, channel: &str, message: &Message) {
        if message.get("from").and_then(Value::as_str) == Some(channel) {
            return;
        }
        let announcements = message.get("announcements").and_then(Value::as_str).unwrap_or_default();
        let announcements: Vec<Announcement> = match serde_json::from_str(announcements) {
            Ok(announcements) => announcements,
            Err(error) => {
                // A node of another version.
                tracing::debug!(%error, "an announcement of another node is not understood");
                return self.look_for_entries().await;
            }
        };
        for announcement in announcements {
            match announcement {
                Announcement::Lost => self.look_for_entries().await,
                announcement => self.announcer.repeat(announcement),
            }
        }
    }

    async fn look_for_entries(&self) {
        if let Err(error) = self.announce_advances().await {
            tracing::warn!(%error, "could not look for entries of other nodes");
        }
    }
}

async fn send(layer: &SharedLayer, channel: &str, announcements: &[Announcement]) -> Result<(), LayerError> {
    let text = serde_json::to_string(announcements).map_err(|error| LayerError::Serialization(error.to_string()))?;
    layer.group_send(GROUP, Message::new(TYPE).with("from", channel).with("announcements", text)).await
}
