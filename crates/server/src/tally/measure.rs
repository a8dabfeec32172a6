use sea_orm::{DbErr, Value};

use crate::db::Rows;
use crate::log::Tx;
use crate::values;

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Every zone of the world differs from UTC by quarters of an hour, so that these make up the days of each.
const QUARTER_MS: i64 = 15 * MINUTE_MS;

/// How a task was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Rejected,
    Returned,
    Handled,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    Partly,
    Failed,
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure<'a> {
    Submitted,
    Decided(Verdict),
    /// Somebody was waited for at a node of a flow.
    Waited {
        flow: &'a str,
        node: &'a str,
        ms: i64,
    },
    /// An order ended.
    OrderEnded,
    RunEnded(Ended),
    Messages(i64),
}

/// Notes what a command did.
pub async fn note(tx: &Tx<'_>, measures: &[Measure<'_>]) -> Result<(), DbErr> {
    let rows = measures.iter().map(|measure| row(measure, tx.now)).collect();
    Rows(rows).run(tx.sql(), "INSERT INTO measure (what, at, flow, node, label, count) VALUES {rows}").await
}

fn row(measure: &Measure<'_>, now: i64) -> [Value; 6] {
    let floor = |length: i64| now - now.rem_euclid(length);
    let plain = |what: &str, label: &str| values![what, floor(QUARTER_MS), "", "", label, 1i64];
    match measure {
        Measure::Submitted => plain("submitted", ""),
        Measure::Decided(verdict) => plain("decided", verdict.as_str()),
        Measure::Waited { flow, node, ms } => {
            values!["waited", floor(DAY_MS), *flow, *node, bucket(*ms).to_string(), 1i64]
        }
        Measure::OrderEnded => plain("ended", ""),
        Measure::RunEnded(ended) => plain("run", ended.as_str()),
        Measure::Messages(count) => values!["messages", floor(MINUTE_MS), "", "", "", *count],
    }
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Verdict::Approved => "approved",
            Verdict::Rejected => "rejected",
            Verdict::Returned => "returned",
            Verdict::Handled => "handled",
        }
    }
}

impl Ended {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Ended::Succeeded => "succeeded",
            Ended::Partly => "partly",
            Ended::Failed => "failed",
        }
    }
}

/// Waiting times that count as the same, eight for each doubling from a second on: a median is right to 5 %, however
/// long people wait.
const PER_DOUBLING: f64 = 8.0;

pub(super) fn bucket(ms: i64) -> i64 {
    let seconds = (ms.max(0) as f64 / 1000.0).max(1.0);
    (seconds.log2() * PER_DOUBLING).floor() as i64
}

/// The middle of a bucket.
pub(super) fn bucket_ms(bucket: i64) -> i64 {
    (((bucket as f64 + 0.5) / PER_DOUBLING).exp2() * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_time_is_right_to_five_percent() {
        for ms in [1000, 1500, 60_000, 3_600_000, 86_400_000, 30 * 86_400_000] {
            let kept = bucket_ms(bucket(ms));
            assert!((kept - ms).abs() * 20 <= ms, "{ms} is kept as {kept}");
        }
        assert_eq!(bucket(-5), 0);
        assert_eq!(bucket(0), 0);
    }
}
