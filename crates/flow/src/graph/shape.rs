//! The parts of a graph: names, counts, and which links each kind of node has.

use std::collections::{BTreeMap, BTreeSet};

use super::Problems;
use crate::definition::{Definition, Link, NodeKind, Outcome, Position, bounds};

/// The links that begin at each node, by index.
pub(super) fn outgoing(definition: &Definition) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> =
        definition.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), place)).collect();
    let mut outgoing = vec![Vec::new(); definition.nodes.len()];
    for (index, link) in definition.links.iter().enumerate() {
        if let Some(place) = places.get(link.from.as_str()) {
            outgoing[*place].push(index);
        }
    }
    outgoing
}

pub(super) fn check(definition: &Definition, problems: &mut Problems) {
    check_bounds(definition, problems);
    check_names(definition, problems);
    check_links(definition, problems);
    check_ways(definition, problems);
}

fn check_bounds(definition: &Definition, problems: &mut Problems) {
    let counts = [
        (definition.nodes.len() > bounds::NODES, "too_many_nodes", "节点超过 500 个", "there are more than 500 nodes"),
        (
            definition.links.len() > bounds::LINKS,
            "too_many_links",
            "连线超过 1000 条",
            "there are more than 1,000 links",
        ),
        (definition.name.longest() > bounds::NAME, "too_long", "名称过长", "the name is too long"),
        (definition.description.longest() > bounds::TEXT, "too_long", "说明过长", "the description is too long"),
        (definition.name.is_empty(), "no_name", "流程没有名称", "the flow has no name"),
        (
            !(1..=bounds::LOOPS).contains(&definition.rules.loop_cap),
            "loop_cap",
            "循环上限须为 1 到 1000",
            "loop_cap must be from 1 to 1,000",
        ),
    ];
    for (wrong, code, zh, en) in counts {
        if wrong {
            problems.flow(code, zh, en);
        }
    }
    let near = -bounds::DISTANCE..=bounds::DISTANCE;
    let sound = |Position(x, y): &Position| near.contains(x) && near.contains(y);
    if definition.layout.len() > bounds::NODES || !definition.layout.values().all(sound) {
        problems.flow(
            "bad_layout",
            "layout 的位置超过 500 个或超出 ±100000",
            "layout has more than 500 positions, or one beyond ±100,000",
        );
    }
    if !is_slug(&definition.flow) {
        problems.flow(
            "bad_id",
            "flow 只能用小写字母、数字和连字符",
            "flow may hold small letters, digits and hyphens only",
        );
    }
}

fn check_names(definition: &Definition, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (place, node) in definition.nodes.iter().enumerate().take(bounds::NODES) {
        if !seen.insert(&node.id) {
            problems.node("duplicate_id", place, "的标识重复", "has an id that another node has, too");
        }
        if !is_identifier(&node.id) || node.id == crate::decide::REQUESTER {
            problems.node(
                "bad_id",
                place,
                "的标识不可用",
                "has an id that can not be used: small letters, digits, _ and -",
            );
        }
        if node.name.is_empty() || node.name.longest() > bounds::NAME {
            problems.node("bad_name", place, "的名称为空或过长", "has no name, or one that is too long");
        }
    }
    let starts: Vec<usize> = places(definition, |kind| matches!(kind, NodeKind::Start(_)));
    match starts.as_slice() {
        [_] => {}
        [] => problems.flow("no_start", "没有开始节点", "there is no start"),
        [_, others @ ..] => others
            .iter()
            .for_each(|place| problems.node("several_starts", *place, "是多余的开始节点", "is a second start")),
    }
    if places(definition, |kind| matches!(kind, NodeKind::End(_))).is_empty() {
        problems.flow("no_end", "没有结束节点", "there is no end");
    }
}

fn places(definition: &Definition, wanted: impl Fn(&NodeKind) -> bool) -> Vec<usize> {
    let nodes = definition.nodes.iter().enumerate();
    nodes.filter(|(_, node)| wanted(&node.kind)).map(|(place, _)| place).collect()
}

fn check_links(definition: &Definition, problems: &mut Problems) {
    let kinds: BTreeMap<&str, &NodeKind> = definition.nodes.iter().map(|node| (node.id.as_str(), &node.kind)).collect();
    let mut seen = BTreeSet::new();
    for (index, link) in definition.links.iter().enumerate().take(bounds::LINKS) {
        let (Some(from), Some(to)) = (kinds.get(link.from.as_str()), kinds.get(link.to.as_str())) else {
            problems.link("unknown_node", index, "没有这个节点", "there is no such node");
            continue;
        };
        if matches!(to, NodeKind::Start(_)) {
            problems.link("link_to_start", index, "不能连到开始节点", "nothing leads to the start");
        }
        if matches!(from, NodeKind::End(_)) {
            problems.link("link_from_end", index, "结束节点没有出线", "nothing leads on from an end");
        }
        let condition = matches!(from, NodeKind::Condition(_));
        if condition && link.when.is_some() == link.otherwise {
            problems.link("when_or_otherwise", index, "需要 when 或 otherwise 之一", "give either when or otherwise");
        }
        if !condition && (link.when.is_some() || link.otherwise) {
            problems.link(
                "not_a_condition",
                index,
                "只有条件节点能用 when 和 otherwise",
                "only conditions have when and otherwise",
            );
        }
        let fits = match link.on {
            None => true,
            Some(Outcome::Rejected) => matches!(from, NodeKind::Approve(_)),
            Some(Outcome::Failed) => matches!(from, NodeKind::Run(_)),
        };
        if !fits {
            problems.link("wrong_outcome", index, "这个节点没有此结果", "its node does not have this outcome");
        }
        if link.text.as_ref().is_some_and(|text| text.longest() > bounds::NAME) {
            problems.link("too_long", index, "文字过长", "its text is too long");
        }
        let same = (link.from.as_str(), link.to.as_str(), link.on.map(|on| on as u8), link.when.as_deref());
        if !seen.insert(same) {
            problems.link("duplicate_link", index, "重复", "it is there twice");
        }
    }
}

/// Which ways lead on from each node.
fn check_ways(definition: &Definition, problems: &mut Problems) {
    let outgoing = outgoing(definition);
    for (place, node) in definition.nodes.iter().enumerate() {
        let links: Vec<&Link> = outgoing[place].iter().map(|index| &definition.links[*index]).collect();
        let plain = links.iter().filter(|link| link.on.is_none()).count();
        match &node.kind {
            NodeKind::End(_) => {}
            NodeKind::Fork(_) if links.len() < 2 => {
                problems.node("fork_without_branches", place, "至少要有两个分支", "needs at least two branches");
            }
            NodeKind::Fork(_) => {}
            NodeKind::Condition(_) => {
                let otherwise = links.iter().filter(|link| link.otherwise).count();
                if otherwise == 0 {
                    problems.node("no_otherwise", place, "没有“其他情况”的出线", "has no link with otherwise");
                }
                if otherwise > 1 {
                    problems.node(
                        "otherwise_twice",
                        place,
                        "有多条“其他情况”的出线",
                        "has several links with otherwise",
                    );
                }
                if links.len() == otherwise {
                    problems.node("no_when", place, "没有带条件的出线", "has no link with when");
                }
            }
            _ => {
                if plain == 0 {
                    problems.node("no_way_on", place, "没有出线", "has no link that leads on");
                }
                if plain > 1 {
                    problems.node(
                        "several_ways",
                        place,
                        "有多条出线,请用条件或并行网关",
                        "has several links; use a condition or a fork",
                    );
                }
                if links.len() - plain > 1 {
                    problems.node("outcome_twice", place, "同一结果有多条出线", "has several links for one outcome");
                }
            }
        }
    }
}

/// Small letters, digits and hyphens, beginning with a letter or digit.
pub fn is_slug(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !text.is_empty() && text.len() <= bounds::IDENTIFIER && text.chars().all(plain) && !text.starts_with('-')
}

/// Small letters, digits, `_` and `-`, beginning with a letter.
fn is_identifier(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '-');
    text.len() <= bounds::IDENTIFIER
        && text.chars().all(plain)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}
