//! Orders as comma-separated values, a page at a time.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use chrono::DateTime;
use futures_util::{Stream, stream};

use super::Web;
use super::problem::Problem;
use crate::accounts::{Caller, Language};
use crate::orders::{Cursor, Filter, OrderBox, OrderSummary, Refusal};

/// Pages of one table, at most: 100,000 orders.
const PAGES: usize = 500;

/// What makes spreadsheets read UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What comes next: a page, and how many came before it.
struct Step {
    before: Option<Cursor>,
    page: usize,
}

/// The lines of the table. The first page is read before the answer begins, so that a refusal is still one.
pub async fn stream(
    web: Web,
    caller: Caller,
    language: Language,
    which: OrderBox,
    filter: Filter,
    before: Option<Cursor>,
) -> Result<impl Stream<Item = Result<Bytes, Refusal>> + Send + 'static, Problem> {
    web.orders.orders(&caller, which, filter.clone(), before, 1).await?;
    Ok(stream::try_unfold(Some(Step { before, page: 0 }), move |step| {
        let (web, caller, filter) = (web.clone(), caller.clone(), filter.clone());
        async move {
            let Some(Step { before, page }) = step else { return Ok(None) };
            let (orders, next) = web.orders.orders(&caller, which, filter, before, i64::MAX).await?;
            let names = names(&web, &orders).await?;
            let mut text = if page == 0 { format!("{BYTE_ORDER_MARK}{}", titles(language)) } else { String::new() };
            for order in &orders {
                text.push_str(&line(order, &names, language));
            }
            let next = next.filter(|_| page + 1 < PAGES);
            Ok(Some((Bytes::from(text), next.map(|next| Step { before: Some(next), page: page + 1 }))))
        }
    }))
}

/// The names of everybody on the page.
async fn names(web: &Web, orders: &[OrderSummary]) -> Result<BTreeMap<i64, String>, Refusal> {
    let ids: BTreeSet<i64> =
        orders.iter().flat_map(|order| order.waiting_for.iter().copied().chain([order.requester])).collect();
    let mut names = BTreeMap::new();
    for ids in ids.into_iter().collect::<Vec<_>>().chunks(500) {
        names.extend(web.accounts.people_by_id(ids).await?.into_iter().map(|person| (person.id, person.name)));
    }
    Ok(names)
}

fn titles(language: Language) -> String {
    let titles = match language {
        Language::English => {
            ["Number", "Title", "Flow", "Requester", "State", "Node", "Waits for", "Made", "Submitted", "Closed"]
        }
        Language::Chinese => {
            ["编号", "标题", "流程", "申请人", "状态", "当前节点", "等待", "创建时间", "提交时间", "结束时间"]
        }
    };
    cells(titles.map(str::to_owned))
}

fn line(order: &OrderSummary, names: &BTreeMap<i64, String>, language: Language) -> String {
    let tag = language.as_str();
    let name = |person: &i64| names.get(person).cloned().unwrap_or_default();
    let nodes: Vec<&str> = order.nodes.iter().map(|place| place.name.in_language(tag)).collect();
    let waiting: Vec<String> = order.waiting_for.iter().map(name).collect();
    cells([
        order.number.map_or(String::new(), |number| number.to_string()),
        if language == Language::English { order.title.en.clone() } else { order.title.zh.clone() },
        order.flow_name.in_language(tag).to_owned(),
        name(&order.requester),
        order.status.as_str().to_owned(),
        nodes.join(" / "),
        waiting.join(" / "),
        time(Some(order.created_at)),
        time(order.submitted_at),
        time(order.closed_at),
    ])
}

/// A time as ISO 8601 in UTC, to the second.
fn time(ms: Option<i64>) -> String {
    let time = ms.and_then(DateTime::from_timestamp_millis);
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// A line of cells (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front.
fn cells<const N: usize>(cells: [String; N]) -> String {
    let cell = |text: &String| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if formula { format!("'{text}") } else { text.clone() };
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    format!("{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_and_never_a_formula() {
        let line = cells(["=1+1".into(), "a \"b\", c".into(), "两行\n字".into()]);
        assert_eq!(line, "\"'=1+1\",\"a \"\"b\"\", c\",\"两行\n字\"\r\n");
    }

    #[test]
    fn times_are_iso_8601() {
        assert_eq!(time(Some(1_764_000_000_000)), "2025-11-24T16:00:00Z");
        assert_eq!(time(None), "");
    }
}
