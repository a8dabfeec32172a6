//! What other programs and mailboxes are told of an order, in the transaction of what happened to it.

use std::collections::BTreeSet;

use flow::order::{HostState, RunState};
use flow::{Event as OrderEvent, Happening, NodeId};
use sea_orm::DbErr;
use serde::Serialize;

use super::deciding::Kept;
use super::projection::Happened;
use crate::log::Tx;
use crate::outbox::{self, Event, Letter, OrderLine, OrderNote, PersonNote, Title};
use crate::tally::{self, Ended, Measure, Verdict};

/// The body of a webhook about an order. What an event does not have is left out.
#[derive(Debug, Serialize)]
struct Note<'a> {
    order: &'a OrderNote,
    /// Who did it; null when the server did.
    by: Option<PersonNote>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    /// Of a run or a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// The stable name of what the note says.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

pub(super) async fn tell(
    tx: &mut Tx<'_>,
    kept: &Kept,
    happened: &Happened<'_>,
    given: BTreeSet<i64>,
) -> Result<(), DbErr> {
    let Some(number) = kept.number else { return Ok(()) };
    let order = OrderNote {
        id: kept.id,
        number: kept.number,
        flow: kept.flow.clone(),
        version: kept.version,
        title: kept.title.clone(),
        requester: happened.everybody.note(kept.requester),
        status: kept.status.as_str().to_owned(),
        path: format!("/orders/{}", kept.id),
    };
    for event in happened.events {
        if let Some((kind, note)) = note(&order, kept, happened, event) {
            outbox::queue(tx, kind, &note).await?;
        }
    }
    tally::note(tx, &measures(kept, happened)).await?;
    outbox::queue_letters(tx, letters(kept, number, happened, given)).await
}

impl<'a> Note<'a> {
    fn of(order: &'a OrderNote) -> Self {
        Self {
            order,
            by: None,
            node: None,
            task: None,
            verdict: None,
            state: None,
            attempt: None,
            hosts: None,
            host: None,
            exit: None,
            note: None,
            code: None,
        }
    }
}

/// What an event is called outside, if it is told there.
fn note<'a>(
    order: &'a OrderNote,
    kept: &'a Kept,
    happened: &Happened<'_>,
    event: &'a OrderEvent,
) -> Option<(Event, Note<'a>)> {
    let plain = || Note::of(order);
    let decided = |task: i64, verdict, note: Option<&'a str>| {
        let node = kept.state.as_ref().and_then(|state| state.tasks.get(&task)).map(|task| &task.node);
        (Event::OrderDecided, Note { node, task: Some(task), verdict: Some(verdict), note, ..plain() })
    };
    let of_run = |node, attempt: u32| Note { node: Some(node), attempt: Some(attempt), ..plain() };
    let (kind, note) = match &event.what {
        Happening::Submitted { .. } => (Event::OrderSubmitted, plain()),
        Happening::Approved { task, comment, .. } => decided(*task, "approved", comment.as_deref()),
        Happening::Rejected { task, reason, .. } => decided(*task, "rejected", Some(reason)),
        Happening::Handled { task, comment, .. } => decided(*task, "handled", comment.as_deref()),
        Happening::TaskReturned { task, reason } => decided(*task, "returned", Some(reason)),
        Happening::Ended { reason, .. } => (Event::OrderEnded, Note { note: reason.as_deref(), ..plain() }),
        Happening::RunStarted { node, attempt, hosts } => {
            (Event::RunStarted, Note { hosts: Some(hosts), ..of_run(node, *attempt) })
        }
        Happening::RunEnded { node, attempt, state, note } => {
            let state = Some(serde_json::json!(state));
            (Event::RunEnded, Note { state, ..because(note.as_ref(), of_run(node, *attempt)) })
        }
        Happening::HostChanged { node, attempt, host, state, exit, note }
            if matches!(state, HostState::Failed | HostState::Unreachable | HostState::Interrupted) =>
        {
            let of_host = Note { state: Some(serde_json::json!(state)), host: Some(host), ..of_run(node, *attempt) };
            (Event::HostFailed, Note { exit: *exit, ..because(note.as_ref(), of_host) })
        }
        _ => return None,
    };
    let by = event.by.as_person().map(|person| happened.everybody.note(person));
    Some((kind, Note { by, ..note }))
}

/// Programs hear why in English, and by name.
fn because<'a>(why: Option<&'a flow::Note>, note: Note<'a>) -> Note<'a> {
    Note { note: why.map(flow::Note::english), code: why.and_then(flow::Note::code), ..note }
}

/// What the dashboard counts.
fn measures<'a>(kept: &'a Kept, happened: &Happened<'_>) -> Vec<Measure<'a>> {
    let mut measures = Vec::new();
    for event in happened.events {
        let (task, verdict) = match &event.what {
            Happening::Submitted { .. } => {
                measures.push(Measure::Submitted);
                continue;
            }
            Happening::Ended { .. } => {
                measures.push(Measure::OrderEnded);
                continue;
            }
            Happening::RunEnded { state, .. } => {
                let ended = match state {
                    RunState::Succeeded => Some(Ended::Succeeded),
                    RunState::Partly => Some(Ended::Partly),
                    RunState::Failed | RunState::Interrupted => Some(Ended::Failed),
                    _ => None,
                };
                measures.extend(ended.map(Measure::RunEnded));
                continue;
            }
            Happening::Approved { task, .. } => (task, Verdict::Approved),
            Happening::Rejected { task, .. } => (task, Verdict::Rejected),
            Happening::TaskReturned { task, .. } => (task, Verdict::Returned),
            Happening::Handled { task, .. } => (task, Verdict::Handled),
            _ => continue,
        };
        measures.push(Measure::Decided(verdict));
        let task = kept.state.as_ref().and_then(|state| state.tasks.get(task));
        // What was decided by itself waited for nobody.
        if let Some(task) = task.filter(|task| task.automatic.is_none())
            && let Some(opened_ms) = task.opened_ms
        {
            measures.push(Measure::Waited { flow: &kept.flow, node: &task.node, ms: event.at_ms - opened_ms });
        }
    }
    measures
}

/// Who gets which mail. Nobody is told of what they did themselves.
fn letters(kept: &Kept, number: i64, happened: &Happened<'_>, given: BTreeSet<i64>) -> BTreeSet<(i64, Letter)> {
    let order = OrderLine { id: kept.id, number, title: Title::from(&kept.title) };
    let by = happened.by.map(|person| happened.everybody.name(person));
    let mut letters: BTreeSet<(i64, Letter)> = given
        .into_iter()
        .filter(|person| Some(*person) != happened.by)
        .map(|person| (person, Letter::TaskGiven { order: order.clone(), by: by.clone() }))
        .collect();
    if happened.by == Some(kept.requester) {
        return letters;
    }
    for event in happened.events {
        let letter = match &event.what {
            Happening::Ended { .. } if kept.status_is_final() => {
                Letter::OrderEnded { order: order.clone(), status: kept.status.as_str().to_owned() }
            }
            Happening::RunEnded { node, state, .. } => {
                let Some(node) = happened.flow.node(node) else { continue };
                let (order, node) = (order.clone(), Title::from(&node.name));
                match state {
                    RunState::Succeeded => Letter::ReleaseEnded { order, node },
                    RunState::Failed | RunState::Partly | RunState::Interrupted => {
                        let state = serde_json::json!(state).as_str().unwrap_or_default().to_owned();
                        Letter::ReleaseFailed { order, node, state }
                    }
                    _ => continue,
                }
            }
            _ => continue,
        };
        letters.insert((kept.requester, letter));
    }
    letters
}
