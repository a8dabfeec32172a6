//! Signs where chains end: when the server starts, every hour, and when it stops.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};

use super::Failure;
use super::checkpoint::Head;
use super::file::CheckpointFile;
use super::key::{Key, PublicKey};
use super::webhook::Webhook;
use crate::chain;
use crate::clock::now_ms;
use crate::config::Config;
use crate::db::Sql;
use crate::stop::Stop;
use crate::values;

const INTERVAL: Duration = Duration::from_secs(3600);

/// Rooms in one checkpoint, at most; more rooms make more checkpoints. It bounds a line of the file and what a webhook
/// gets at once.
const MOST_HEADS: i64 = 10_000;

/// Keeps checkpoints of the rooms in a database.
#[derive(Debug)]
pub struct Keeper {
    db: DatabaseConnection,
    file: CheckpointFile,
    webhook: Option<Webhook>,
    /// The last number of each room that this process has signed: 16 bytes a room. It starts empty, so that the first
    /// checkpoint names all rooms, and each later one those that have grown.
    signed: HashMap<i64, i64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    last_seq: i64,
    head: Vec<u8>,
}

impl Keeper {
    pub fn open(config: &Config, db: DatabaseConnection) -> Result<Self, Failure> {
        let path = config.audit_file.clone().unwrap_or_else(|| config.data.join("audit-checkpoints.jsonl"));
        let mut keeper = Self::on(&config.data, &path, db)?;
        let webhook = config.audit_webhook.clone().map(|url| Webhook::new(url, &path));
        keeper.webhook = webhook.transpose()?;
        Ok(keeper)
    }

    /// With the key of a data folder, into a file, without a webhook.
    pub fn on(folder: &Path, file: &Path, db: DatabaseConnection) -> Result<Self, Failure> {
        let file = CheckpointFile::open(file.to_owned(), Key::open_or_make(folder)?)?;
        Ok(Self { db, file, webhook: None, signed: HashMap::new() })
    }

    /// Signs every hour, until the server stops; whoever waits for it has the last checkpoint to make.
    pub async fn run(mut self, mut stop: Stop) -> Self {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                () = stop.wait() => return self,
                _ = ticks.tick() => self.keep().await,
            }
        }
    }

    /// [`Keeper::checkpoint`], whose failure is said and made up for by the next one.
    pub async fn keep(&mut self) {
        if let Err(error) = self.checkpoint().await {
            tracing::error!(%error, "the ends of the rooms' chains could not be signed; it is tried again in an hour");
        }
    }

    /// Signs the ends of the chains that have grown since the last time. At least one checkpoint is written, which says
    /// that nothing has, if nothing has.
    pub async fn checkpoint(&mut self) -> Result<(), Failure> {
        let (mut after, mut first) = (0, true);
        loop {
            let rows = self.heads_after(after).await?;
            let Some(last) = rows.last().map(|row| row.id) else { break };
            after = last;
            let grown: Vec<Row> =
                rows.into_iter().filter(|row| self.signed.get(&row.id) != Some(&row.last_seq)).collect();
            if !grown.is_empty() {
                let positions: Vec<_> = grown.iter().map(|row| (row.id, row.last_seq)).collect();
                self.file.append(now_ms(), grown.into_iter().filter_map(Row::head).collect())?;
                self.signed.extend(positions);
                first = false;
            }
        }
        if first {
            self.file.append(now_ms(), vec![])?;
        }
        if let Some(webhook) = &mut self.webhook {
            webhook.send().await;
        }
        Ok(())
    }

    async fn heads_after(&self, id: i64) -> Result<Vec<Row>, DbErr> {
        let sql = "SELECT id, last_seq, head FROM log WHERE id > $1 AND head IS NOT NULL ORDER BY id LIMIT $2";
        self.db.all(sql, values![id, MOST_HEADS]).await
    }
}

impl Row {
    /// Nothing when somebody has put something else in its place; the other rooms are signed all the same.
    fn head(self) -> Option<Head> {
        let Row { id: room, last_seq: seq, head } = self;
        match head.try_into() {
            Ok(hash) => Some(Head { room, seq, hash: chain::to_hex(&hash) }),
            Err(_) => {
                tracing::error!(room.id = room, "the end of the chain of room {room} is no hash and was not signed");
                None
            }
        }
    }
}

/// The public key of a data folder.
pub fn public_key(folder: &Path) -> Result<PublicKey, Failure> {
    Ok(Key::open(folder)?.public())
}
