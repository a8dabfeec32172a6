//! What an order has still before it.

use std::collections::BTreeSet;

use super::{Order, Status};
use crate::definition::{NameOrField, Run as RunNode};
use crate::form::Values;
use crate::graph::Flow;

impl Flow {
    /// The environment that a run node releases to with this form; nothing when it names none.
    pub fn environment<'a>(&self, node: &'a RunNode, form: &'a Values) -> Option<&'a str> {
        match node.environment.as_ref()? {
            NameOrField::Name(name) => Some(name),
            NameOrField::Field(field) => form.get(&field.field)?.as_str(),
        }
    }
}

impl Order {
    /// Whether a run node of this application and environment is where the order stands, or can still be reached from
    /// there. While scripts are stopped, nothing else is reached.
    pub fn still_releases(&self, flow: &Flow, application: &str, environment: Option<&str>) -> bool {
        if self.status.is_final() {
            return false;
        }
        let mut waiting: Vec<&str> = self.tokens.keys().map(String::as_str).collect();
        let mut seen: BTreeSet<&str> = waiting.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            let releases = |node: &RunNode| {
                // What runs already stays with the environment that it began with.
                let begun = self.runs.get(id).filter(|run| self.tokens.get(id).is_some_and(|on| on.id == run.token));
                let towards = match begun {
                    Some(run) => run.environment.as_deref(),
                    None => flow.environment(node, &self.form),
                };
                node.application.as_deref() == Some(application) && towards == environment
            };
            if flow.run(id).is_some_and(releases) {
                return true;
            }
            if self.status != Status::Cancelling {
                let next = flow.outgoing(id).iter().filter_map(|link| flow.link(*link));
                waiting.extend(next.map(|link| link.to.as_str()).filter(|to| seen.insert(to)));
            }
        }
        false
    }
}
