//! Whether the people and groups that a flow names are there.

use std::collections::BTreeSet;

use super::{Flow, Problem, Problems};
use crate::definition::{NodeKind, Who};
use crate::directory::Directory;

impl Flow {
    /// Looks for people and groups that the flow names and the directory does not know. Groups of hosts belong to the
    /// server, which checks them.
    pub fn check_people(&self, directory: &Directory) -> Vec<Problem> {
        let mut problems = Problems::new(&self.definition);
        for (place, node) in self.definition.nodes.iter().enumerate() {
            let timeouts = match &node.kind {
                NodeKind::Approve(approve) => approve.timeouts.as_slice(),
                NodeKind::Handle(handle) => handle.timeouts.as_slice(),
                _ => &[],
            };
            let who = match &node.kind {
                NodeKind::Approve(approve) => approve.who.as_slice(),
                NodeKind::Handle(handle) => handle.who.as_slice(),
                NodeKind::Cc(cc) => cc.who.as_slice(),
                NodeKind::Run(run) => run.releasers.as_slice(),
                _ => &[],
            };
            let named: BTreeSet<&Who> = who.iter().chain(timeouts.iter().flat_map(|timeout| &timeout.to)).collect();
            for who in named {
                match who {
                    Who::Person(username) if directory.by_username(username).is_none() => {
                        problems.node_field(
                            "unknown_person",
                            place,
                            username,
                            "指定了没有的人",
                            "names somebody who is not there",
                        );
                    }
                    Who::Group(group) if !directory.groups.contains_key(group) => {
                        problems.node_field(
                            "unknown_group",
                            place,
                            group,
                            "指定了没有的组",
                            "names a group that is not there",
                        );
                    }
                    _ => {}
                }
            }
        }
        problems.found
    }
}
