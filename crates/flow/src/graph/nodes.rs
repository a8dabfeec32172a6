//! The keys of each kind of node.

use std::collections::{BTreeMap, BTreeSet};

use super::Problems;
use crate::definition::{
    Access, Batches, Definition, NameOrField, NodeId, NodeKind, Place, Run, Timeout, TimeoutMove, VoteRule, Wait, Who,
    bounds,
};
use crate::form::FieldKind;

pub(super) fn check(definition: &Definition, problems: &mut Problems) {
    let checker = Checker {
        fields: definition.form.iter().map(|field| (field.id.as_str(), field.kind)).collect(),
        deciding: definition
            .nodes
            .iter()
            .filter(|node| matches!(node.kind, NodeKind::Approve(_) | NodeKind::Handle(_)))
            .map(|node| node.id.as_str())
            .collect(),
    };
    for (place, node) in definition.nodes.iter().enumerate().take(bounds::NODES) {
        match &node.kind {
            NodeKind::Start(start) => checker.access(place, &start.fields, problems),
            NodeKind::Approve(approve) => {
                checker.who(place, &approve.who, problems);
                checker.rule(place, approve.rule, problems);
                checker.access(place, &approve.fields, problems);
                checker.timeouts(place, &approve.timeouts, true, problems);
                checker.return_to(place, approve.return_to.as_deref(), problems);
            }
            NodeKind::Handle(handle) => {
                checker.who(place, &handle.who, problems);
                checker.access(place, &handle.fields, problems);
                checker.timeouts(place, &handle.timeouts, false, problems);
                checker.return_to(place, handle.return_to.as_deref(), problems);
            }
            NodeKind::Cc(cc) => checker.who(place, &cc.who, problems),
            NodeKind::Wait(wait) => checker.wait(place, wait, problems),
            NodeKind::Run(run) => checker.run(place, run, problems),
            NodeKind::End(_) | NodeKind::Condition(_) | NodeKind::Fork(_) | NodeKind::Join(_) => {}
        }
    }
}

struct Checker<'a> {
    fields: BTreeMap<&'a str, FieldKind>,
    deciding: BTreeSet<&'a str>,
}

impl Checker<'_> {
    fn who(&self, place: usize, who: &[Who], problems: &mut Problems) {
        if who.is_empty() {
            problems.node("nobody", place, "没有指定人员", "names nobody");
        }
        self.listed(place, who, problems);
    }

    fn listed(&self, place: usize, who: &[Who], problems: &mut Problems) {
        if who.len() > bounds::WHO {
            problems.node("too_many", place, "的人员列表过长", "names too many people");
        }
        for field in who.iter().filter_map(|who| if let Who::Field(field) = who { Some(field) } else { None }) {
            if !matches!(self.fields.get(field.as_str()), Some(FieldKind::Person | FieldKind::Group)) {
                problems.node_field(
                    "unknown_approver_field",
                    place,
                    field,
                    "引用的字段不是人员或组字段",
                    "asks the people of a field that is no person or group",
                );
            }
        }
    }

    fn rule(&self, place: usize, rule: VoteRule, problems: &mut Problems) {
        let sound = match rule {
            VoteRule::Quorum(votes) => (1..=bounds::SEATS as u32).contains(&votes),
            VoteRule::Percent(percent) => (1..=100).contains(&percent),
            _ => true,
        };
        if !sound {
            problems.node("bad_rule", place, "的票数或百分比有误", "has a wrong count or percentage of votes");
        }
    }

    fn access(&self, place: usize, access: &BTreeMap<String, Access>, problems: &mut Problems) {
        for field in access.keys().filter(|field| !self.fields.contains_key(field.as_str())) {
            problems.node_field("unknown_field", place, field, "引用了没有的字段", "names a field that is not there");
        }
    }

    fn timeouts(&self, place: usize, timeouts: &[Timeout], verdict: bool, problems: &mut Problems) {
        if timeouts.len() > bounds::ENTRIES {
            problems.node("too_many", place, "的超时设置过多", "has too many timeouts");
        }
        for timeout in timeouts {
            let only_escalate = timeout.to.is_empty() || timeout.then == TimeoutMove::Escalate;
            if !only_escalate || timeout.after.ms == 0 || (timeout.then == TimeoutMove::Reject && !verdict) {
                problems.node("bad_timeout", place, "的超时设置有误", "has a timeout that makes no sense");
            }
            self.listed(place, &timeout.to, problems);
        }
    }

    fn return_to(&self, place: usize, return_to: Option<&[NodeId]>, problems: &mut Problems) {
        for node in return_to.unwrap_or_default().iter().filter(|node| !self.deciding.contains(node.as_str())) {
            problems.node_field("unknown_return", place, node, "不能退回到", "can not return to");
        }
    }

    fn wait(&self, place: usize, wait: &Wait, problems: &mut Problems) {
        if wait.duration.is_some() == wait.until.is_some() {
            problems.node("bad_wait", place, "需要 for 或 until 之一", "needs either for or until");
        }
        if let Some(field) =
            wait.until.as_ref().filter(|field| self.fields.get(field.as_str()) != Some(&FieldKind::Date))
        {
            problems.node_field(
                "unknown_field",
                place,
                field,
                "的 until 不是日期字段",
                "waits until a field that is no date",
            );
        }
    }

    fn run(&self, place: usize, run: &Run, problems: &mut Problems) {
        if run.script.trim().is_empty() || run.script.len() > bounds::SCRIPT {
            problems.node("bad_script", place, "的脚本为空或过长", "has no script, or one of more than 64 KiB");
        }
        let texts = [(&run.place, "on")].into_iter().filter_map(|(place, _)| match place {
            Place::Field(field) => Some(field),
            _ => None,
        });
        let environment = run.environment.as_ref().and_then(|environment| match environment {
            NameOrField::Field(field) => Some(&field.field),
            NameOrField::Name(_) => None,
        });
        for field in texts.chain(environment) {
            if !matches!(self.fields.get(field.as_str()), Some(FieldKind::Text | FieldKind::Choice | FieldKind::Group))
            {
                problems.node_field(
                    "unknown_field",
                    place,
                    field,
                    "引用的字段不是文字、选项或组",
                    "names a field that is no text, choice or group",
                );
            }
        }
        if matches!(&run.batches, Batches::Sizes(sizes) if sizes.is_empty() || sizes.len() > bounds::ENTRIES) {
            problems.node("bad_batches", place, "的分批设置有误", "has wrong batches");
        }
        let variables = run.parameters.keys().chain(&run.secrets);
        let distinct: BTreeSet<&String> = variables.clone().collect();
        let count = run.parameters.len() + run.secrets.len();
        if variables.clone().any(|name| !is_variable(name)) || distinct.len() < count || count > bounds::ENTRIES {
            problems.node(
                "bad_parameters",
                place,
                "的参数或密钥名称有误、重复或过多",
                "has wrong, double or too many names of parameters and secrets",
            );
        }
        if run.artifacts.iter().any(|path| !is_relative(path)) || run.artifacts.len() > bounds::ENTRIES {
            problems.node(
                "bad_artifacts",
                place,
                "的产物路径须是工作目录内的相对路径",
                "has artifacts that are not relative paths within its folder",
            );
        }
        let group = if let Place::Group(name) = &run.place { Some(name) } else { None };
        let environment = run.environment.as_ref().and_then(|environment| match environment {
            NameOrField::Name(name) => Some(name),
            NameOrField::Field(_) => None,
        });
        let names = run.application.iter().chain(group).chain(environment);
        let health = run.health.as_ref().is_some_and(|health| health.len() > bounds::TEXT || health.trim().is_empty());
        if names.into_iter().any(|name| name.trim().is_empty() || name.len() > bounds::NAME) || health {
            problems.node(
                "bad_name",
                place,
                "的应用、环境、主机组或健康检查为空或过长",
                "has an empty or too long application, environment, group or health command",
            );
        }
        self.listed(place, &run.releasers, problems);
    }
}

/// A name that every shell takes: letters, digits and `_`, not beginning with a digit.
fn is_variable(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !name.is_empty() && name.len() <= bounds::IDENTIFIER && !name.as_bytes()[0].is_ascii_digit()
}

fn is_relative(path: &str) -> bool {
    let parts_sound = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    parts_sound && path.len() <= bounds::NAME && !path.contains(['\0', '\\'])
}
