use flow::Words;
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::{OrderStatus, Orders, Refusal};
use crate::db::Sql;
use crate::values;

/// How many orders are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusCount {
    pub status: OrderStatus,
    pub count: i64,
}

/// The states of orders that are no drafts.
const SUBMITTED: [OrderStatus; 8] = [
    OrderStatus::Running,
    OrderStatus::Returned,
    OrderStatus::Cancelling,
    OrderStatus::Approved,
    OrderStatus::Done,
    OrderStatus::Rejected,
    OrderStatus::Withdrawn,
    OrderStatus::Closed,
];

impl Orders {
    /// How many orders of the site are in each state, none included, without drafts. The index on the state is enough for it.
    pub async fn count_by_status(&self) -> Result<Vec<StatusCount>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            status: String,
            count: i64,
        }
        let sql =
            "SELECT status, COUNT(*) AS count FROM orders WHERE status NOT IN ('draft', 'discarded') GROUP BY status";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![]).await?;
        let count = |status: OrderStatus| {
            let row = rows.iter().find(|row| row.status == status.as_str());
            StatusCount { status, count: row.map_or(0, |row| row.count) }
        };
        Ok(SUBMITTED.map(count).to_vec())
    }

    /// How many tasks are open at the site, counting one that several people can decide for each of them.
    pub async fn count_open_tasks(&self) -> Result<i64, Refusal> {
        let count = self.log.db().reader.number("SELECT COUNT(*) FROM order_task", values![]).await?;
        Ok(count.unwrap_or(0))
    }

    /// What a flow and one of its nodes are called now. Nothing when the newest version has none of that name.
    pub async fn names_of(&self, flow: &str, node: &str) -> Result<Option<(Words, Words)>, Refusal> {
        match self.flows.newest(&self.log.db().reader, flow).await {
            Ok((_, flow)) => Ok(flow.node(node).map(|node| (flow.definition().name.clone(), node.name.clone()))),
            Err(Refusal::FlowNotFound) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}
