//! The one task of a presence: it hears the other nodes, and does what is due.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::cluster::{Action, Cluster};
use super::notice::Notice;
use crate::layer::{LayerError, Received, SharedLayer};

/// A layer that refuses to be read is asked again after this time.
const PAUSE: Duration = Duration::from_secs(1);

/// What the handles and the task share.
#[derive(Debug)]
pub(super) struct Shared {
    cluster: Mutex<Cluster>,
    /// Something is due earlier than the task knows.
    hastened: Notify,
}

impl Shared {
    pub(super) fn new(cluster: Cluster) -> Arc<Self> {
        Arc::new(Self { cluster: Mutex::new(cluster), hastened: Notify::new() })
    }

    /// Does something, and wakes the task when it has to do something earlier for that.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Cluster) -> T) -> T {
        let mut cluster = self.cluster();
        let due = cluster.due();
        let changed = change(&mut cluster);
        if cluster.due() < due {
            self.hastened.notify_one();
        }
        changed
    }

    /// A panic while the lock was held leaves at worst a wrong list, so poisoning carries no meaning here.
    pub(super) fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Task {
    pub(super) shared: Arc<Shared>,
    pub(super) layer: SharedLayer,
    /// The group of all nodes.
    pub(super) group: String,
    pub(super) channel: String,
}

impl Task {
    /// Runs until it is stopped or the last handle is gone. The receiver is dropped at the very end.
    pub(super) async fn run(self, mut stop: watch::Receiver<()>) {
        let mut readable = Instant::now();
        loop {
            let (actions, due) = {
                let mut cluster = self.shared.cluster();
                (cluster.act(Instant::now()), cluster.due())
            };
            self.perform(actions).await;
            tokio::select! {
                _ = stop.changed() => break,
                () = sleep_until(due) => {}
                () = self.shared.hastened.notified() => {}
                received = self.receive(readable) => match received {
                    Ok(received) => self.hear(received).await,
                    Err(error) => {
                        debug!(%error, "presence hears nothing");
                        readable = Instant::now() + PAUSE;
                    }
                }
            }
        }
        let leave = self.shared.cluster().end();
        self.perform(vec![leave]).await;
        if let Err(error) = self.layer.close_channel(&self.channel).await {
            debug!(%error, "the channel of presence stays until it expires");
        }
    }

    async fn receive(&self, readable: Instant) -> Result<Received, LayerError> {
        sleep_until(readable).await;
        self.layer.receive(&self.channel).await
    }

    async fn hear(&self, received: Received) {
        let now = Instant::now();
        let actions = match received {
            Received::Behind => {
                self.shared.cluster().fall_behind(now);
                Vec::new()
            }
            Received::Message(message) => match Notice::read(&message) {
                Ok(notice) => self.shared.cluster().hear(notice, now),
                Err(error) => return debug!(%error, "a message that is none of presence was ignored"),
            },
        };
        self.perform(actions).await;
    }

    /// What fails is not repeated: the next heartbeat shows the others what they miss.
    async fn perform(&self, actions: Vec<Action>) {
        for action in actions {
            let done = match action {
                Action::Join => self.layer.group_add(&self.group, &self.channel).await,
                Action::Tell(notice) => match notice.write() {
                    Ok(message) => self.layer.group_send(&self.group, message).await,
                    Err(error) => Err(error),
                },
                Action::Answer { channel, notice } => match notice.write() {
                    Ok(message) => self.layer.send(&channel, message).await,
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = done {
                debug!(%error, "presence could not tell the other nodes");
            }
        }
    }
}
