//! Start and stop: wires the services, listens, and lets everything end in order.

use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use channels::layer::{MemoryLayer, RedisOptions, RedisPubSubLayer, SharedLayer};
use channels::protocol::close_code;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tracing_subscriber::EnvFilter;

use crate::accounts::Accounts;
use crate::audit::Keeper;
use crate::clock::now_ms;
use crate::config::{Config, LogFormat};
use crate::db::Database;
use crate::hooks::Hooks;
use crate::inventory::Inventory;
use crate::local_runner;
use crate::log::Log;
use crate::orders::{Orders, SampleTeam};
use crate::outbox::{Options, Outbox};
use crate::outgoing::Targets;
use crate::releases::{self, Releases};
use crate::rooms::{Command, Presence, RoomKind, Rooms};
use crate::stop::{Stop, Stopper, stop};
use crate::storage::Storage;
use crate::tally::Tally;
use crate::tls;
use crate::vault::Vault;
use crate::web::{self, Metrics, Services, Web};

/// Pages of SQLite in a MiB.
const PAGES_PER_MIB: u32 = 256;

/// Messages of the channel layer that may wait for this node.
const LAYER_CAPACITY: usize = 10_000;

/// Connections that are open at shutdown get this long to end.
const GRACE: Duration = Duration::from_secs(5);

/// Live connections are asked to go in this many portions with a pause between, so that clients spread their return.
const DRAIN_BATCHES: usize = 20;
const DRAIN_PAUSE: Duration = Duration::from_millis(100);

/// The product, ready to serve.
pub struct App {
    web: Web,
    listener: TcpListener,
    stop: Stopper,
    tasks: JoinSet<()>,
    writers: Vec<JoinHandle<()>>,
    /// Ends with the keeper, who then signs what was written last.
    keeper: JoinHandle<Keeper>,
    /// Held for as long as the server runs: SQLite has one writer.
    _lock: File,
}

pub fn init_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// Ctrl-C or SIGTERM.
pub async fn shutdown_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

impl App {
    pub async fn build(config: Config) -> Result<Self> {
        std::fs::create_dir_all(&config.data)
            .with_context(|| format!("can not make the folder {}", config.data.display()))?;
        let lock = lock(&config)?;
        // Bound before the database is opened, so that a taken port is said at once.
        let listener =
            TcpListener::bind(config.listen).await.with_context(|| format!("can not listen on {}", config.listen))?;
        let (db, writers) = match &config.database {
            Some(url) => (
                Database::open_postgres(url, config.writers).await.context("can not open the PostgreSQL database")?,
                config.writers,
            ),
            None => {
                let max_pages = config.max_database_mib.map(|mib| mib.saturating_mul(PAGES_PER_MIB));
                (Database::open_sqlite(&config.data, max_pages).await.context("can not open the SQLite database")?, 1)
            }
        };
        let metrics = Metrics::install().context("can not count what happens")?;
        let (stop, stopped) = stop();
        let shared = config.database.is_some();
        let (writers, batch) = (writers as usize, config.batch as usize);
        let (layer, (log, writers)) = match layer(&config)? {
            Some(layer) => (layer.clone(), Log::start_shared(db, writers, batch, layer, stopped.clone())),
            None => (Arc::new(MemoryLayer::default()) as SharedLayer, Log::start_batched(db, writers, batch)),
        };
        // For outgoing https; one that is installed already does as well.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let keeper = Keeper::open(&config, log.db().reader.clone()).context("can not begin the audit trail")?;
        let presence = Presence::start(log.clone(), layer).await.context("can not start presence")?;
        let files = config.files.clone().unwrap_or_else(|| config.data.join("files"));
        let storage = Storage::folder(&files).context("can not open the folder for files")?;
        let owner = name_of(&config)?;
        let key = config.vault_key.clone().unwrap_or_else(|| config.data.join("keys").join("vault.key"));
        let vault = Vault::open(&log, &key).await.context("can not open the vault of secrets")?;
        let accounts = Accounts::new(log.clone());
        let inventory =
            Inventory::open(log.clone(), accounts.clone(), vault.clone(), local_runner::prepare(&config, &owner)?)
                .await?;
        let rooms =
            Rooms::new(log.clone(), accounts.clone(), storage.clone(), config.max_file_mib * 1024 * 1024, presence);
        let orders = Orders::new(log.clone(), accounts.clone());
        let hooks = Hooks::new(log.clone(), accounts.clone(), orders.clone(), vault.clone());
        let outbox = outbox(&config, &log, vault)?;
        let tally = Tally::new(log.clone());
        first_boot(&config, &accounts, &inventory, &rooms, &orders).await?;
        let settings = releases::Settings {
            owner,
            lease: Duration::from_millis(config.lease_ms),
            max_output: config.max_output_mib * 1024 * 1024,
            keep_releases: config.keep_releases,
            keep_artifacts: Duration::from_secs(u64::from(config.keep_artifacts_days) * 24 * 3600),
            temporary: config.data.join("releases"),
        };
        let releases = Releases::new(log.clone(), rooms.clone(), orders.clone(), inventory.clone(), storage, settings);
        let services = Services {
            log: log.clone(),
            accounts,
            inventory,
            rooms: rooms.clone(),
            orders: orders.clone(),
            releases: releases.clone(),
            hooks,
            outbox: outbox.clone(),
            tally: tally.clone(),
            metrics: metrics.clone(),
        };
        let web = Web::new(config, services, stopped.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(rooms.presence.clone().announce(stopped.clone()));
        tasks.spawn(orders.fire_timers(stopped.clone()));
        tasks.spawn(releases.run(stopped.clone()));
        tasks.spawn(outbox.deliver(stopped.clone()));
        tasks.spawn(tally.roll(stopped.clone()));
        tasks.spawn(watch_sessions(web.clone(), stopped.clone()));
        tasks.spawn(tidy(web.clone(), stopped.clone()));
        let keeper = tokio::spawn(keeper.run(stopped.clone()));
        if shared {
            tasks.spawn(log.catch_up(stopped));
        }
        Ok(Self { web, listener, stop, tasks, writers, keeper, _lock: lock })
    }

    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `shutdown`, then ends connections, finishes what is being written, and returns.
    pub async fn serve(mut self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let config = self.web.config.clone();
        let scheme = if config.tls_cert.is_some() { "https" } else { "http" };
        println!("listening on {scheme}://{}", self.address()?);
        if config.is_insecure() {
            tracing::warn!("people reach this server over the network without https: passwords can be read on the way");
        }
        let connections = self.web.connections.clone();
        let router = web::router(self.web).into_make_service_with_connect_info::<tls::Peer>();
        let stopper = self.stop;
        let mut stopped = stopper.subscribe();
        let graceful = async move { stopped.wait().await };
        let deadline = async {
            shutdown.await;
            tracing::info!("stopping");
            stopper.stop();
            let batch = connections.len() / DRAIN_BATCHES + 1;
            connections.drain(close_code::GOING_AWAY, "restarting", batch, DRAIN_PAUSE).await;
            tokio::time::sleep(GRACE).await;
        };
        let served = async {
            match tls::acceptor(&config)? {
                Some(acceptor) => {
                    let listener = tls::TlsListener::start(self.listener, acceptor);
                    axum::serve(listener, router).with_graceful_shutdown(graceful).await?;
                }
                None => {
                    let listener = tls::NoDelay(self.listener);
                    axum::serve(listener, router).with_graceful_shutdown(graceful).await?;
                }
            }
            anyhow::Ok(())
        };
        tokio::select! {
            served = served => served?,
            () = deadline => {}
        }
        stopper.stop();
        while self.tasks.join_next().await.is_some() {}
        for writer in self.writers {
            // The queue ends with its last sender; a connection that is still open may hold one.
            let _ = tokio::time::timeout(GRACE, writer).await;
        }
        self.keeper.await?.keep().await;
        Ok(())
    }
}

/// The channel layer that connects this node with others, if there are any.
fn layer(config: &Config) -> Result<Option<SharedLayer>> {
    if config.layer.is_empty() {
        return Ok(None);
    }
    // Announcements are small and come in bursts.
    let limits = channels::layer::Options::default().capacity(LAYER_CAPACITY);
    let options = RedisOptions::new(&config.layer).prefix(&config.layer_prefix).limits(limits);
    let layer = RedisPubSubLayer::start(options).context("the option --layer is wrong")?;
    Ok(Some(Arc::new(layer)))
}

/// The name of this server among those on one database. It stays with the data folder, which only one can use.
fn name_of(config: &Config) -> Result<String> {
    let path = config.data.join("name");
    if let Ok(name) = std::fs::read_to_string(&path)
        && !name.trim().is_empty()
    {
        return Ok(name.trim().to_owned());
    }
    let name = format!("{:016x}", rand::random::<u64>());
    std::fs::write(&path, &name).with_context(|| format!("can not write {}", path.display()))?;
    Ok(name)
}

fn outbox(config: &Config, log: &Log, vault: Vault) -> Result<Outbox> {
    let options = Options {
        mail: config.smtp_url.clone().zip(config.mail_from.clone()),
        public_url: config.public_url.clone(),
        targets: Targets::new(config.webhook_allow.clone()),
    };
    Outbox::new(log.clone(), vault, options).context("webhooks and mails can not be sent")
}

fn lock(config: &Config) -> Result<File> {
    let path = config.data.join("lock");
    let file = File::create(&path).with_context(|| format!("can not write to {}", config.data.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!("another server uses the folder {}", config.data.display()),
        Err(std::fs::TryLockError::Error(error)) => Err(error).context("can not lock the data folder"),
    }
}

async fn first_boot(
    config: &Config,
    accounts: &Accounts,
    inventory: &Inventory,
    rooms: &Rooms,
    orders: &Orders,
) -> Result<()> {
    let Some(password) = accounts.create_first_administrator(config.admin_password.clone()).await? else {
        return Ok(());
    };
    if config.admin_password.is_none() {
        println!("first administrator: admin, password {password} (shown only now)");
    }
    if config.bare {
        return Ok(());
    }
    let (people, password) = accounts.create_sample_team().await?;
    println!("sample team: zhangkun, fulele, jiawenlong, password {password} (shown only now)");
    let admin = accounts.caller_named("admin").await?;
    let topic = "大家都在这里 · Everybody is here";
    let room = rooms.create_room(&admin, "sample-room".into(), RoomKind::Public, "大厅 Lobby", topic, people).await?;
    let callers = SampleTeam {
        admin: admin.clone(),
        zhangkun: accounts.caller_named("zhangkun").await?,
        fulele: accounts.caller_named("fulele").await?,
        jiawenlong: accounts.caller_named("jiawenlong").await?,
    };
    orders.create_samples(&callers).await?;
    inventory.create_samples(&admin, &[&callers.zhangkun, &callers.fulele, &callers.jiawenlong]).await?;
    let speeches = [
        (
            "admin",
            "欢迎来到会签!在这里聊天、审批、发布。\nWelcome to Countersign: talk, approve and release on one page.",
        ),
        ("zhangkun", "v1.4.2 修了登录超时,今天上午发。"),
        ("fulele", "@zhangkun 回滚方案确认过了吗?"),
        ("zhangkun", "确认过,保留 v1.4.1 构建产物。"),
        ("jiawenlong", "**好的**,我来看一下 `web-2` 的健康检查。"),
    ];
    for (index, (username, text)) in speeches.into_iter().enumerate() {
        let caller = accounts.caller_named(username).await?;
        let command = format!("sample-{index}");
        rooms
            .execute(&caller, Command::Say { command, room: room.id, text: text.into(), reply_to: None, files: vec![] })
            .await?;
    }
    Ok(())
}

/// Ends connections whose session expired, or was ended on another node.
async fn watch_sessions(web: Web, mut stop: Stop) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            () = stop.wait() => return web.clear_parking(),
            _ = ticks.tick() => {
                web.sweep_parking();
                web.metrics.tidy();
                if let Err(error) = web.accounts.close_ended_sessions().await {
                    tracing::warn!(%error, "could not look for sessions that ended");
                }
            }
        }
    }
}

/// Forgets what is over: expired sessions, files that were never sent, old answers, artifacts of old releases.
async fn tidy(web: Web, mut stop: Stop) {
    let mut ticks = tokio::time::interval(Duration::from_secs(600));
    loop {
        tokio::select! {
            () = stop.wait() => return,
            _ = ticks.tick() => {
                web.forget_rates();
                if let Err(error) = web.accounts.forget_expired().await {
                    tracing::warn!(%error, "could not forget what has expired");
                }
                if let Err(error) = web.outbox.tidy().await {
                    tracing::warn!(%error, "could not forget messages that were delivered");
                }
                if let Err(error) = web.tally.tidy().await {
                    tracing::warn!(%error, "could not forget old counts");
                }
                if let Err(error) = web.rooms.sweep_files().await {
                    tracing::warn!(%error, "could not delete files that nobody needs");
                }
                if let Err(error) = web.releases.sweep_artifacts(now_ms()).await {
                    tracing::warn!(%error, "could not delete artifacts that nobody needs");
                }
            }
        }
    }
}
