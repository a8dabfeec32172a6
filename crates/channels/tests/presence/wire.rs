//! What lies between a node and its layer, and may be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use channels::layer::{ChannelLayer, LayerError, LayerEvent, LayerMetrics, Message, Received, SharedLayer};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::broadcast;
use tokio::time::sleep;

#[derive(Debug)]
pub struct Wire {
    layer: SharedLayer,
    /// Nothing passes, in neither direction.
    is_cut: AtomicBool,
    /// So many diffs of this node are lost.
    lost_diffs: AtomicUsize,
    /// So many of a hundred messages of this node are lost.
    loss_percent: AtomicUsize,
    /// Messages of this node arrive after 0 to so many milliseconds, in any order.
    delay_ms: AtomicU64,
    /// The largest message of this node, in bytes.
    pub largest: AtomicUsize,
    /// The messages of this node.
    pub sent: AtomicUsize,
}

impl Wire {
    pub fn new(layer: SharedLayer) -> Arc<Self> {
        Arc::new(Self {
            layer,
            is_cut: AtomicBool::new(false),
            lost_diffs: AtomicUsize::new(0),
            loss_percent: AtomicUsize::new(0),
            delay_ms: AtomicU64::new(0),
            largest: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
        })
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::Relaxed);
        self.lose_percent(0);
        self.delay_ms(0);
    }

    pub fn lose_diffs(&self, diffs: usize) {
        self.lost_diffs.store(diffs, Ordering::Relaxed);
    }

    pub fn lose_percent(&self, percent: usize) {
        self.loss_percent.store(percent, Ordering::Relaxed);
    }

    pub fn delay_ms(&self, longest: u64) {
        self.delay_ms.store(longest, Ordering::Relaxed);
    }

    /// When a message arrives, if it does.
    fn delay(&self) -> Option<Duration> {
        let longest = self.delay_ms.load(Ordering::Relaxed);
        (longest > 0).then(|| Duration::from_millis(rand::random_range(0..longest)))
    }

    fn passes(&self, message: &Message) -> bool {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.largest.fetch_max(serde_json::to_vec(message).unwrap().len(), Ordering::Relaxed);
        let is_diff = message.type_name() == Some("presence.diff");
        let one_less = |diffs: usize| diffs.checked_sub(1);
        if is_diff && self.lost_diffs.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            return false;
        }
        !self.is_cut.load(Ordering::Relaxed) && rand::random_range(0..100) >= self.loss_percent.load(Ordering::Relaxed)
    }
}

impl ChannelLayer for Wire {
    fn send<'a>(&'a self, channel: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        if !self.passes(&message) {
            return ready(Ok(())).boxed();
        }
        let Some(delay) = self.delay() else { return self.layer.send(channel, message) };
        let (layer, channel) = (self.layer.clone(), channel.to_owned());
        tokio::spawn(async move {
            sleep(delay).await;
            let _ = layer.send(&channel, message).await;
        });
        ready(Ok(())).boxed()
    }

    fn receive<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Received, LayerError>> {
        async move {
            loop {
                let received = self.layer.receive(channel).await?;
                if !self.is_cut.load(Ordering::Relaxed) {
                    return Ok(received);
                }
            }
        }
        .boxed()
    }

    fn new_channel(&self) -> String {
        self.layer.new_channel()
    }

    fn close_channel<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.layer.close_channel(channel)
    }

    fn group_add<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.layer.group_add(group, channel)
    }

    fn group_discard<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.layer.group_discard(group, channel)
    }

    fn group_send<'a>(&'a self, group: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        if !self.passes(&message) {
            return ready(Ok(())).boxed();
        }
        let Some(delay) = self.delay() else { return self.layer.group_send(group, message) };
        let (layer, group) = (self.layer.clone(), group.to_owned());
        tokio::spawn(async move {
            sleep(delay).await;
            let _ = layer.group_send(&group, message).await;
        });
        ready(Ok(())).boxed()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), LayerError>> {
        self.layer.flush()
    }

    fn events(&self) -> broadcast::Receiver<LayerEvent> {
        self.layer.events()
    }

    fn metrics(&self) -> LayerMetrics {
        self.layer.metrics()
    }
}
