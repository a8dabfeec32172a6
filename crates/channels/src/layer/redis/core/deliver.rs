//! From the mailbox of this process into its channels.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisError, RedisResult};
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::super::super::LayerError;
use super::super::super::local::Local;
use super::super::codec::Addressee;
use super::super::link::{RESPONSE_TIMEOUT, timed_out};
use super::super::supervisor::{Links, Session, lock};
use super::Core;

/// How long Redis holds back its answer while a mailbox is empty, in seconds.
pub(super) const WAIT_SECONDS: u64 = 5;

/// How many more messages one round trip brings.
const MORE: usize = 100;

/// What a pop of a mailbox answers: the key, a payload, its score.
pub(super) type Popped = Option<(Vec<u8>, Vec<u8>, f64)>;

impl Session for Core {
    type Listener = MultiplexedConnection;

    fn links(&self) -> &Links {
        &self.links
    }

    fn local(&self) -> &Local {
        &self.local
    }

    async fn restore(&self, shard: usize, commands: &MultiplexedConnection) -> RedisResult<MultiplexedConnection> {
        let listener = self.links.get(shard).connect_blocking().await?;
        self.rejoin(shard, commands).await?;
        Ok(listener)
    }

    async fn listen(&self, _shard: usize, mut listener: MultiplexedConnection) -> RedisError {
        let key = self.mailbox_key(&self.process);
        let capacity = self.local.options().capacity_of(&self.process);
        let mut pipeline = Pipeline::new();
        pipeline.cmd("BZPOPMIN").arg(&key).arg(WAIT_SECONDS);
        pipeline.zcard(&key);
        pipeline.zpopmin(&key, MORE as isize);
        let patience = Duration::from_secs(WAIT_SECONDS) + RESPONSE_TIMEOUT;
        let too_long = self.local.options().expiry.max(patience);
        loop {
            let asked = Instant::now();
            let answer = timeout(patience, pipeline.query_async(&mut listener)).await;
            let (first, waiting, more): (Popped, usize, Vec<(Vec<u8>, f64)>) = match answer {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return error,
                Err(_) => return timed_out(),
            };
            // Senders who found the mailbox full could not tell whose messages they dropped, and messages expired
            // unseen when this process stood still.
            if waiting + usize::from(first.is_some()) >= capacity || asked.elapsed() >= too_long {
                self.local.behind_all();
            }
            let first = first.map(|(_, payload, _)| payload);
            first
                .into_iter()
                .chain(more.into_iter().map(|(payload, _)| payload))
                .for_each(|payload| self.hand_out(&payload));
        }
    }

    fn forget(&self, shard: usize) {
        lock(&self.joined).retain(|group| self.links.shard_of(group) != shard);
    }

    async fn tick(&self) {
        self.renew_when_due().await;
    }
}

impl Core {
    fn hand_out(&self, payload: &[u8]) {
        let (addressee, message) = match self.codec.decode_for(payload) {
            Ok(decoded) => decoded,
            Err(error) => return self.refuse(&error),
        };
        let message = Arc::new(message);
        match addressee {
            Addressee::Mailbox => self.refuse(&LayerError::Serialization("it is for no channel".to_owned())),
            Addressee::Channel(channel) if channel.starts_with(&self.process) => self.local.deliver(&channel, message),
            Addressee::Channel(channel) => self.refuse(&LayerError::NotLocal(channel)),
            Addressee::Members(members) => {
                for member in members {
                    if let Some(group) = self.group_of_member(&member) {
                        self.local.group_send(group, &message);
                    } else if member.starts_with(&self.process) {
                        self.local.deliver(&member, message.clone());
                    }
                }
            }
        }
    }

    pub(super) fn refuse(&self, error: &LayerError) {
        warn!(%error, "a message from Redis was dropped");
        self.local.count_dropped(1);
    }
}
