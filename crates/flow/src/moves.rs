//! What somebody could do now.

use serde::{Deserialize, Serialize};

use crate::command::{Action, Command, Context, SignerPlace};
use crate::decide::{REQUESTER, decide, retry_targets, return_targets};
use crate::definition::bounds::SEATS;
use crate::definition::{Access, NodeId};
use crate::directory::PersonId;
use crate::graph::Flow;
use crate::order::{Order, Task, TaskId, TaskKind};
use crate::refusal::Refusal;

/// A move that [`crate::decide`] would take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegalMove {
    /// The name, as in [`crate::command::Action`].
    #[serde(rename = "move")]
    pub name: String,
    /// The task that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The node that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Whether a reason must come with it.
    pub reason_required: bool,
    /// For `return`: where the order can go back to, `requester` or nodes. For `retry_from`: the run nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<NodeId>,
    /// For `skip`: the hosts that can be left as they are, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// For `approve`, `handle` and `resubmit`: the fields that can be changed with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// Every move that this person could make now: each was tried with [`decide`], so that buttons never lie.
///
/// A move that would only be refused because its form or a condition over it is wrong is listed, when the person can
/// change that form with the move.
pub fn moves(flow: &Flow, order: &Order, person: PersonId, context: &Context) -> Vec<LegalMove> {
    if order.status.is_final() || !context.directory.is_active(person) {
        return Vec::new();
    }
    let trial = Trial { flow, order, person, context };
    let mut found = Vec::new();
    let live = || order.tasks.values().filter(|task| task.is_live());
    for task in live().filter(|task| task.is_for(person, context.directory)) {
        trial.about_task(task, &mut found);
    }
    for task in live() {
        let transfer = |to| Action::ForceTransfer { task: task.id, to, reason: REASON.to_owned() };
        if context.directory.is_administrator(person) && trial.somebody(transfer) {
            found.push(LegalMove { task: Some(task.id), ..legal("force_transfer", &task.node, true) });
        }
    }
    for node in order.tokens.keys().filter(|node| order.runs.contains_key(*node)) {
        trial.about_run(node, &mut found);
    }
    let reason = || REASON.to_owned();
    let of_order = [
        (Action::Nudge { task: None }, false),
        (Action::Withdraw { reason: reason() }, false),
        (Action::ForceClose { reason: reason() }, true),
    ];
    for (action, reason_required) in of_order {
        let name = action.name();
        if trial.takes(action, false) {
            found.push(LegalMove { node: None, ..legal(name, "", reason_required) });
        }
    }
    found
}

/// What stands for the reason that a person would give.
const REASON: &str = "…";

struct Trial<'a> {
    flow: &'a Flow,
    order: &'a Order,
    person: PersonId,
    context: &'a Context<'a>,
}

impl Trial<'_> {
    fn takes(&self, action: Action, changes_form: bool) -> bool {
        match decide(self.flow, self.order, &Command::person(self.person, action), self.context) {
            Ok(_) => true,
            Err(Refusal::Form { .. } | Refusal::Expression { .. }) => changes_form,
            Err(_) => false,
        }
    }

    /// Whether there is anybody to whom a task could go.
    fn somebody(&self, action: impl Fn(PersonId) -> Action) -> bool {
        let people = self.context.directory.people.iter().filter(|(_, person)| person.active);
        people.take(SEATS + 2).any(|(person, _)| self.takes(action(*person), false))
    }

    fn about_task(&self, task: &Task, found: &mut Vec<LegalMove>) {
        let id = Some(task.id);
        let reason = || REASON.to_owned();
        let fields = self.fields(task);
        let changes = !fields.is_empty();
        let signer = |person| {
            let (people, when) = (vec![person], SignerPlace::Before);
            Action::AddSigner { task: id, people, when, reason: reason() }
        };
        let listed = [
            ("approve", self.takes(Action::Approve { task: id, comment: None, form: None }, changes), false),
            ("reject", self.takes(Action::Reject { task: id, reason: reason() }, false), true),
            ("handle", self.takes(Action::Handle { task: id, comment: None, form: None }, changes), false),
            ("resubmit", self.takes(Action::Resubmit { task: id, form: None }, true), false),
            ("claim", self.takes(Action::Claim { task: id }, false), false),
            ("unclaim", self.takes(Action::Unclaim { task: id }, false), false),
            ("transfer", self.somebody(|to| Action::Transfer { task: id, to, reason: reason() }), true),
            ("add_signer", self.somebody(signer), true),
        ];
        for (name, _, reason_required) in listed.into_iter().filter(|(_, takes, _)| *takes) {
            let with_form = matches!(name, "approve" | "handle" | "resubmit");
            let fields = if with_form { fields.clone() } else { Vec::new() };
            found.push(LegalMove { task: id, fields, ..legal(name, &task.node, reason_required) });
        }
        let mut targets = vec![REQUESTER.to_owned()];
        targets.extend(return_targets(self.flow, self.order, &task.node));
        targets.retain(|to| self.takes(Action::Return { task: id, to: Some(to.clone()), reason: reason() }, false));
        if !targets.is_empty() {
            found.push(LegalMove { task: id, targets, ..legal("return", &task.node, true) });
        }
    }

    /// The fields that can be changed together with a task.
    fn fields(&self, task: &Task) -> Vec<String> {
        let access = self.flow.access(&task.node);
        let writes = |id: &String| match (access.get(id), task.kind) {
            (Some(access), _) => *access == Access::Write,
            (None, kind) => kind == TaskKind::Resubmit,
        };
        self.flow.definition().form.iter().map(|field| field.id.clone()).filter(writes).collect()
    }

    fn about_run(&self, node: &NodeId, found: &mut Vec<LegalMove>) {
        let reason = || REASON.to_owned();
        if self.takes(Action::RetryFailed { node: node.clone() }, false) {
            found.push(legal("retry_failed", node, false));
        }
        let mut targets = retry_targets(self.flow, self.order, node);
        targets.retain(|target| self.takes(Action::RetryFrom { node: target.clone() }, false));
        if !targets.is_empty() {
            found.push(LegalMove { targets, ..legal("retry_from", node, false) });
        }
        let skip = |host| Action::Skip { node: node.clone(), host, reason: reason() };
        if self.takes(skip(None), false) {
            let all =
                self.order.runs.get(node).map(|run| run.hosts.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            let hosts = all.into_iter().filter(|host| self.takes(skip(Some(host.clone())), false)).collect();
            found.push(LegalMove { hosts, ..legal("skip", node, true) });
        }
        if self.takes(Action::PauseRun { node: node.clone(), reason: None }, false) {
            found.push(legal("pause_run", node, false));
        }
        if self.takes(Action::ContinueRun { node: node.clone() }, false) {
            found.push(legal("continue_run", node, false));
        }
        if self.takes(Action::CancelRun { node: Some(node.clone()), reason: reason() }, false) {
            found.push(legal("cancel_run", node, true));
        }
    }
}

fn legal(name: &str, node: &str, reason_required: bool) -> LegalMove {
    LegalMove {
        name: name.to_owned(),
        task: None,
        node: Some(node.to_owned()),
        reason_required,
        targets: Vec::new(),
        hosts: Vec::new(),
        fields: Vec::new(),
    }
}
