//! What administrators and other people with permissions changed: written beside the change, and only ever added to.

use sea_orm::{DbErr, FromQueryResult, Value};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Accounts, Caller, Refusal};
use crate::db::Sql;
use crate::log::Tx;
use crate::text;
use crate::values;

/// Events in a page, at most.
const PAGE: i64 = 200;

/// Something that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminEvent {
    pub id: i64,
    pub at: i64,
    /// Who did it; null for the server itself, or somebody at its command line.
    pub by: Option<i64>,
    /// What was done to what kind of thing, as in `host.created`.
    pub what: String,
    /// The name of that thing.
    pub subject: String,
    /// What else there is to know of it. Never a secret.
    #[schema(value_type = serde_json::Value)]
    pub details: Box<RawValue>,
}

/// Which events to list; without any filter all of them.
#[derive(Debug, Clone, Default)]
pub struct AdminEventFilter {
    /// Older than this event.
    pub before: Option<i64>,
    pub who: Option<i64>,
    /// One kind as in `host.created`, or all of a thing, as in `host`.
    pub what: Option<String>,
    pub subject: Option<String>,
    /// From this time on.
    pub from: Option<i64>,
    /// Before this time.
    pub until: Option<i64>,
    pub limit: Option<i64>,
}

/// Writes an event in the transaction of the change that it tells of.
pub(crate) async fn note(
    tx: &Tx<'_>,
    by: Option<i64>,
    what: &'static str,
    subject: &str,
    details: &impl Serialize,
) -> Result<(), DbErr> {
    let details = serde_json::to_string(details).map_err(|error| DbErr::Json(error.to_string()))?;
    let sql = "INSERT INTO admin_event (at, person_id, what, subject, details) VALUES ($1, $2, $3, $4, $5)";
    tx.sql().run(sql, values![tx.now, by, what, subject, details]).await?;
    Ok(())
}

impl Accounts {
    /// Events, newest first (administrators); and whether there are older ones.
    pub async fn admin_events(
        &self,
        caller: &Caller,
        filter: AdminEventFilter,
    ) -> Result<(Vec<AdminEvent>, bool), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            at: i64,
            person_id: Option<i64>,
            what: String,
            subject: String,
            details: String,
        }
        Self::administrators_only(caller)?;
        let AdminEventFilter { before, who, what, subject, from, until, limit } = filter;
        let limit = limit.unwrap_or(50).clamp(1, PAGE);
        let mut wanted = vec!["TRUE".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let mut want = |condition: &str, value: Value| {
            values.push(value);
            wanted.push(condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(before) = before {
            want("id < ?", before.into());
        }
        if let Some(who) = who {
            want("person_id = ?", who.into());
        }
        if let Some(what) = what {
            let what = text::line("what", &what, 1, 64)?;
            match what.contains('.') {
                true => want("what = ?", what.into()),
                false => want("what LIKE ? || '.%'", what.into()),
            }
        }
        if let Some(subject) = subject {
            want("subject = ?", text::line("subject", &subject, 1, 200)?.into());
        }
        if let Some(from) = from {
            want("at >= ?", from.into());
        }
        if let Some(until) = until {
            want("at < ?", until.into());
        }
        let sql = format!(
            "SELECT id, at, person_id, what, subject, details FROM admin_event WHERE {} ORDER BY id DESC LIMIT {}",
            wanted.join(" AND "),
            limit + 1
        );
        let mut rows: Vec<Row> = self.log.db().reader.all(&sql, values).await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let event = |row: Row| {
            let Row { id, at, person_id: by, what, subject, details } = row;
            let details = RawValue::from_string(details).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok(AdminEvent { id, at, by, what, subject, details })
        };
        Ok((rows.into_iter().map(event).collect::<Result<_, DbErr>>()?, has_more))
    }
}
