//! Absences: who decides for somebody while they are away.

use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::groups::directory_changed;
use super::{Accounts, Caller, Refusal};
use crate::db::Sql;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Absences of one person that are kept at the same time, at most.
const ABSENCES: i64 = 50;

/// An absence lasts two years at most.
const LONGEST_MS: i64 = 2 * 366 * 24 * 3_600_000;

/// Somebody decides for somebody else for a time.
#[derive(Debug, Clone, Serialize, FromQueryResult, ToSchema)]
pub struct Absence {
    pub id: i64,
    pub person: i64,
    pub to: i64,
    /// Only for orders of this flow; null for all.
    pub flow: Option<String>,
    pub from_at: i64,
    pub until_at: i64,
    pub reason: String,
}

#[derive(Debug, Clone)]
pub struct NewAbsence {
    pub person: i64,
    pub to: i64,
    pub flow: Option<String>,
    pub from_at: i64,
    pub until_at: i64,
    pub reason: String,
}

/// One's own, or anybody's for an administrator.
fn own_or_administrator(caller: &Caller, person: i64) -> Result<(), Refusal> {
    if person == caller.id() || caller.is_administrator() { Ok(()) } else { Err(Refusal::AdministratorsOnly) }
}

impl Accounts {
    /// The absences of a person that are not over.
    pub async fn absences(&self, caller: &Caller, person: i64) -> Result<Vec<Absence>, Refusal> {
        own_or_administrator(caller, person)?;
        let sql = "SELECT id, person_id AS person, to_id AS \"to\", flow, from_at, until_at, reason FROM absence WHERE person_id = $1 AND until_at > $2 ORDER BY from_at, id";
        Ok(self.log.db().reader.all(sql, values![person, crate::clock::now_ms()]).await?)
    }

    pub async fn create_absence(&self, caller: &Caller, new: NewAbsence) -> Result<Absence, Refusal> {
        own_or_administrator(caller, new.person)?;
        let NewAbsence { person, to, flow, from_at, until_at, reason } = new;
        let reason = text::line("reason", &reason, 0, 200)?;
        let flow = flow.map(|flow| text::line("flow", &flow, 1, 64)).transpose()?;
        if to == person {
            return Err(FieldError::new("to", Rule::Invalid).into());
        }
        if until_at <= from_at || until_at.saturating_sub(from_at) > LONGEST_MS || from_at < 0 {
            return Err(FieldError::new("until_at", Rule::Invalid).into());
        }
        let row = Absence { id: 0, person, to, flow, from_at, until_at, reason };
        self.log
            .work::<Absence, Refusal, _>(None, move |tx| {
                let mut row = row.clone();
                Box::pin(async move {
                    let known =
                        tx.sql().number("SELECT id FROM person WHERE id = $1 AND active", values![row.to]).await?;
                    known.ok_or(FieldError::new("to", Rule::Unknown))?;
                    let sql = "SELECT COUNT(*) FROM absence WHERE person_id = $1 AND until_at > $2";
                    if tx.sql().number(sql, values![row.person, tx.now]).await?.unwrap_or(0) >= ABSENCES {
                        return Err(FieldError::new("from_at", Rule::TooMany(ABSENCES as usize)).into());
                    }
                    let sql = "INSERT INTO absence (person_id, to_id, flow, from_at, until_at, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
                    let Absence { person, to, flow, from_at, until_at, reason, .. } = row.clone();
                    let values = values![person, to, flow, from_at, until_at, reason, tx.now];
                    row.id = tx.sql().number(sql, values).await?.ok_or(sea_orm::DbErr::RecordNotInserted)?;
                    directory_changed(tx).await?;
                    Ok(row)
                })
            })
            .await
    }

    pub async fn end_absence(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let anybody = caller.is_administrator();
        let me = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                Box::pin(async move {
                    let sql = "DELETE FROM absence WHERE id = $1 AND ($2 OR person_id = $3) RETURNING id";
                    tx.sql().number(sql, values![id, anybody, me]).await?.ok_or(Refusal::AbsenceNotFound)?;
                    Ok(directory_changed(tx).await?)
                })
            })
            .await
    }
}
