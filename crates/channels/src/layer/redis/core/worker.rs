//! Channels without `!`, from which any process may receive: each message goes to one of them.
//!
//! They are read on every instance, because Python spreads their messages over all. While somebody here waits, a task
//! of its own takes messages out of Redis, never more than there are readers. When the last reader gives up, the task
//! asks Redis to end the waiting, which tells for certain whether a message was taken; one that was taken and that
//! nobody here waits for goes back to its old place.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::super::super::{LayerError, Message, Received};
use super::super::link::{Link, RESPONSE_TIMEOUT, timed_out};
use super::super::supervisor::lock;
use super::deliver::{Popped, WAIT_SECONDS};
use super::{Core, RedisLayer};

/// The task of a channel that nobody reads ends after this time.
const LINGER: Duration = Duration::from_secs(30);

/// Between two attempts to reach Redis lies this time.
const PAUSE: Duration = Duration::from_millis(500);

/// How many readers of this process wait for messages of one channel.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand(watch::Sender<usize>);

impl Demand {
    fn readers(&self) -> usize {
        *self.0.borrow()
    }

    fn wait(&self) -> Waiting {
        self.0.send_modify(|readers| *readers += 1);
        Waiting(self.clone())
    }

    /// Waits until the number of readers is one of these.
    async fn becomes(&self, is_wanted: impl Fn(usize) -> bool) {
        let mut readers = self.0.subscribe();
        // The sender lives as long as this future borrows it.
        let _ = readers.wait_for(|readers| is_wanted(*readers)).await;
    }
}

/// One reader, for as long as it waits.
struct Waiting(Demand);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.send_modify(|readers| *readers -= 1);
    }
}

impl RedisLayer {
    pub(super) async fn receive_shared(&self, channel: &str) -> Result<Received, LayerError> {
        let _waiting = self.wait_for(channel);
        self.core.local.receive(channel).await
    }

    fn wait_for(&self, channel: &str) -> Waiting {
        let mut workers = lock(&self.core.workers);
        if let Some(demand) = workers.get(channel) {
            return demand.wait();
        }
        let demand = Demand::default();
        let waiting = demand.wait();
        let channel = Arc::<str>::from(channel);
        workers.insert(channel.clone(), demand.clone());
        drop(workers);
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(serve(self.core.clone(), channel, demand));
        waiting
    }
}

async fn serve(core: Arc<Core>, channel: Arc<str>, demand: Demand) {
    let idle = async {
        loop {
            demand.becomes(|readers| readers == 0).await;
            let returns = timeout(LINGER, demand.becomes(|readers| readers > 0)).await;
            if returns.is_err() && core.retire(&channel) {
                return;
            }
        }
    };
    tokio::select! {
        _ = join_all(core.links.iter().map(|link| core.fetch(link, &channel, &demand))) => {}
        () = idle => {}
    }
}

impl Core {
    /// Takes messages out of one instance for as long as the future lives.
    async fn fetch(&self, link: &Link, channel: &str, demand: &Demand) {
        loop {
            demand.becomes(|readers| readers > 0).await;
            if let Ok(connection) = link.connect_blocking().await {
                // It only ends when the connection fails; the supervisor says so in the log.
                let _ = self.fetch_on(link, connection, channel, demand).await;
            }
            sleep(PAUSE).await;
        }
    }

    async fn fetch_on(
        &self,
        link: &Link,
        mut connection: MultiplexedConnection,
        channel: &str,
        demand: &Demand,
    ) -> RedisResult<()> {
        let mut client_id = redis::cmd("CLIENT");
        let client_id = client_id.arg("ID").query_async(&mut connection);
        let id: u64 = timeout(RESPONSE_TIMEOUT, client_id).await.unwrap_or_else(|_| Err(timed_out()))?;
        let key = self.mailbox_key(channel);
        let mut pop = redis::cmd("BZPOPMIN");
        pop.arg(&key).arg(WAIT_SECONDS);
        loop {
            demand.becomes(|readers| readers > self.local.queue_len(channel)).await;
            let answer = pop.query_async::<Popped>(&mut connection);
            let Some((_, payload, score)) = self.or_unblocked(link, id, demand, answer).await? else { continue };
            let is_awaited = demand.readers() > self.local.queue_len(channel);
            if is_awaited || !self.put_back(link, &key, &payload, score).await {
                self.hand_to(channel, &payload);
            }
        }
    }

    /// The answer to a pop, which is ended early when nobody waits for it any more.
    async fn or_unblocked(
        &self,
        link: &Link,
        id: u64,
        demand: &Demand,
        answer: impl Future<Output = RedisResult<Popped>>,
    ) -> Result<Popped, RedisError> {
        let mut answer = std::pin::pin!(answer);
        let patience = Duration::from_secs(WAIT_SECONDS) + RESPONSE_TIMEOUT;
        tokio::select! {
            answer = timeout(patience, &mut answer) => return answer.unwrap_or_else(|_| Err(timed_out())),
            () = demand.becomes(|readers| readers == 0) => {}
        }
        if let Ok(mut commands) = link.commands().await {
            let mut unblock = redis::cmd("CLIENT");
            unblock.arg("UNBLOCK").arg(id);
            let _ = link.answer(unblock.query_async::<()>(&mut commands)).await;
        }
        timeout(patience, answer).await.unwrap_or_else(|_| Err(timed_out()))
    }

    /// Answers whether the message waits in Redis again.
    async fn put_back(&self, link: &Link, key: &str, payload: &[u8], score: f64) -> bool {
        let mut pipeline = redis::Pipeline::new();
        pipeline.zadd(key, payload, score).ignore();
        pipeline.expire(key, self.expiry_seconds as i64).ignore();
        link.run::<()>(&pipeline).await.is_ok()
    }

    fn hand_to(&self, channel: &str, payload: &[u8]) {
        match self.codec.decode_for(payload) {
            Ok((_, message)) => self.local.deliver(channel, Arc::<Message>::new(message)),
            Err(error) => self.refuse(&error),
        }
    }

    /// Ends the task of a channel, unless somebody waits again.
    fn retire(&self, channel: &str) -> bool {
        let mut workers = lock(&self.workers);
        let is_idle = workers.get(channel).is_some_and(|demand| demand.readers() == 0);
        if is_idle {
            workers.remove(channel);
        }
        is_idle
    }
}
