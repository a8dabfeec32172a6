use sea_orm::{ConnectionTrait, FromQueryResult};

use super::deciding::Kept;
use super::flows::Flows;
use super::{Refusal, directory, projection};
use crate::db::Sql;
use crate::values;

/// Orders that are looked at in one go.
const PAGE: i64 = 100;

/// Puts every order into the search, which is empty.
pub async fn rebuild_search(sql: &impl ConnectionTrait) -> Result<(), Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    let (flows, everybody) = (Flows::default(), directory::Directories::default().within(sql).await?);
    let mut after = 0;
    loop {
        let page = "SELECT id FROM orders WHERE state IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows: Vec<Row> = sql.all(page, values![after, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for Row { id } in rows {
            let kept = Kept::load(sql, id).await?;
            let flow = flows.load(sql, &kept.flow, kept.version).await?;
            if let Some(state) = &kept.state {
                projection::index(sql, &kept, state, &flow, &everybody).await?;
            }
        }
    }
}
