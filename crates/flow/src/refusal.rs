//! Why a move was refused.

use serde::Serialize;

use crate::definition::NodeId;
use crate::expression::ExpressionProblem;
use crate::form::FieldProblem;
use crate::order::{Actor, Status, TaskId, TaskState};

/// Why a move was refused. A refused move changes nothing.
///
/// In JSON, `refusal` holds the stable slug and the other keys its data. The English text is for logs; people read
/// words that the server makes from the slug and the data.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The order has ended, or its state does not know the move.
    #[error("an order that is {status:?} does not take {move}")]
    WrongStatus {
        /// Where the order stands.
        status: Status,
        /// The move.
        r#move: &'static str,
    },
    /// There is no such task.
    #[error("there is no task {task}")]
    UnknownTask {
        /// The task.
        task: TaskId,
    },
    /// Somebody was faster.
    #[error("task {task} was already {state:?} by {by:?}")]
    AlreadyDecided {
        /// The task.
        task: TaskId,
        /// What became of it.
        state: TaskState,
        /// Who decided: the person of the vote that made it certain, when the task was cancelled by one.
        by: Option<Actor>,
        /// When, in milliseconds since 1970.
        at_ms: Option<i64>,
    },
    /// Others come first.
    #[error("task {task} waits for others")]
    NotYourTurn {
        /// The task.
        task: TaskId,
        /// The tasks that come first.
        after: Vec<TaskId>,
    },
    /// It is somebody else's task.
    #[error("task {task} is not yours")]
    NotYourTask {
        /// The task.
        task: TaskId,
    },
    /// One of several people has taken it.
    #[error("task {task} was claimed by {by}")]
    Claimed {
        /// The task.
        task: TaskId,
        /// Who has it.
        by: i64,
    },
    /// Nobody has claimed it, or it has only one person.
    #[error("task {task} can not be claimed or given back")]
    NotClaimable {
        /// The task.
        task: TaskId,
    },
    /// The person has no open task that takes this move.
    #[error("you have no open task here")]
    NoOpenTask {},
    /// The person has several open tasks and named none.
    #[error("you have several open tasks: {tasks:?}")]
    WhichTask {
        /// The open tasks.
        tasks: Vec<TaskId>,
    },
    /// The task asks for something else.
    #[error("task {task} does not take {move}")]
    WrongKind {
        /// The task.
        task: TaskId,
        /// The move.
        r#move: &'static str,
    },
    /// The requester can not decide their own order.
    #[error("nobody decides their own order here")]
    OwnOrder {},
    /// A reason is required.
    #[error("a reason is required")]
    ReasonRequired {},
    /// A text is too long.
    #[error("the text is longer than {most} characters")]
    TooLong {
        /// The longest that is taken.
        most: usize,
    },
    /// Only some people may do this.
    #[error("only {who} may do this")]
    NotAllowed {
        /// Who: `requester`, `administrator`, `releaser`, `participant` or `system`.
        who: &'static str,
    },
    /// The person is unknown or disabled.
    #[error("person {person} is unknown or disabled")]
    UnknownPerson {
        /// The person.
        person: i64,
    },
    /// The person is asked already.
    #[error("person {person} is asked already")]
    AlreadyAsked {
        /// The person.
        person: i64,
    },
    /// Nobody, or too many people, were named.
    #[error("name from 1 to {most} people")]
    HowMany {
        /// The most that are taken.
        most: usize,
    },
    /// The order can not go back there.
    #[error("the order can not be returned to {to}")]
    NoReturnThere {
        /// The node.
        to: NodeId,
        /// Where it can go back to, besides the requester.
        possible: Vec<NodeId>,
    },
    /// A node was entered too often.
    #[error("node {node} was entered {times} times")]
    LoopCap {
        /// The node.
        node: NodeId,
        /// How often.
        times: u32,
    },
    /// The flow does not let the requester withdraw now.
    #[error("the flow does not allow withdrawing now")]
    NoWithdraw {
        /// The flow's rule: `before_first_verdict` or `never`.
        rule: crate::definition::Withdraw,
    },
    /// The form is wrong.
    #[error("the form has {} problems", problems.len())]
    Form {
        /// Every problem.
        problems: Vec<FieldProblem>,
    },
    /// An expression could not be evaluated.
    #[error("the expression at {node} failed: {problem}")]
    Expression {
        /// The node.
        node: NodeId,
        /// The link, for a condition.
        link: Option<usize>,
        /// The expression.
        expression: String,
        /// What is wrong.
        problem: ExpressionProblem,
    },
    /// The requester has to choose approvers for these nodes.
    #[error("choose approvers for {nodes:?}")]
    ChooseApprovers {
        /// The nodes.
        nodes: Vec<NodeId>,
    },
    /// The people were reminded less than an hour ago.
    #[error("the next nudge is possible at {again_ms}")]
    Throttled {
        /// When it is possible again, in milliseconds since 1970.
        again_ms: i64,
    },
    /// There is no such timer any more.
    #[error("there is no timer {timer}")]
    UnknownTimer {
        /// The timer.
        timer: String,
    },
    /// The timer is not due.
    #[error("the timer is due at {at_ms}")]
    TooEarly {
        /// When it is due, in milliseconds since 1970.
        at_ms: i64,
    },
    /// There is no such node, or it is no run node.
    #[error("there is no run node {node}")]
    UnknownNode {
        /// The node.
        node: NodeId,
    },
    /// There is no such host.
    #[error("there is no host {host}")]
    UnknownHost {
        /// The host.
        host: String,
    },
    /// News of an attempt that is not the current one.
    #[error("attempt {attempt} is not the current one")]
    StaleAttempt {
        /// The attempt that was named.
        attempt: u32,
        /// The current one.
        current: u32,
    },
    /// The run's state does not know the move.
    #[error("the run of {node} does not take {move} now")]
    WrongRunState {
        /// The node.
        node: NodeId,
        /// The run's state; absent when there is none.
        state: Option<crate::order::RunState>,
        /// The move.
        r#move: &'static str,
    },
    /// More than the engine takes.
    #[error("more than {most} {what}")]
    TooMany {
        /// What: `tasks`, `hosts`, `people` or `attempts`.
        what: &'static str,
        /// The most that are taken.
        most: usize,
    },
}

impl Refusal {
    /// The stable slug, as in JSON.
    pub fn slug(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("refusal").and_then(|slug| slug.as_str()).unwrap_or("refused").to_owned()
    }
}
