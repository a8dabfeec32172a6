//! The fast path: one event of the channel layer becomes one ready frame for all sockets of a group in this process.
//!
//! No task of a connection wakes up for it, and nothing is encoded or compressed twice.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OnceCell, oneshot};

use crate::consumer::catch_now;
use crate::groups::{Framed, Groups, Member, Membership, Run};
use crate::layer::{LayerError, Message, Received, SharedLayer};
use crate::mailbox::Weight;
use crate::websocket::{Frame, SendError, Sender, Variant};

/// After an error of the layer, the next message is asked for after this long.
const PAUSE: Duration = Duration::from_secs(1);

/// Turns the events of groups into frames, and gives them to the sockets of this process that are in the group.
///
/// For each group with members here there is one channel and one task. A socket that does not keep up falls behind,
/// and so do all of a group when the layer has lost messages: their consumers are told with `behind`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), channels::layer::LayerError> {
/// use std::sync::Arc;
/// use channels::broadcast::Broadcaster;
/// use channels::layer::{MemoryLayer, Message};
/// use channels::websocket::Frame;
///
/// let broadcaster = Broadcaster::new(Arc::new(MemoryLayer::default()), |_group, event| {
///     Some(Frame::text(event.get("text")?.as_str()?))
/// });
/// // In a consumer: context.join_broadcast(&broadcaster, "lobby").await?;
/// broadcaster.send("lobby", Message::new("chat.message").with("text", "hello")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Broadcaster(Arc<Inner>);

/// Makes the frame of an event, given its group.
type Convert = dyn Fn(&str, &Message) -> Option<Frame> + Send + Sync;

struct Inner {
    layer: SharedLayer,
    convert: Box<Convert>,
    /// By pump and not by name: what a pump that is at its end still sends does not reach the members of the next.
    groups: Groups<u64, Broadcast>,
    pumps: Mutex<Pumps>,
}

#[derive(Default)]
struct Pumps {
    by_group: HashMap<String, Arc<Pump>>,
    next_id: u64,
}

/// What moves the events of one group to its members here.
struct Pump {
    id: u64,
    /// Changed only while the map of pumps is locked.
    members: Mutex<usize>,
    /// Dropped with the pump, which ends its task.
    started: OnceCell<oneshot::Sender<()>>,
}

/// A socket's place in a group of a [`Broadcaster`]. Dropping it leaves the group.
pub struct BroadcastMembership {
    _member: Membership<u64, Broadcast>,
    place: Place,
}

/// A place among the members that keep a pump going.
struct Place {
    broadcaster: Arc<Inner>,
    group: String,
    pump: Arc<Pump>,
}

enum Broadcast {
    Frame(Frame),
    /// The layer has lost messages.
    Behind,
}

impl Framed for Broadcast {
    fn frame(&self) -> Option<&Frame> {
        match self {
            Self::Frame(frame) => Some(frame),
            Self::Behind => None,
        }
    }
}

impl Weight for Broadcast {
    fn weight(&self) -> usize {
        self.frame().map_or(0, Frame::weight)
    }
}

/// A socket of this process.
struct Local(Sender);

impl Member<Broadcast> for Local {
    fn deliver(&self, run: &Run<Broadcast>) {
        let is_lost = |message: &Broadcast| matches!(message, Broadcast::Behind);
        if run.is_behind() || run.messages().iter().any(is_lost) {
            self.0.fall_behind();
        }
        if !self.0.is_behind() && self.0.send_bytes(run.bytes(self.0.variant())) == Err(SendError::Behind) {
            self.0.fall_behind();
        }
    }

    fn variant(&self) -> Variant {
        self.0.variant()
    }
}

impl Broadcaster {
    /// `convert` makes the frame of an event, given the group that it came to; `None` for events that are not for
    /// clients. It is called once for each event, however many sockets there are. When it panics, that is logged, and
    /// the members are behind.
    pub fn new(layer: SharedLayer, convert: impl Fn(&str, &Message) -> Option<Frame> + Send + Sync + 'static) -> Self {
        let (groups, pumps) = Default::default();
        Self(Arc::new(Inner { layer, convert: Box::new(convert), groups, pumps }))
    }

    /// Gives a socket all that is sent to a group from now on, for as long as the membership lives.
    ///
    /// # Errors
    /// Those of [`group_add`](crate::layer::ChannelLayer::group_add), for the first member in this process.
    pub async fn join(&self, group: &str, sender: &Sender) -> Result<BroadcastMembership, LayerError> {
        let place = Place::new(self.0.clone(), group);
        place.pump.started.get_or_try_init(|| self.0.start(group, place.pump.id)).await?;
        let _member = self.0.groups.join(place.pump.id, Arc::new(Local(sender.clone())));
        Ok(BroadcastMembership { _member, place })
    }

    /// Sends an event to a group, in all processes.
    ///
    /// # Errors
    /// Those of [`group_send`](crate::layer::ChannelLayer::group_send).
    pub async fn send(&self, group: &str, message: Message) -> Result<(), LayerError> {
        self.0.layer.group_send(group, message).await
    }

    /// The number of sockets of this process in a group.
    pub fn local_members(&self, group: &str) -> usize {
        self.0.pumps().by_group.get(group).map_or(0, |pump| *lock(&pump.members))
    }
}

impl BroadcastMembership {
    /// Whether it is in this group of this broadcaster.
    pub fn is_in(&self, broadcaster: &Broadcaster, group: &str) -> bool {
        Arc::ptr_eq(&self.place.broadcaster, &broadcaster.0) && self.place.group == group
    }
}

impl Inner {
    fn pumps(&self) -> MutexGuard<'_, Pumps> {
        lock(&self.pumps)
    }

    /// What the members get for an event. One that makes the conversion panic is missed by all of them, but nobody
    /// misses what comes after it.
    fn frame(&self, group: &str, event: &Message) -> Option<Broadcast> {
        match catch_now(|| (self.convert)(group, event)) {
            Ok(frame) => frame.map(Broadcast::Frame),
            Err(panic) => {
                tracing::error!(group, "an event of the group {group} made no frame, its conversion {panic}");
                Some(Broadcast::Behind)
            }
        }
    }

    /// Joins a group of the layer with a channel of its own, and starts the pump. It ends with what is returned.
    async fn start(self: &Arc<Self>, group: &str, id: u64) -> Result<oneshot::Sender<()>, LayerError> {
        let channel = self.layer.new_channel();
        if let Err(error) = self.layer.group_add(group, &channel).await {
            let _ = self.layer.close_channel(&channel).await;
            return Err(error);
        }
        let (stop, stopped) = oneshot::channel();
        let (layer, inner, group) = (self.layer.clone(), Arc::downgrade(self), group.to_owned());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = stopped => {}
                () = pump(&layer, &channel, &group, id, &inner) => {}
            }
            if let Err(error) = layer.close_channel(&channel).await {
                tracing::warn!(%error, "a channel could not be closed");
            }
        });
        Ok(stop)
    }
}

/// Moves events until the broadcaster is gone.
async fn pump(layer: &SharedLayer, channel: &str, group: &str, id: u64, inner: &Weak<Inner>) {
    loop {
        let received = layer.receive(channel).await;
        let Some(inner) = inner.upgrade() else { return };
        let broadcast = match received {
            Ok(Received::Message(message)) => inner.frame(group, &message),
            Ok(Received::Behind) => Some(Broadcast::Behind),
            Err(error) => {
                tracing::error!(group, %error, "the group {group} gets no events: {error}");
                tokio::time::sleep(PAUSE).await;
                Some(Broadcast::Behind)
            }
        };
        if let Some(broadcast) = broadcast {
            inner.groups.send(&id, broadcast);
        }
    }
}

impl Place {
    fn new(broadcaster: Arc<Inner>, group: &str) -> Self {
        let mut pumps = broadcaster.pumps();
        let pump = match pumps.by_group.get(group) {
            Some(pump) => pump.clone(),
            None => {
                pumps.next_id += 1;
                let pump = Arc::new(Pump { id: pumps.next_id, members: Mutex::default(), started: OnceCell::new() });
                pumps.by_group.insert(group.to_owned(), pump.clone());
                pump
            }
        };
        *lock(&pump.members) += 1;
        drop(pumps);
        Self { broadcaster, group: group.to_owned(), pump }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut pumps = self.broadcaster.pumps();
        let mut members = lock(&self.pump.members);
        *members -= 1;
        if *members == 0 {
            pumps.by_group.remove(&self.group);
        }
    }
}

impl fmt::Debug for Broadcaster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Broadcaster").field("groups", &self.0.pumps().by_group.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for BroadcastMembership {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BroadcastMembership").field("group", &self.place.group).finish_non_exhaustive()
    }
}

/// A panic while the lock was held can not leave these maps half-changed, so poisoning carries no meaning here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
