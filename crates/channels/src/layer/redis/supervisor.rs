//! Keeps the connections to all instances of Redis alive, and tells when they are lost and back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::super::local::Local;
use super::super::{LayerError, LayerEvent};
use super::link::Link;
use super::options::RedisOptions;
use super::shard::shard_of;

/// Events that a slow reader may leave unread before it misses some.
const EVENTS: usize = 64;

/// Between two attempts to connect lies at least this time, and twice as much after each failure up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// All instances of one layer.
#[derive(Debug)]
pub(super) struct Links {
    links: Vec<Link>,
    absence: Mutex<Absence>,
    events: broadcast::Sender<LayerEvent>,
    reconnects: AtomicU64,
}

/// How many instances are out of reach, and since when there has been one.
#[derive(Debug)]
struct Absence {
    lost: usize,
    since: Instant,
}

/// What a layer does with its connections.
pub(super) trait Session: Send + Sync + 'static {
    /// The connection on which a layer listens to one instance.
    type Listener: Send;

    fn links(&self) -> &Links;

    fn local(&self) -> &Local;

    /// Opens the listener of an instance, and restores there what this process told it before.
    fn restore(
        &self,
        shard: usize,
        commands: &MultiplexedConnection,
    ) -> impl Future<Output = RedisResult<Self::Listener>> + Send;

    /// Listens until the connection fails.
    fn listen(&self, shard: usize, listener: Self::Listener) -> impl Future<Output = RedisError> + Send;

    /// The instance is out of reach now, so nothing is known about what it still knows of this process.
    fn forget(&self, shard: usize);

    /// What is due every second.
    fn tick(&self) -> impl Future<Output = ()> + Send;
}

impl Links {
    pub(super) fn new(options: &RedisOptions) -> Result<Self, LayerError> {
        Ok(Self {
            links: options.hosts()?.into_iter().map(Link::new).collect(),
            absence: Mutex::new(Absence { lost: 0, since: Instant::now() }),
            events: broadcast::Sender::new(EVENTS),
            reconnects: AtomicU64::new(0),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Link> {
        self.links.iter()
    }

    pub(super) fn get(&self, shard: usize) -> &Link {
        &self.links[shard]
    }

    pub(super) fn shard_of(&self, name: &str) -> usize {
        shard_of(name, self.links.len())
    }

    pub(super) fn link_of(&self, name: &str) -> &Link {
        &self.links[self.shard_of(name)]
    }

    pub(super) fn events(&self) -> broadcast::Receiver<LayerEvent> {
        self.events.subscribe()
    }

    pub(super) fn reconnects(&self) -> u64 {
        self.reconnects.load(Ordering::Relaxed)
    }

    /// Waits until every instance has been reached.
    pub(super) async fn connected(&self) -> Result<(), LayerError> {
        for link in &self.links {
            link.commands().await?;
        }
        Ok(())
    }

    fn lost(&self, shard: usize, error: &RedisError) {
        let link = &self.links[shard];
        link.set_lost();
        warn!(redis = %link.host(), %error, "Redis at {} is out of reach", link.host());
        let mut absence = lock(&self.absence);
        absence.lost += 1;
        if absence.lost == 1 {
            absence.since = Instant::now();
            let _ = self.events.send(LayerEvent::Lost);
        }
    }

    /// Tells every channel that messages may be missing, and the events' readers once all instances are back.
    fn recovered(&self, shard: usize, local: &Local) {
        let link = &self.links[shard];
        info!(redis = %link.host(), "Redis at {} is back", link.host());
        self.reconnects.fetch_add(1, Ordering::Relaxed);
        local.behind_all();
        let mut absence = lock(&self.absence);
        absence.lost -= 1;
        if absence.lost == 0 {
            let _ = self.events.send(LayerEvent::Recovered { after: absence.since.elapsed() });
        }
    }
}

/// The tasks of a layer. They end when it is dropped.
pub(super) fn supervise<S: Session>(session: &Arc<S>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for shard in 0..session.links().len() {
        tasks.spawn(keep_connected(session.clone(), shard));
    }
    let session = session.clone();
    tasks.spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            session.local().sweep_when_due(Instant::now());
            session.tick().await;
        }
    });
    tasks
}

async fn keep_connected<S: Session>(session: Arc<S>, shard: usize) {
    let links = session.links();
    let link = links.get(shard);
    let mut pause = SHORTEST_PAUSE;
    let mut is_lost = false;
    loop {
        match connect(&*session, shard).await {
            Ok((commands, listener)) => {
                link.forget_reports().await;
                link.set_up(commands.clone());
                if std::mem::take(&mut is_lost) {
                    links.recovered(shard, session.local());
                }
                pause = SHORTEST_PAUSE;
                let error = tokio::select! {
                    error = session.listen(shard, listener) => error,
                    error = link.watch(&commands) => error,
                };
                is_lost = true;
                links.lost(shard, &error);
                session.forget(shard);
            }
            Err(error) if !is_lost => {
                is_lost = true;
                links.lost(shard, &error);
            }
            Err(_) => {}
        }
        // Many processes lose Redis at the same time and should not all come back in the same instant.
        sleep(pause.mul_f64(rand::random_range(0.5..=1.0))).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

async fn connect<S: Session>(session: &S, shard: usize) -> RedisResult<(MultiplexedConnection, S::Listener)> {
    let commands = session.links().get(shard).connect().await?;
    // An instance that still loads its data accepts connections, but no commands.
    super::link::ping(&commands).await?;
    let listener = session.restore(shard, &commands).await?;
    Ok((commands, listener))
}

/// A panic while the lock was held can not leave these values half-changed, so poisoning carries no meaning here.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
