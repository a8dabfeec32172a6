//! What the dashboard shows, from what was added up: a few thousand rows, however many orders and messages there are.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Duration};
use sea_orm::{DbErr, FromQueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::Tally;
use super::measure::{DAY_MS, MINUTE_MS, bucket_ms};
use crate::db::Sql;
use crate::values;

/// Minutes of messages that are shown.
const MINUTES: i64 = 60;

/// How far a place's clock is before UTC, in minutes: `+08:00`, `-03:30`, `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(i64);

impl FromStr for Zone {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if matches!(text, "" | "Z") {
            return Ok(Self(0));
        }
        let (sign, rest) = match text.split_at_checked(1).ok_or(())? {
            // A plus in an address is a space.
            ("+" | " ", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return Err(()),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(())?;
        let number = |text: &str, most: i64| {
            let number = text.parse::<u8>().ok().map(i64::from).filter(|number| text.len() == 2 && *number <= most);
            number.ok_or(())
        };
        Ok(Self(sign * (number(hours, 14)? * 60 + number(minutes, 59)?)))
    }
}

impl Zone {
    pub fn minutes(self) -> i64 {
        self.0
    }

    /// The number of the day at a time.
    fn day(self, at: i64) -> i64 {
        (at + self.0 * MINUTE_MS).div_euclid(DAY_MS)
    }

    /// When a day begins.
    fn start(self, day: i64) -> i64 {
        day * DAY_MS - self.0 * MINUTE_MS
    }
}

/// What happened on a day of the reader's zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DashboardDay)]
pub struct Day {
    /// As in `2026-11-25`.
    pub date: String,
    /// Orders.
    pub submitted: i64,
    pub ended: i64,
    /// Decisions.
    pub approved: i64,
    pub rejected: i64,
    pub returned: i64,
    pub handled: i64,
    /// Runs.
    pub succeeded: i64,
    pub partly: i64,
    pub failed: i64,
}

/// How long people were waited for at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub flow: String,
    pub node: String,
    pub count: i64,
    pub median_ms: i64,
    pub p90_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DashboardMinute)]
pub struct MessageCount {
    /// When the minute begins.
    pub at: i64,
    pub count: i64,
}

#[derive(Debug, Clone)]
pub struct Report {
    /// When the first day begins.
    pub from: i64,
    pub days: Vec<Day>,
    /// Those that were waited for longest first.
    pub waits: Vec<Wait>,
    pub messages: Vec<MessageCount>,
}

#[derive(FromQueryResult)]
struct Row {
    what: String,
    at: i64,
    label: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct WaitRow {
    flow: String,
    node: String,
    bucket: i64,
    count: i64,
}

impl Tally {
    /// The last `days` days, today included, and the messages of the last hour.
    pub async fn report(&self, days: i64, zone: Zone, now: i64) -> Result<Report, DbErr> {
        let reader = &self.log.db().reader;
        let first = zone.day(now) - days + 1;
        let from = zone.start(first);
        let sql = "SELECT what, at, label, count FROM tally WHERE what IN ('submitted', 'ended', 'decided', 'run') AND at >= $1";
        let rows: Vec<Row> = reader.all(sql, values![from]).await?;
        let mut by_day: Vec<Day> = (first..first + days).map(Day::of).collect();
        for row in rows {
            let day = usize::try_from(zone.day(row.at) - first).ok().and_then(|index| by_day.get_mut(index));
            if let Some(count) = day.and_then(|day| day.figure(&row.what, &row.label)) {
                *count += row.count;
            }
        }
        let sql = "SELECT flow, node, CAST(label AS BIGINT) AS bucket, CAST(SUM(count) AS BIGINT) AS count FROM tally WHERE what = 'waited' AND at >= $1 GROUP BY flow, node, label ORDER BY flow, node, bucket";
        let rows: Vec<WaitRow> = reader.all(sql, values![from - from.rem_euclid(DAY_MS)]).await?;
        Ok(Report { from, days: by_day, waits: waits(rows), messages: self.messages(now).await? })
    }

    async fn messages(&self, now: i64) -> Result<Vec<MessageCount>, DbErr> {
        let last = now - now.rem_euclid(MINUTE_MS);
        let first = last - (MINUTES - 1) * MINUTE_MS;
        let sql = "SELECT what, at, label, count FROM tally WHERE what = 'messages' AND at >= $1";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![first]).await?;
        let counts: BTreeMap<i64, i64> = rows.into_iter().map(|row| (row.at, row.count)).collect();
        let minute = |number| {
            let at = first + number * MINUTE_MS;
            MessageCount { at, count: counts.get(&at).copied().unwrap_or(0) }
        };
        Ok((0..MINUTES).map(minute).collect())
    }

    /// How many runs ended in each way, of all that are kept.
    pub async fn runs(&self) -> Result<Vec<(String, i64)>, DbErr> {
        #[derive(FromQueryResult)]
        struct Row {
            label: String,
            count: i64,
        }
        let sql = "SELECT label, CAST(SUM(count) AS BIGINT) AS count FROM tally WHERE what = 'run' GROUP BY label";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![]).await?;
        Ok(rows.into_iter().map(|row| (row.label, row.count)).collect())
    }
}

impl Day {
    fn of(number: i64) -> Self {
        let date = DateTime::UNIX_EPOCH.checked_add_signed(Duration::days(number)).unwrap_or_default();
        Self { date: date.format("%Y-%m-%d").to_string(), ..Self::default() }
    }

    fn figure(&mut self, what: &str, label: &str) -> Option<&mut i64> {
        Some(match (what, label) {
            ("submitted", _) => &mut self.submitted,
            ("ended", _) => &mut self.ended,
            ("decided", "approved") => &mut self.approved,
            ("decided", "rejected") => &mut self.rejected,
            ("decided", "returned") => &mut self.returned,
            ("decided", "handled") => &mut self.handled,
            ("run", "succeeded") => &mut self.succeeded,
            ("run", "partly") => &mut self.partly,
            ("run", "failed") => &mut self.failed,
            _ => return None,
        })
    }
}

/// Medians and ninetieth percentiles; the rows of a node stand together, in the order of their buckets.
fn waits(rows: Vec<WaitRow>) -> Vec<Wait> {
    let of_node = |rows: &[WaitRow]| {
        let count = rows.iter().map(|row| row.count).sum();
        let at = |percent: i64| {
            let rank = (count * percent + 99) / 100;
            let mut passed = 0;
            let found = rows.iter().find(|row| {
                passed += row.count;
                passed >= rank
            });
            found.map_or(0, |row| bucket_ms(row.bucket))
        };
        let (flow, node) = (rows[0].flow.clone(), rows[0].node.clone());
        Wait { flow, node, count, median_ms: at(50), p90_ms: at(90) }
    };
    let mut waits: Vec<Wait> = rows.chunk_by(|a, b| (&a.flow, &a.node) == (&b.flow, &b.node)).map(of_node).collect();
    waits.sort_by_key(|wait| std::cmp::Reverse(wait.median_ms));
    waits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_a_sign_hours_and_minutes() {
        let minutes = |text: &str| text.parse::<Zone>().map(Zone::minutes);
        assert_eq!(minutes("+08:00"), Ok(480));
        assert_eq!(minutes(" 05:45"), Ok(345));
        assert_eq!(minutes("-03:30"), Ok(-210));
        assert_eq!(minutes("Z"), Ok(0));
        for wrong in ["8", "+8:00", "+08", "+15:00", "+08:60", "é08:00", "+0x:00"] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        let zone = Zone(480);
        let day = zone.day(0);
        assert_eq!((day, zone.start(day), Day::of(day).date.as_str()), (0, -8 * 60 * MINUTE_MS, "1970-01-01"));
        assert_eq!(zone.day(16 * 60 * MINUTE_MS), 1);
        assert_eq!(Day::of(Zone(-60).day(0)).date, "1969-12-31");
    }

    #[test]
    fn half_of_all_waited_no_longer_than_the_median() {
        let row = |node: &str, bucket, count| WaitRow { flow: "f".into(), node: node.into(), bucket, count };
        let waits = waits(vec![row("a", 0, 5), row("a", 8, 4), row("a", 80, 1), row("b", 100, 1)]);
        assert_eq!(waits[0].node, "b");
        assert_eq!((waits[1].count, waits[1].median_ms, waits[1].p90_ms), (10, bucket_ms(0), bucket_ms(8)));
    }
}
