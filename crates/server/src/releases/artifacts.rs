//! What local steps leave for later ones: stored once for all that leave the same, handed to later steps and hosts, and
//! taken again by an order that brings it back.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use machines::{ArtifactFile, Collected};
use sea_orm::{DbErr, FromQueryResult};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::lease::{Lease, Write};
use super::{Refusal, Releases};
use crate::accounts::Caller;
use crate::clock::now_ms;
use crate::db::Sql;
use crate::values;

/// Bytes of everything that one step leaves, at most.
pub(super) const LARGEST: u64 = 1024 * 1024 * 1024;

/// Where the bytes are.
pub(super) const FOLDER: &str = "artifacts";

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// An artifact as it is kept.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Kept {
    pub node: String,
    pub name: String,
    pub sha256: String,
    pub size: i64,
    pub folder: bool,
    pub commit_hash: Option<String>,
    pub from_order: Option<i64>,
    /// The name of the file with its bytes.
    pub stored: String,
    /// When it was let go of: it can not be had any more.
    pub swept_at: Option<i64>,
}

/// In hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(stored: &str) -> String {
    format!("{FOLDER}/{}/{stored}", &stored[..2])
}

/// The folder of these artifacts on a machine. Others have another one.
pub(super) fn release_name(number: i64, artifacts: &[ArtifactFile]) -> String {
    let all: String = artifacts.iter().map(|file| format!("{}:{};", file.name, file.sha256)).collect();
    format!("{number}-{}", &sha256(all.as_bytes())[..16])
}

impl Releases {
    /// A folder for files that are on their way. It goes with what it is for, and what a killed server left goes at
    /// the next start.
    pub(super) fn temporary_folder(&self) -> io::Result<TempDir> {
        std::fs::create_dir_all(&self.settings.temporary)?;
        TempDir::new_in(&self.settings.temporary)
    }

    pub(super) async fn artifacts(&self, order: i64) -> Result<Vec<Kept>, DbErr> {
        let sql = "SELECT node, name, sha256, size, folder, commit_hash, from_order, stored, swept_at FROM artifact WHERE order_id = $1 ORDER BY at, node, name";
        self.log.db().reader.all(sql, values![order]).await
    }

    /// Brings what other steps of the order left into a folder.
    pub(super) async fn fetch_artifacts(
        &self,
        order: i64,
        node: &str,
        folder: &Path,
    ) -> Result<Vec<ArtifactFile>, Refusal> {
        let mut files: BTreeMap<String, ArtifactFile> = BTreeMap::new();
        for kept in self.artifacts(order).await?.into_iter().filter(|kept| kept.node != node) {
            let name = kept.name.rsplit('/').next().unwrap_or_default().to_owned();
            let path = folder.join(&kept.sha256);
            let mut bytes = self.storage.read(&key(&kept.stored)).await?;
            let mut file = tokio::fs::File::create(&path).await?;
            while let Some(chunk) = bytes.next().await {
                file.write_all(&chunk?).await?;
            }
            file.flush().await?;
            // Of two steps that leave the same name, the later one counts.
            files.insert(name.clone(), ArtifactFile { name, path, sha256: kept.sha256, folder: kept.folder });
        }
        Ok(files.into_values().collect())
    }

    /// Stores what a step has left. It belongs to the order only with the rows that this answers.
    pub(super) async fn store_artifacts(
        &self,
        lease: &Lease,
        collected: Vec<Collected>,
        commit: Option<String>,
    ) -> Result<Vec<Write>, Refusal> {
        let mut rows = Vec::new();
        for Collected { name, path, sha256, size, folder } in collected {
            let stored = match self.stored(&sha256).await? {
                Some(stored) => stored,
                None => self.store(&path, &sha256).await?,
            };
            let kept = Kept {
                node: lease.node.clone(),
                name,
                sha256,
                size: size as i64,
                folder,
                commit_hash: commit.clone(),
                from_order: None,
                stored,
                swept_at: None,
            };
            rows.push(kept.write(lease.order));
        }
        Ok(rows)
    }

    /// The file that an artifact with the same bytes has.
    async fn stored(&self, sha256: &str) -> Result<Option<String>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            stored: String,
        }
        let sql = "SELECT stored FROM artifact WHERE sha256 = $1 AND swept_at IS NULL LIMIT 1";
        let Some(Row { stored }) = self.log.db().reader.one(sql, values![sha256]).await? else { return Ok(None) };
        Ok(self.storage.has(&key(&stored)).await?.then_some(stored))
    }

    /// Stores a file under a name that nobody has had: under another one, it could be deleted while it is stored again.
    async fn store(&self, path: &Path, sha256: &str) -> Result<String, Refusal> {
        let stored = format!("{sha256}-{:016x}", rand::random::<u64>());
        let mut upload = self.storage.upload(&key(&stored)).await?;
        let mut file = tokio::fs::File::open(path).await?;
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            chunk.truncate(read);
            upload.write(Bytes::from(chunk)).await?;
        }
        upload.finish().await?;
        Ok(stored)
    }

    /// What the order that is brought back left at this step, and that order; nothing when the step has to be done.
    pub(super) async fn taken_again(
        &self,
        order: i64,
        node: &str,
        names: &[String],
    ) -> Result<Option<(i64, Vec<Write>)>, DbErr> {
        let sql = "SELECT to_order FROM rollback WHERE order_id = $1";
        let Some(source) = self.log.db().reader.number(sql, values![order]).await? else { return Ok(None) };
        let mut kept = self.artifacts(source).await?;
        kept.retain(|kept| kept.node == node && names.contains(&kept.name) && kept.swept_at.is_none());
        if names.is_empty() || kept.len() < names.len() {
            return Ok(None);
        }
        let again = |kept: Kept| Kept { from_order: kept.from_order.or(Some(source)), ..kept }.write(order);
        Ok(Some((source, kept.into_iter().map(again).collect())))
    }

    /// An artifact's bytes, for people of its order: its name, its size and what it is.
    pub async fn artifact(
        &self,
        caller: &Caller,
        order: i64,
        sha256: &str,
    ) -> Result<(String, i64, BoxStream<'static, Result<Bytes, object_store::Error>>), Refusal> {
        self.orders.may_read(caller, order).await?;
        let kept =
            self.artifacts(order).await?.into_iter().find(|kept| kept.sha256 == sha256 && kept.swept_at.is_none());
        let kept = kept.ok_or(Refusal::ArtifactNotFound)?;
        let name = kept.name.rsplit('/').next().unwrap_or_default();
        let name = if kept.folder { format!("{name}.tar") } else { name.to_owned() };
        Ok((name, kept.size, self.storage.read(&key(&kept.stored)).await?))
    }
}

impl Kept {
    fn write(self, order: i64) -> Write {
        let sql = "INSERT INTO artifact (order_id, node, name, sha256, size, folder, commit_hash, from_order, stored, swept_at, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (order_id, node, name) DO UPDATE SET sha256 = EXCLUDED.sha256, size = EXCLUDED.size, folder = EXCLUDED.folder, commit_hash = EXCLUDED.commit_hash, from_order = EXCLUDED.from_order, stored = EXCLUDED.stored, swept_at = EXCLUDED.swept_at, at = EXCLUDED.at";
        let Kept { node, name, sha256, size, folder, commit_hash, from_order, stored, swept_at } = self;
        let values =
            values![order, node, name, sha256, size, folder, commit_hash, from_order, stored, swept_at, now_ms()];
        (sql, values.into())
    }
}
