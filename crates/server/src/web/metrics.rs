//! Figures for Prometheus, and what is counted on the way through a request.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};

use super::Web;
use super::extract::{ClientAddress, bearer};
use super::problem::Problem;

/// Bounds of times, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Bounds of how many commands share a transaction.
const BATCHES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 4096.0];

/// The states of runs that are not over; named also when there are none.
const LIVE_RUNS: [&str; 3] = ["requested", "running", "cancelling"];

/// Everything that this process counts.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Begins to count. There is one of it in a process.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
            .set_buckets_for_metric(Matcher::Full("countersign_commit_commands".into()), &BATCHES)?
            .install_recorder()?;
        metrics::describe_counter!("countersign_requests_total", "Requests by method, route and status.");
        metrics::describe_histogram!(
            "countersign_request_seconds",
            "Until a request was answered; waiting polls wait."
        );
        metrics::describe_counter!("countersign_entries_total", "Entries that this node appended.");
        metrics::describe_histogram!("countersign_commit_commands", "Commands that shared a transaction.");
        metrics::describe_histogram!("countersign_commit_seconds", "Duration of a transaction, with its repeats.");
        metrics::describe_counter!("countersign_deliveries_total", "Attempts to send a webhook or a mail.");
        metrics::describe_gauge!("countersign_connections", "Open live connections of this node by transport.");
        metrics::describe_gauge!("countersign_outbox_waiting", "Messages of the site that wait to be sent.");
        metrics::describe_gauge!("countersign_open_tasks", "Open tasks of the site, for each person who can decide.");
        metrics::describe_gauge!("countersign_orders", "Orders of the site by state.");
        metrics::describe_gauge!("countersign_runs", "Runs of the site that are not over, by state.");
        metrics::describe_gauge!("countersign_runs_ended", "Runs of the site that ended, by how they did.");
        metrics::describe_gauge!("process_resident_memory_bytes", "Memory of this process.");
        Ok(Self(handle))
    }

    /// Puts together what was counted since the last time, so that it takes no more room. To be called now and then.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

/// Something that is there for as long as this lives.
#[derive(Debug)]
pub struct Connected(&'static str);

impl Connected {
    pub fn over(transport: &'static str) -> Self {
        metrics::gauge!("countersign_connections", "transport" => transport).increment(1.0);
        Self(transport)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        metrics::gauge!("countersign_connections", "transport" => self.0).decrement(1.0);
    }
}

/// Counts a request under its route, not under its address: there are few routes.
pub async fn measure(request: Request, next: Next) -> Response {
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("countersign_request_seconds", "route" => route.clone()).record(began.elapsed().as_secs_f64());
    metrics::counter!("countersign_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

/// Figures for Prometheus: for this machine, or with the token of `--metrics-token`.
#[utoipa::path(get, path = "/metrics", tag = "session", responses((status = 200, description = "figures", content_type = "text/plain")))]
pub async fn metrics(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A proxy on this machine passes on what comes from anywhere.
    let is_passed_on = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    let is_here = address.is_loopback() && !is_passed_on;
    let has_token = match (&web.config.metrics_token, bearer(&headers)) {
        // Hashes tell nothing of how much of the token was right.
        (Some(known), Some(given)) => Sha256::digest(known) == Sha256::digest(given),
        _ => false,
    };
    if !is_here && !has_token {
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_permitted"));
    }
    gather(&web).await?;
    let mut text = web.metrics.0.render();
    let _ = writeln!(
        text,
        "# TYPE countersign_info gauge\ncountersign_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Looks up what is not counted as it happens.
async fn gather(web: &Web) -> Result<(), Problem> {
    let set = |name: &'static str, value: i64| metrics::gauge!(name).set(value as f64);
    metrics::gauge!("countersign_connections", "transport" => "websocket").set(web.connections.len() as f64);
    set("countersign_outbox_waiting", web.outbox.count_waiting().await?);
    set("countersign_open_tasks", web.orders.count_open_tasks().await?);
    for count in web.orders.count_by_status().await? {
        metrics::gauge!("countersign_orders", "state" => count.status.as_str()).set(count.count as f64);
    }
    for (state, count) in web.tally.runs().await? {
        metrics::gauge!("countersign_runs_ended", "state" => state).set(count as f64);
    }
    let mut live: BTreeMap<&str, i64> = LIVE_RUNS.map(|state| (state, 0)).into();
    let counts = web.releases.count_live().await?;
    live.extend(counts.iter().map(|(state, count)| (state.as_str(), *count)));
    for (state, count) in live {
        metrics::gauge!("countersign_runs", "state" => state.to_owned()).set(count as f64);
    }
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    Ok(())
}

/// As Linux says it; nothing elsewhere.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
