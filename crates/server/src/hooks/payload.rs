//! What a delivery says, for the filter and the fields of a hook.

use std::collections::BTreeMap;

use flow::expression::{Expression, ExpressionProblem, Fault};
use flow::form::Values;
use serde_json::{Value, json};

use super::Refusal;
use crate::text::{FieldError, Rule};

/// Fields that a hook fills, at most.
const FIELDS: usize = 50;

/// What expressions can name. `branch`, `tag` and `commit` are empty where a delivery is no push of one.
const NAMES: [&str; 5] = ["payload", "event", "branch", "tag", "commit"];

/// A hook's expressions, ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Reading {
    filter: Option<Expression>,
    fields: BTreeMap<String, Expression>,
}

impl Reading {
    pub fn parse(filter: &str, fields: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        if fields.len() > FIELDS {
            return Err(FieldError::new("fields", Rule::TooMany(FIELDS)).into());
        }
        let filter = if filter.trim().is_empty() { None } else { Some(parse("", filter)?) };
        let fields = fields.iter().map(|(field, source)| Ok((field.clone(), parse(field, source)?)));
        Ok(Self { filter, fields: fields.collect::<Result<_, Refusal>>()? })
    }

    /// Whether the hook is for such a delivery.
    pub fn wants(&self, variables: &Values) -> Result<bool, Refusal> {
        let Some(filter) = &self.filter else { return Ok(true) };
        filter.holds(variables).map_err(|problem| Refusal::Expression { field: String::new(), problem })
    }

    /// The form of the order. A field whose expression is null stays empty.
    pub fn form(&self, variables: &Values) -> Result<Values, Refusal> {
        let value = |(field, expression): (&String, &Expression)| {
            let value = expression.evaluate(variables);
            let value = value.map_err(|problem| Refusal::Expression { field: field.clone(), problem })?;
            Ok((field.clone(), value))
        };
        let form: Result<Values, Refusal> = self.fields.iter().map(value).collect();
        Ok(form?.into_iter().filter(|(_, value)| !value.is_null()).collect())
    }
}

fn parse(field: &str, source: &str) -> Result<Expression, Refusal> {
    let failed = |problem| Refusal::Expression { field: field.to_owned(), problem };
    let expression = Expression::parse(source).map_err(failed)?;
    match expression.names().into_iter().find(|name| !NAMES.contains(name)) {
        Some(name) => Err(failed(ExpressionProblem { fault: Fault::UnknownName, detail: name.to_owned(), at: None })),
        None => Ok(expression),
    }
}

/// The variables of a delivery: the payload itself, and what a push of Git says in a less handy way.
pub fn variables(payload: Value, event: &str) -> Values {
    let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default();
    let part = |prefix: &str| text("ref").strip_prefix(prefix).unwrap_or_default();
    let event = if event.is_empty() { text("type") } else { event };
    let values = [
        ("event", json!(event)),
        ("branch", json!(part("refs/heads/"))),
        ("tag", json!(part("refs/tags/"))),
        ("commit", json!(text("after"))),
    ];
    let mut variables: Values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    variables.insert("payload".to_owned(), payload);
    variables
}

/// Whether a push took a branch or a tag away: its commit is all zeros.
pub fn is_deletion(payload: &Value) -> bool {
    let after = payload.get("after").and_then(Value::as_str).unwrap_or_default();
    !after.is_empty() && after.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push() -> Values {
        variables(json!({ "ref": "refs/heads/feature/x", "after": "abc", "pusher": { "name": "ann" } }), "push")
    }

    #[test]
    fn a_push_is_read_by_its_branch_commit_and_payload() {
        let fields = [("version", "commit"), ("notes", "payload.pusher.name + ': ' + branch"), ("empty", "null")];
        let fields = fields.map(|(field, source)| (field.to_owned(), source.to_owned())).into();
        let reading = Reading::parse("event == 'push' && branch.startsWith('feature/') && tag == ''", &fields).unwrap();
        assert!(reading.wants(&push()).unwrap());
        assert_eq!(json!(reading.form(&push()).unwrap()), json!({ "version": "abc", "notes": "ann: feature/x" }));
    }

    #[test]
    fn a_name_that_no_delivery_has_is_said_when_the_hook_is_made() {
        let refused = Reading::parse("brunch == 'main'", &BTreeMap::new()).unwrap_err();
        assert!(matches!(refused, Refusal::Expression { problem, .. } if problem.fault == Fault::UnknownName));
    }

    #[test]
    fn a_deletion_has_a_commit_of_zeros() {
        assert!(is_deletion(&json!({ "after": "0000000000" })));
        assert!(!is_deletion(&json!({ "after": "00a0" })) && !is_deletion(&json!({})));
    }
}
