use std::collections::BTreeSet;

use sea_orm::{DbErr, FromQueryResult};

use super::model::LOCAL;
use super::{Refusal, administrators_only};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::Tx;
use crate::values;

/// In which groups the server's own machine is.
#[derive(Debug)]
pub(super) struct Here(BTreeSet<(String, i64)>);

impl Here {
    pub async fn find(tx: &Tx<'_>) -> Result<Self, DbErr> {
        #[derive(FromQueryResult)]
        struct Row {
            group_name: String,
            host_id: i64,
        }
        let sql =
            "SELECT g.group_name, g.host_id FROM host_in_group g JOIN host h ON h.id = g.host_id WHERE h.address = $1";
        let rows: Vec<Row> = tx.sql().all(sql, values![LOCAL]).await?;
        Ok(Self(rows.into_iter().map(|row| (row.group_name, row.host_id)).collect()))
    }

    /// Whoever looks after hosts does not decide by that what runs on the server's own machine: only an administrator
    /// brings it into further groups.
    pub async fn stays_where_it_was(&self, tx: &Tx<'_>, caller: &Caller) -> Result<(), Refusal> {
        let now = Self::find(tx).await?;
        if now.0.is_subset(&self.0) { Ok(()) } else { administrators_only(caller) }
    }
}
