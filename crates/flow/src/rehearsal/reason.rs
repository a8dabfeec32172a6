//! Why somebody is asked.

use crate::definition::{Node, NodeKind, Who};
use crate::directory::{Directory, PersonId};
use crate::graph::Flow;
use crate::order::{Order, Task, TaskKind};
use crate::words::{EachLanguage, Words};

/// Says why this person has this task.
pub(super) fn of_task(
    flow: &Flow,
    directory: &Directory,
    order: &Order,
    task: &Task,
    person: PersonId,
) -> EachLanguage {
    let words = match task.kind {
        TaskKind::Resubmit => Words::new("工单退回给申请人", "the order came back to the requester"),
        TaskKind::RunFailed => Words::new("执行失败,由发布负责人处理", "the run failed and asks its releasers"),
        TaskKind::Administer => Words::new("需要管理员处理", "an administrator has to look"),
        TaskKind::Approve | TaskKind::Handle => {
            // Somebody who stands in for another has the task for that one's reason.
            let named = task.delegated_from.unwrap_or(person);
            let found = flow.node(&task.node).and_then(|node| named_by(flow, directory, order, node, named));
            match (found, &task.group) {
                (Some(who), _) => words(flow, who),
                (None, Some(group)) => words(flow, &Who::Group(group.clone())),
                (None, None) if task.administrators => {
                    Words::new("找不到人,改由管理员处理", "nobody was found, so the administrators are asked")
                }
                (None, None) => Words::new("由他人转来", "somebody handed it on"),
            }
        }
    };
    words.each()
}

/// Says why this person gets a copy.
pub(super) fn of_copy(
    flow: &Flow,
    directory: &Directory,
    order: &Order,
    node: &Node,
    person: PersonId,
) -> Option<EachLanguage> {
    named_by(flow, directory, order, node, person).map(|who| words(flow, who).each())
}

/// The first entry of the node that stands for this person.
fn named_by<'a>(
    flow: &Flow,
    directory: &Directory,
    order: &Order,
    node: &'a Node,
    person: PersonId,
) -> Option<&'a Who> {
    let who: &[Who] = match &node.kind {
        NodeKind::Approve(approve) => &approve.who,
        NodeKind::Handle(handle) => &handle.who,
        NodeKind::Cc(cc) => &cc.who,
        NodeKind::Run(run) => &run.releasers,
        _ => &[],
    };
    let in_group = |name: &str| directory.groups.get(name).is_some_and(|members| members.contains(&person));
    who.iter().find(|who| match who {
        Who::Manager => directory.manager_of(order.requester) == Some(person),
        Who::Chosen => order.chosen.get(&node.id).is_some_and(|people| people.contains(&person)),
        Who::Administrators => directory.is_administrator(person),
        Who::Requester => order.requester == person,
        Who::Person(username) => directory.by_username(username) == Some(person),
        Who::Group(name) => in_group(name),
        Who::Field(id) => match (flow.field(id), order.form.get(id)) {
            (Some(_), Some(value)) => value.as_i64() == Some(person) || value.as_str().is_some_and(in_group),
            _ => false,
        },
    })
}

fn words(flow: &Flow, who: &Who) -> Words {
    match who {
        Who::Manager => Words::new("申请人的主管", "the requester's manager"),
        Who::Chosen => Words::new("由申请人选定", "chosen by the requester"),
        Who::Administrators => Words::new("管理员", "an administrator"),
        Who::Requester => Words::new("申请人本人", "the requester"),
        Who::Person(_) => Words::new("流程指定", "named by the flow"),
        Who::Group(group) => Words::new(format!("组“{group}”的成员"), format!("of the group “{group}”")),
        Who::Field(id) => {
            let label = |language| flow.field(id).map_or(id.as_str(), |field| field.label.in_language(language));
            Words::new(format!("表单字段“{}”指定", label("zh")), format!("named by the form in “{}”", label("en")))
        }
    }
}
