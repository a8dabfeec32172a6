//! What is said about refused moves and wrong flows.

use flow::order::{Actor, TaskState};
use flow::{Refusal as FlowRefusal, Words};
use http::StatusCode;

use super::problem::{Decided, Mark, Problem};
use crate::orders::{ForbiddenRelease, Refusal};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OrderNotFound => Problem::new(StatusCode::NOT_FOUND, "order_not_found"),
            Refusal::FlowNotFound => Problem::new(StatusCode::NOT_FOUND, "flow_not_found"),
            Refusal::FlowDraftNotFound => Problem::new(StatusCode::NOT_FOUND, "flow_draft_not_found"),
            Refusal::DraftChanged(draft) => Problem::new(StatusCode::CONFLICT, "draft_changed").draft(draft),
            Refusal::FormNotFound => Problem::new(StatusCode::NOT_FOUND, "form_not_found"),
            Refusal::IsDraft => Problem::new(StatusCode::CONFLICT, "is_draft"),
            Refusal::NotADraft => Problem::new(StatusCode::CONFLICT, "not_a_draft"),
            Refusal::NotPermitted => Problem::new(StatusCode::FORBIDDEN, "not_permitted"),
            Refusal::UnknownSlash => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_slash"),
            Refusal::Yaml(problem) => {
                let place = format!("line {}", problem.line);
                let words = Words::Each(problem.words);
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "flow_problems").marks(vec![Mark {
                    field: place,
                    code: "yaml".into(),
                    words,
                }])
            }
            Refusal::FlowProblems(problems) => {
                let marks = problems.into_iter().map(flow_mark).collect();
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "flow_problems").marks(marks)
            }
            Refusal::Diagram(problem) => {
                let nodes = problem.nodes.join(", ");
                Problem::new(StatusCode::CONFLICT, "not_a_tree")
                    .words(format!("多条连线指向:{nodes}"), format!("Several links lead to: {nodes}"))
            }
            Refusal::MayNotRelease(release) => forbidden_release(release),
            Refusal::NotTheOwner => Problem::new(StatusCode::CONFLICT, "not_the_owner"),
            Refusal::Locked { .. } => Problem::new(StatusCode::CONFLICT, "release_locked"),
            Refusal::Decided { name, refusal } => decided(name, *refusal),
            Refusal::Flow(refusal) => move_problem(*refusal),
            Refusal::Room(refusal) => refusal.into(),
            Refusal::Account(refusal) => refusal.into(),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

/// Stands next to the field that names the environment, if there is one.
fn forbidden_release(ForbiddenRelease { application, environment, field }: ForbiddenRelease) -> Problem {
    let (chinese, english) = match environment.is_empty() {
        true => (format!("你没有发布 {application} 的权限。"), format!("You may not release {application}.")),
        false => (
            format!("你没有把 {application} 发布到“{environment}”的权限。"),
            format!("You may not release {application} to “{environment}”."),
        ),
    };
    let mark = |field| Mark {
        field: format!("form.{field}"),
        code: "may_not_release".into(),
        words: Words::new(chinese.clone(), english.clone()),
    };
    let marks = field.map(mark).into_iter().collect();
    Problem::new(StatusCode::FORBIDDEN, "may_not_release").words(chinese, english).marks(marks)
}

fn flow_mark(problem: flow::Problem) -> Mark {
    let place = match (problem.node, problem.link, problem.field) {
        (Some(node), _, Some(field)) => format!("nodes.{node}.{field}"),
        (Some(node), ..) => format!("nodes.{node}"),
        (None, Some(link), _) => format!("links[{link}]"),
        (None, None, Some(field)) => format!("form.{field}"),
        (None, None, None) => "flow".into(),
    };
    Mark { field: place, code: problem.code, words: problem.words }
}

/// Somebody was faster: who, what and when.
fn decided(name: String, refusal: FlowRefusal) -> Problem {
    let FlowRefusal::AlreadyDecided { state, by, at_ms, .. } = refusal else { return move_problem(refusal) };
    let verdict = serde_json::json!(state).as_str().unwrap_or_default().to_owned();
    let (chinese, english) = match state {
        TaskState::Approved => ("已同意", "has already agreed"),
        TaskState::Rejected => ("已不同意", "has already refused"),
        TaskState::Returned => ("已退回", "has already sent it back"),
        TaskState::Handled => ("已办理", "has already done it"),
        TaskState::Resubmitted => ("已重新提交", "has already submitted it again"),
        TaskState::Cancelled | TaskState::Open | TaskState::Waiting => ("使该任务已取消", "made this task unnecessary"),
    };
    let problem = Problem::new(StatusCode::CONFLICT, "already_decided");
    let person = by.and_then(Actor::as_person);
    let problem = problem.decided(Decided { by: person, verdict, at: at_ms });
    match person {
        Some(_) => problem.words(format!("{name} {chinese}。"), format!("{name} {english}.")),
        None => problem.words("系统已自动处理。", "It was decided automatically."),
    }
}

/// The problem of a move that the engine refused.
fn move_problem(refusal: FlowRefusal) -> Problem {
    use StatusCode as Status;
    let new = Problem::new;
    match refusal {
        FlowRefusal::WrongStatus { .. } => new(Status::CONFLICT, "wrong_status"),
        FlowRefusal::UnknownTask { .. } => new(Status::NOT_FOUND, "unknown_task"),
        refusal @ FlowRefusal::AlreadyDecided { .. } => decided(String::new(), refusal),
        FlowRefusal::NotYourTurn { .. } => new(Status::CONFLICT, "not_your_turn"),
        FlowRefusal::NotYourTask { .. } => new(Status::FORBIDDEN, "not_your_task"),
        FlowRefusal::Claimed { by, .. } => {
            let decided = Decided { by: Some(by), verdict: "claimed".into(), at: None };
            new(Status::CONFLICT, "claimed").decided(decided)
        }
        FlowRefusal::NotClaimable { .. } => new(Status::CONFLICT, "not_claimable"),
        FlowRefusal::NoOpenTask {} => new(Status::FORBIDDEN, "no_open_task"),
        FlowRefusal::WhichTask { tasks } => {
            let list = tasks.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            new(Status::CONFLICT, "which_task").words(format!("任务:{list}"), format!("Tasks: {list}"))
        }
        FlowRefusal::WrongKind { .. } => new(Status::CONFLICT, "wrong_kind"),
        FlowRefusal::OwnOrder {} => new(Status::FORBIDDEN, "own_order"),
        FlowRefusal::ReasonRequired {} => new(Status::UNPROCESSABLE_ENTITY, "reason_required").marks(vec![Mark {
            field: "reason".into(),
            code: "required".into(),
            words: Words::new("请填写原因。", "Please give a reason."),
        }]),
        FlowRefusal::TooLong { most } => new(Status::UNPROCESSABLE_ENTITY, "invalid_fields").marks(vec![Mark {
            field: "reason".into(),
            code: "too_long".into(),
            words: Words::new(format!("最多 {most} 个字符。"), format!("At most {most} characters.")),
        }]),
        FlowRefusal::NotAllowed { .. } => new(Status::FORBIDDEN, "not_allowed"),
        FlowRefusal::UnknownPerson { .. } => new(Status::UNPROCESSABLE_ENTITY, "unknown_person"),
        FlowRefusal::AlreadyAsked { .. } => new(Status::CONFLICT, "already_asked"),
        FlowRefusal::HowMany { most } => new(Status::UNPROCESSABLE_ENTITY, "how_many")
            .words(format!("请选择 1 到 {most} 人。"), format!("Name 1 to {most} people.")),
        FlowRefusal::NoReturnThere { .. } => new(Status::CONFLICT, "no_return_there"),
        FlowRefusal::LoopCap { times, .. } => new(Status::CONFLICT, "loop_cap")
            .words(format!("该节点已进入 {times} 次。"), format!("The node was entered {times} times.")),
        FlowRefusal::NoWithdraw { .. } => new(Status::CONFLICT, "no_withdraw"),
        FlowRefusal::Form { problems } => {
            let mark = |problem: flow::form::FieldProblem| Mark {
                field: format!("form.{}", problem.path),
                code: problem.code,
                words: problem.words,
            };
            new(Status::UNPROCESSABLE_ENTITY, "invalid_fields").marks(problems.into_iter().map(mark).collect())
        }
        FlowRefusal::Expression { node, expression, problem, .. } => {
            let words = problem.words();
            new(Status::UNPROCESSABLE_ENTITY, "expression_failed").words(
                format!("节点 {node} 的条件 {expression}:{}", words.in_language("zh")),
                format!("The condition {expression} at {node}: {}", words.in_language("en")),
            )
        }
        FlowRefusal::ChooseApprovers { nodes } => {
            let mark = |node: String| Mark {
                field: format!("chosen.{node}"),
                code: "required".into(),
                words: Words::new("请选择审批人。", "Please choose who decides."),
            };
            new(Status::UNPROCESSABLE_ENTITY, "invalid_fields").marks(nodes.into_iter().map(mark).collect())
        }
        // No 429: clients would hold back everything else, too, for as long as that.
        FlowRefusal::Throttled { .. } => new(Status::CONFLICT, "nudged_recently"),
        FlowRefusal::UnknownTimer { .. } | FlowRefusal::TooEarly { .. } => new(Status::CONFLICT, "no_timer"),
        FlowRefusal::UnknownNode { .. } => new(Status::NOT_FOUND, "unknown_node"),
        FlowRefusal::UnknownHost { .. } => new(Status::NOT_FOUND, "unknown_host"),
        FlowRefusal::StaleAttempt { .. } => new(Status::CONFLICT, "stale_attempt"),
        FlowRefusal::WrongRunState { .. } => new(Status::CONFLICT, "wrong_run_state"),
        FlowRefusal::TooMany { most, .. } => {
            new(Status::CONFLICT, "too_many_of_it").words(format!("最多 {most}。"), format!("At most {most}."))
        }
    }
}

/// In English and Chinese.
pub fn title(slug: &str) -> Option<(&'static str, &'static str)> {
    Some(match slug {
        "order_not_found" => ("There is no such order, or you have no part in it.", "没有这个工单,或者与你无关。"),
        "flow_not_found" => ("There is no such flow or version.", "没有这个流程或版本。"),
        "flow_draft_not_found" => ("There is no draft of this flow.", "这个流程没有草稿。"),
        "draft_changed" => {
            ("Somebody else has changed the draft. Nothing was overwritten.", "草稿已被他人更改,没有覆盖任何内容。")
        }
        "form_not_found" => ("There is no such version of the form.", "没有这个版本的表单。"),
        "is_draft" => ("The order is a draft and not submitted yet.", "工单还是草稿,尚未提交。"),
        "not_a_draft" => ("The order was submitted already.", "工单已经提交。"),
        "not_permitted" => ("You need a permission for this.", "你没有这项权限。"),
        "may_not_release" => ("The permission to start this release is missing.", "没有启动该发布的权限。"),
        "not_the_owner" => ("Another server runs this now.", "另一台服务器正在执行。"),
        "release_locked" => ("Another release goes on there.", "同一环境正在进行另一次发布。"),
        "unknown_slash" => (
            "The order knows no such command. Try /approve, /reject, /return, /withdraw or /nudge.",
            "工单不认识这条命令。可用:/approve、/reject、/return、/withdraw、/nudge。",
        ),
        "flow_problems" => ("The flow has problems.", "流程有问题。"),
        "not_a_tree" => ("The diagram is no tree: paths meet in it.", "图中有汇合,不是树。"),
        "already_decided" => ("Somebody was faster.", "有人已先处理。"),
        "wrong_status" => ("The order does not take this move now.", "工单现在不能这样做。"),
        "unknown_task" => ("There is no such task.", "没有这个任务。"),
        "not_your_turn" => ("Others come first.", "还没轮到你。"),
        "not_your_task" => ("The task is not yours.", "这不是你的任务。"),
        "claimed" => ("Somebody else has claimed the task.", "任务已被他人认领。"),
        "not_claimable" => ("The task can not be claimed or given back.", "该任务不能认领或放回。"),
        "no_open_task" => ("You have no open task here.", "这里没有等你处理的任务。"),
        "which_task" => ("You have several open tasks here; say which.", "你有多个待办任务,请指明哪一个。"),
        "wrong_kind" => ("The task asks for something else.", "该任务不能这样处理。"),
        "own_order" => ("Nobody decides their own order here.", "不能审批自己的工单。"),
        "reason_required" => ("Please give a reason.", "请填写原因。"),
        "not_allowed" => ("You may not do this with the order.", "你不能对该工单这样做。"),
        "unknown_person" => ("There is no such person, or the account is closed.", "没有这个人,或账号已停用。"),
        "already_asked" => ("This person is asked already.", "已经在等这个人处理。"),
        "how_many" => ("Name some people, but not too many.", "请选择合适数量的人。"),
        "no_return_there" => ("The order can not go back there.", "不能退回到该节点。"),
        "loop_cap" => ("The order went round too often.", "工单循环次数过多。"),
        "no_withdraw" => ("The order can not be withdrawn any more.", "工单已不能撤回。"),
        "expression_failed" => ("A condition of the flow can not be evaluated.", "流程的条件无法计算。"),
        "nudged_recently" => ("They were reminded less than an hour ago.", "一小时内已经催办过。"),
        "no_timer" => ("There is no such timer, or it is not due.", "没有这个定时器,或尚未到时。"),
        "unknown_node" => ("There is no such node.", "没有这个节点。"),
        "unknown_host" => ("There is no such host.", "没有这台主机。"),
        "stale_attempt" => ("There is a newer attempt.", "已有更新的一次执行。"),
        "wrong_run_state" => ("The run does not take this move now.", "执行现在不能这样做。"),
        "too_many_of_it" => ("That is more than an order takes.", "超出工单的上限。"),
        _ => return None,
    })
}
