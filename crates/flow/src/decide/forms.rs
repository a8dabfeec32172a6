//! Changes of the form.

use std::collections::{BTreeMap, BTreeSet};

use super::turn::Turn;
use crate::definition::Access;
use crate::directory::Directory;
use crate::event::Happening;
use crate::form::{self, FieldProblem, Values};
use crate::graph::Flow;
use crate::refusal::Refusal;

impl Turn<'_> {
    /// Takes the changes that come with a decision. A node that writes fields also checks that its required ones are
    /// there.
    pub(super) fn change_form(&mut self, node: &str, changes: Option<&Values>) -> Result<(), Refusal> {
        let access = self.flow.access(node);
        let writable: BTreeSet<&str> = fields_with(access, Access::Write);
        let empty = Values::new();
        let changes = changes.unwrap_or(&empty);
        if writable.is_empty() && changes.is_empty() {
            return Ok(());
        }
        refuse_others(changes, &writable)?;
        let mut merged = self.order.form.clone();
        merged.extend(changes.clone());
        let fields = &self.flow.definition().form;
        let form = form::check_some(fields, &merged, self.context.directory, &|id| writable.contains(id));
        let form = form.map_err(|problems| Refusal::Form { problems })?;
        if form != self.order.form {
            self.act(Happening::FormChanged { node: Some(node.to_owned()), form });
        }
        Ok(())
    }
}

impl Flow {
    /// Checks the form of a requester: a new one, or one that replaces `before`. Fields that the start does not let
    /// them write keep their old values.
    pub fn check_submission(&self, form: &Values, before: &Values, directory: &Directory) -> Result<Values, Refusal> {
        let access = self.access(&self.start().id);
        let writes = |id: &str| access.get(id).is_none_or(|access| *access == Access::Write);
        let fields = &self.definition().form;
        let kept = before.iter().filter(|(id, _)| !writes(id)).map(|(id, value)| (id.clone(), value.clone()));
        let mut merged: Values = kept.collect();
        let mut refused = Vec::new();
        for (id, value) in form {
            match writes(id) || before.get(id) == Some(value) {
                true => drop(merged.insert(id.clone(), value.clone())),
                false => refused.push(FieldProblem::not_writable(id)),
            }
        }
        let checked = form::check_some(fields, &merged, directory, &writes);
        match (checked, refused.is_empty()) {
            (Ok(form), true) => Ok(form),
            (Ok(_), false) => Err(Refusal::Form { problems: refused }),
            (Err(problems), _) => Err(Refusal::Form { problems: [refused, problems].concat() }),
        }
    }
}

fn fields_with(access: &BTreeMap<String, Access>, wanted: Access) -> BTreeSet<&str> {
    access.iter().filter(|(_, access)| **access == wanted).map(|(id, _)| id.as_str()).collect()
}

fn refuse_others(changes: &Values, writable: &BTreeSet<&str>) -> Result<(), Refusal> {
    let others = changes.keys().filter(|id| !writable.contains(id.as_str()));
    let problems: Vec<FieldProblem> = others.map(|id| FieldProblem::not_writable(id)).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Form { problems }),
    }
}
