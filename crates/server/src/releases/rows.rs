//! The hosts of an attempt, as they are kept: what the order does not know, such as the run's name there and how much of
//! its output was taken.

use flow::Note;
use flow::order::HostState;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::lease::Lease;
pub(super) use super::lease::Write;
use crate::db::Sql;
use crate::values;

/// One script on one host; the host is empty on this machine.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct HostRow {
    pub host: String,
    pub batch: i64,
    pub run: String,
    pub machine: Option<String>,
    state: String,
    pub exit: Option<i64>,
    note: Option<String>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub progress: Option<i64>,
    pub output: Option<i64>,
    pub taken: i64,
    pub cut: bool,
    pub commit_hash: Option<String>,
}

/// How a host ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostEnd {
    pub state: HostState,
    pub exit: Option<i32>,
    pub note: Option<Note>,
}

impl HostEnd {
    pub fn new(state: HostState, note: impl Into<Note>) -> Self {
        Self { state, exit: None, note: Some(note.into()) }
    }
}

impl HostRow {
    pub fn state(&self) -> HostState {
        serde_json::from_value(self.state.as_str().into()).unwrap_or_default()
    }

    pub fn note(&self) -> Option<Note> {
        self.note.clone().map(Note::read)
    }

    pub fn is_local(&self) -> bool {
        self.host.is_empty()
    }
}

fn name(state: HostState) -> String {
    serde_json::json!(state).as_str().unwrap_or_default().to_owned()
}

pub(super) async fn of_attempt(
    sql: &impl ConnectionTrait,
    order: i64,
    node: &str,
    attempt: u32,
) -> Result<Vec<HostRow>, DbErr> {
    let text = "SELECT host, batch, run, machine, state, exit, note, started_at, ended_at, progress, output, taken, cut, commit_hash FROM run_host WHERE order_id = $1 AND node = $2 AND attempt = $3 ORDER BY position";
    sql.all(text, values![order, node, i64::from(attempt)]).await
}

/// One host in the latest attempts that it was part of, newest first; without a name it is this machine.
pub(super) async fn of_host(
    sql: &impl ConnectionTrait,
    order: i64,
    node: &str,
    host: Option<&str>,
    most: i64,
) -> Result<Vec<(u32, HostRow)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        attempt: i64,
        #[sea_orm(nested)]
        row: HostRow,
    }
    let text = "SELECT attempt, host, batch, run, machine, state, exit, note, started_at, ended_at, progress, output, taken, cut, commit_hash FROM run_host WHERE order_id = $1 AND node = $2 AND host = $3 ORDER BY attempt DESC LIMIT $4";
    let rows: Vec<Row> = sql.all(text, values![order, node, host.unwrap_or_default(), most]).await?;
    Ok(rows.into_iter().map(|Row { attempt, row }| (attempt as u32, row)).collect())
}

/// The key of a host's row, and what follows it.
fn key<const N: usize>(lease: &Lease, host: &str, more: [Value; N]) -> Vec<Value> {
    let key = values![lease.order, lease.node.clone(), i64::from(lease.attempt), host];
    key.into_iter().chain(more).collect()
}

pub(super) fn insert(lease: &Lease, host: &str, position: usize, batch: usize, machine: Option<String>) -> Write {
    // Known before anything is touched, and to nobody before: nothing else that runs there has this name.
    let run = format!("o{}-{:016x}", lease.order, rand::random::<u64>());
    let sql = "INSERT INTO run_host (order_id, node, attempt, host, position, batch, run, machine, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting')";
    (sql, key(lease, host, values![position as i64, batch as i64, run, machine]))
}

pub(super) fn begin(lease: &Lease, host: &str, at: i64) -> Write {
    let sql = "UPDATE run_host SET state = 'running', started_at = $5 WHERE order_id = $1 AND node = $2 AND attempt = $3 AND host = $4";
    (sql, key(lease, host, values![at]))
}

pub(super) fn end(lease: &Lease, host: &str, end: &HostEnd, at: i64) -> Write {
    let sql = "UPDATE run_host SET state = $5, exit = $6, note = $7, ended_at = $8 WHERE order_id = $1 AND node = $2 AND attempt = $3 AND host = $4";
    (sql, key(lease, host, values![name(end.state), end.exit.map(i64::from), end.note.as_ref().map(Note::kept), at]))
}

pub(super) fn opens_output(lease: &Lease, host: &str, output: i64) -> Write {
    let sql = "UPDATE run_host SET output = $5 WHERE order_id = $1 AND node = $2 AND attempt = $3 AND host = $4";
    (sql, key(lease, host, values![output]))
}

/// `taken` bytes of the output are in its log.
pub(super) fn takes(lease: &Lease, host: &str, taken: i64, progress: Option<i64>, commit: Option<String>) -> Write {
    let sql = "UPDATE run_host SET taken = $5, progress = COALESCE($6, progress), commit_hash = COALESCE($7, commit_hash) WHERE order_id = $1 AND node = $2 AND attempt = $3 AND host = $4";
    (sql, key(lease, host, values![taken, progress, commit]))
}

pub(super) fn cuts(lease: &Lease, host: &str) -> Write {
    let sql = "UPDATE run_host SET cut = TRUE WHERE order_id = $1 AND node = $2 AND attempt = $3 AND host = $4";
    (sql, key(lease, host, []))
}
