//! The second line of a node: who, and how far.

use crate::directory::PersonId;
use crate::order::{Actor, HostState, Order, Run, Task, TaskKind, TaskState};
use crate::words::{EachLanguage, Words};

/// The most names that a note lists.
const NAMES: usize = 2;

pub(super) fn note_of(order: &Order, node: &str, name_of: &dyn Fn(PersonId) -> String) -> Option<EachLanguage> {
    let record = order.nodes.get(node).filter(|record| !record.void)?;
    if let Some(run) = order.runs.get(node) {
        return run_note(run).map(|words| words.each());
    }
    let tasks: Vec<&Task> =
        order.tasks.values().filter(|task| task.node == node && task.token == record.token).collect();
    let votes: Vec<&&Task> = tasks.iter().filter(|task| task.kind == TaskKind::Approve).collect();
    let rejected = tasks.iter().find(|task| task.state == TaskState::Rejected);
    let returned = tasks.iter().find(|task| task.state == TaskState::Returned);
    let approved = votes.iter().filter(|task| task.state == TaskState::Approved).count();
    let open: Vec<&&Task> = tasks.iter().filter(|task| task.is_open()).collect();
    let words = if let Some(task) = rejected {
        by_whom("✕ ", task, name_of)
    } else if let Some(task) = returned {
        by_whom("↩ ", task, name_of)
    } else if !open.is_empty() {
        waiting(&open, name_of, votes.len(), approved)
    } else if approved > 1 {
        Words::Both(format!("✓ {approved} / {}", votes.len()))
    } else {
        let done = tasks.iter().find(|task| matches!(task.state, TaskState::Approved | TaskState::Handled))?;
        by_whom("✓ ", done, name_of)
    };
    Some(words.each())
}

fn by_whom(mark: &str, task: &Task, name_of: &dyn Fn(PersonId) -> String) -> Words {
    match task.decided_by {
        Some(Actor::Person(person)) => Words::Both(format!("{mark}{}", name_of(person))),
        _ => Words::new(format!("{mark}自动"), format!("{mark}automatic")),
    }
}

fn waiting(open: &[&&Task], name_of: &dyn Fn(PersonId) -> String, votes: usize, approved: usize) -> Words {
    let mut people: Vec<PersonId> = Vec::new();
    for task in open {
        match task.claimed_by {
            Some(person) => people.push(person),
            None => people.extend(&task.people),
        }
    }
    people.dedup();
    let group = open.iter().find(|task| task.claimed_by.is_none()).and_then(|task| task.group.clone());
    let names: Vec<String> = people.iter().take(NAMES).map(|person| name_of(*person)).collect();
    let more = people.len().saturating_sub(NAMES);
    let (zh, en) = match (group, open.iter().all(|task| task.administrators)) {
        (_, true) => ("管理员".to_owned(), "administrators".to_owned()),
        (Some(group), _) => (group.clone(), group),
        (None, _) if more > 0 => {
            (format!("{} 等 {} 人", names.join("、"), people.len()), format!("{} and {more} more", names.join(", ")))
        }
        (None, _) => (names.join("、"), names.join(", ")),
    };
    let count = if votes > 1 { format!("{approved} / {votes} · ") } else { String::new() };
    Words::new(format!("{count}等 {zh}"), format!("{count}waits for {en}"))
}

fn run_note(run: &Run) -> Option<Words> {
    let over =
        run.hosts.values().filter(|host| matches!(host.state, HostState::Succeeded | HostState::Skipped)).count();
    let seconds = run.started_ms.zip(run.ended_ms).map(|(started_ms, ended_ms)| (ended_ms - started_ms).max(0) / 1_000);
    match (&run.note, run.hosts.len(), seconds) {
        (Some(note), ..) => Some(Words::Each(note.each())),
        (None, hosts, _) if hosts > 0 => Some(Words::Both(format!("{over} / {hosts}"))),
        (None, _, Some(seconds)) => Some(Words::new(format!("{seconds} 秒"), format!("{seconds} s"))),
        _ => None,
    }
}
