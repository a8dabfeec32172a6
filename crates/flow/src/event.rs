//! What happened. Events are stored for ever: fields are only added, and unknown events are passed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::command::SignerPlace;
use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::form::Values;
use crate::note::Note;
use crate::order::{
    Actor, Automatic, Cancelling, HostState, Passed, RunState, Status, Task, TaskId, Timer, TimerId, Why,
};

/// One thing that happened, when, and who made it happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who made it happen.
    pub by: Actor,
    /// What; the key `event` names it.
    #[serde(flatten)]
    pub what: Happening,
}

/// Everything that can happen to an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// The order began.
    Submitted {
        /// Whose it is.
        requester: PersonId,
        /// The form, checked.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        form: Values,
        /// The approvers that the requester chose.
        chosen: BTreeMap<NodeId, Vec<PersonId>>,
    },
    /// A token came to a node.
    Entered {
        /// The node.
        node: NodeId,
        /// The token's number.
        token: u64,
        /// The link that it came along; absent after a return.
        #[serde(default)]
        link: Option<usize>,
        /// Who approved the approval step before.
        #[serde(default)]
        signed_by: Vec<PersonId>,
    },
    /// A token left a node.
    Left {
        /// The node.
        node: NodeId,
        /// How.
        outcome: Passed,
        /// Why it happened by itself, if it did.
        #[serde(default)]
        automatic: Option<Automatic>,
    },
    /// A branch reached the join of its fork.
    Arrived {
        /// The join.
        node: NodeId,
        /// The branch: the index of the link at which it began.
        branch: usize,
        /// The link that it came along.
        link: usize,
    },
    /// A condition was evaluated.
    ConditionEvaluated {
        /// The node.
        node: NodeId,
        /// The values that its expressions could see.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        inputs: Values,
        /// The link that is taken, by index.
        link: usize,
        /// Its expression; absent for `otherwise`.
        #[serde(default)]
        when: Option<String>,
    },
    /// Somebody is asked.
    TaskOpened {
        /// The whole task.
        task: Task,
    },
    /// A task that waited for others can be decided.
    TaskReady {
        /// The task.
        task: TaskId,
    },
    /// 同意.
    Approved {
        /// The task.
        task: TaskId,
        /// The remark.
        #[serde(default)]
        comment: Option<String>,
        /// Why it happened by itself, if it did.
        #[serde(default)]
        automatic: Option<Automatic>,
    },
    /// 驳回.
    Rejected {
        /// The task.
        task: TaskId,
        /// Why.
        reason: String,
        /// Why it happened by itself, if it did.
        #[serde(default)]
        automatic: Option<Automatic>,
    },
    /// 办理.
    Handled {
        /// The task.
        task: TaskId,
        /// The remark.
        #[serde(default)]
        comment: Option<String>,
        /// Why it happened by itself, if it did.
        #[serde(default)]
        automatic: Option<Automatic>,
    },
    /// A task need not be decided any more.
    TaskCancelled {
        /// The task.
        task: TaskId,
        /// Why.
        why: Why,
    },
    /// A task went to somebody else.
    TaskMoved {
        /// The task.
        task: TaskId,
        /// Who has it now.
        people: Vec<PersonId>,
        /// Whether every administrator may do it.
        #[serde(default)]
        administrators: bool,
        /// Who had it.
        #[serde(default)]
        from: Option<PersonId>,
        /// What moved it.
        how: Moved,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Signers were added to a task; `task_opened` for each of them follows.
    SignersAdded {
        /// The task.
        task: TaskId,
        /// Who.
        people: Vec<PersonId>,
        /// The numbers of their tasks.
        tasks: Vec<TaskId>,
        /// Before or after.
        when: SignerPlace,
        /// Why.
        reason: String,
    },
    /// 认领.
    Claimed {
        /// The task.
        task: TaskId,
    },
    /// A claimed task was given back.
    Unclaimed {
        /// The task.
        task: TaskId,
    },
    /// 催办 by a person.
    Nudged {
        /// The task.
        task: TaskId,
    },
    /// A time limit reminds.
    Reminded {
        /// The task.
        task: TaskId,
    },
    /// The form changed.
    FormChanged {
        /// The node where it was changed; absent when the requester did.
        #[serde(default)]
        node: Option<NodeId>,
        /// The whole form.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        form: Values,
    },
    /// 抄送.
    Notified {
        /// The node.
        node: NodeId,
        /// Who is told.
        people: Vec<PersonId>,
    },
    /// A timer was set. It goes with its task or token.
    TimerSet {
        /// Its identifier.
        timer: TimerId,
        /// When and what.
        set: Timer,
    },
    /// A timer was due.
    TimerFired {
        /// Its identifier.
        timer: TimerId,
    },
    /// 退回.
    Returned {
        /// The node that returned it.
        from: NodeId,
        /// The node that it goes back to; the requester when it is absent.
        #[serde(default)]
        to: Option<NodeId>,
        /// Where it goes from there, under the rule `direct`.
        #[serde(default)]
        back_to: Option<NodeId>,
        /// The task whose people returned it.
        #[serde(default)]
        task: Option<TaskId>,
        /// Why.
        reason: String,
        /// The generation that begins.
        generation: u32,
    },
    /// A task was answered with a return. `returned` follows at once, or after the scripts have stopped.
    TaskReturned {
        /// The task.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// The requester sent the order on its way again.
    Resubmitted {
        /// The task.
        task: TaskId,
        /// The form, checked.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        form: Values,
    },
    /// A script shall run.
    RunRequested {
        /// The node.
        node: NodeId,
        /// The run, in the state `requested`.
        run: Box<crate::order::Run>,
    },
    /// An attempt began.
    RunStarted {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
        /// Its hosts in order.
        hosts: Vec<String>,
    },
    /// One host has news.
    HostChanged {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
        /// The host.
        host: String,
        /// Its state now.
        state: HostState,
        /// The exit status, when it has ended.
        #[serde(default)]
        exit: Option<i32>,
        /// A short remark.
        #[serde(default)]
        note: Option<Note>,
    },
    /// A run ended, or was left as it is.
    RunEnded {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
        /// How.
        state: RunState,
        /// A short remark, or the reason.
        #[serde(default)]
        note: Option<Note>,
    },
    /// A run is to be stopped; `run_ended` follows when it is verified.
    RunCancelling {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// No further host of a run begins.
    RunPaused {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A run that was paused goes on.
    RunContinued {
        /// The node.
        node: NodeId,
        /// The attempt.
        attempt: u32,
    },
    /// Everything waits until scripts have stopped; then the move takes effect.
    CancellingBegan {
        /// The move.
        cancelling: Cancelling,
    },
    /// The order ended.
    Ended {
        /// How.
        status: Status,
        /// Why, if somebody said so.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Something that a newer version wrote. It changes nothing here.
    #[serde(other)]
    Unknown,
}

/// What moved a task to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// 转交 by its owner.
    Transferred,
    /// An administrator.
    Forced,
    /// A time limit.
    Escalated,
    /// Its owner was disabled.
    Substituted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_a_newer_version_are_passed_over() {
        let newer = r#"{"at_ms": 5, "by": {"person": 1}, "event": "danced", "partner": 2}"#;
        let event: Event = serde_json::from_str(newer).unwrap();
        assert_eq!(event.what, Happening::Unknown);
        let longer = r#"{"at_ms": 5, "by": "system", "event": "claimed", "task": 3, "mood": "good"}"#;
        let event: Event = serde_json::from_str(longer).unwrap();
        assert_eq!(event.what, Happening::Claimed { task: 3 });
    }

    #[test]
    fn the_stored_form_does_not_change_by_accident() {
        let what = Happening::Approved { task: 3, comment: None, automatic: None };
        let event = Event { at_ms: 5, by: Actor::Person(1), what };
        let json = r#"{"at_ms":5,"by":{"person":1},"event":"approved","task":3,"comment":null,"automatic":null}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }
}
