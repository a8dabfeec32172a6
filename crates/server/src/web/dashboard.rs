use axum::Json as Answer;
use axum::extract::State;
use flow::Words;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::Query;
use super::problem::Problem;
use crate::accounts::{self, Caller};
use crate::clock::now_ms;
use crate::orders::StatusCount;
use crate::tally::{Day, MessageCount, Zone};

/// Days that are shown, at most.
const MAX_DAYS: i64 = 366;

/// Nodes that are shown, at most: those at which people wait longest.
const NODES: usize = 100;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// 1 to 366, today included; 30 when it is not given.
    #[serde(default)]
    days: Option<i64>,
    /// Whose days, as in `+08:00`; those of UTC when it is not given.
    #[serde(default)]
    zone: String,
}

/// How long people were waited for at a node, within 5 %.
#[derive(Debug, Serialize, ToSchema)]
pub struct DashboardWait {
    flow: String,
    /// Null when there is no such flow or node any more.
    flow_name: Option<Words>,
    node: String,
    node_name: Option<Words>,
    /// Decisions.
    count: i64,
    median_ms: i64,
    p90_ms: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// When the first day begins.
    from: i64,
    zone_minutes: i64,
    orders: Vec<StatusCount>,
    days: Vec<Day>,
    waits: Vec<DashboardWait>,
    /// The last hour.
    messages: Vec<MessageCount>,
}

/// Figures of the whole site: how many, how often and how long, and nothing of what anything says (not for guests).
#[utoipa::path(get, path = "/api/dashboard", tag = "dashboard", params(DashboardQuery), responses((status = 200, body = Dashboard)))]
pub async fn dashboard(
    State(web): State<Web>,
    caller: Caller,
    Query(query): Query<DashboardQuery>,
) -> Result<Answer<Dashboard>, Problem> {
    if caller.is_guest() {
        return Err(accounts::Refusal::NotForGuests.into());
    }
    let wrong = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail(detail);
    let days = query.days.unwrap_or(30);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(wrong("days: 1 to 366"));
    }
    let zone: Zone = query.zone.parse().map_err(|()| wrong("zone: as in +08:00"))?;
    let report = web.tally.report(days, zone, now_ms()).await?;
    let mut waits = Vec::new();
    for wait in report.waits.into_iter().take(NODES) {
        let (flow_name, node_name) = web.orders.names_of(&wait.flow, &wait.node).await?.unzip();
        let crate::tally::Wait { flow, node, count, median_ms, p90_ms } = wait;
        waits.push(DashboardWait { flow, flow_name, node, node_name, count, median_ms, p90_ms });
    }
    Ok(Answer(Dashboard {
        from: report.from,
        zone_minutes: zone.minutes(),
        orders: web.orders.count_by_status().await?,
        days: report.days,
        waits,
        messages: report.messages,
    }))
}
