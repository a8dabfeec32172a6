//! The value of an expression. Every part of the tree is visited at most once, so the time is bounded by its size.

use std::cmp::Ordering;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use serde_json::{Value, json};

use super::{ExpressionProblem, Fault};
use crate::form::Values;

type Evaluated = Result<Value, ExpressionProblem>;

pub(super) fn evaluate(node: &IdedExpr, variables: &Values) -> Evaluated {
    match &node.expr {
        Expr::Literal(literal) => Ok(literal_value(literal)),
        Expr::Ident(name) => {
            variables.get(name).cloned().ok_or_else(|| ExpressionProblem::new(Fault::UnknownName, name))
        }
        Expr::Select(select) => {
            let operand = evaluate(&select.operand, variables)?;
            let Value::Object(entries) = operand else { return Err(wrong_type(".", &[&operand])) };
            entries.get(&select.field).cloned().ok_or_else(|| ExpressionProblem::new(Fault::MissingKey, &select.field))
        }
        Expr::List(list) => {
            let elements = list.elements.iter().map(|element| evaluate(element, variables));
            Ok(Value::Array(elements.collect::<Result<_, _>>()?))
        }
        Expr::Call(call) => evaluate_call(call, variables),
        _ => Err(ExpressionProblem::new(Fault::NotAllowed, "")),
    }
}

fn literal_value(literal: &LiteralValue) -> Value {
    match literal {
        LiteralValue::Boolean(value) => json!(value.inner()),
        LiteralValue::Double(value) => json!(value.inner()),
        LiteralValue::Int(value) => json!(value.inner()),
        LiteralValue::UInt(value) => json!(value.inner()),
        LiteralValue::String(value) => json!(value.inner()),
        LiteralValue::Null | LiteralValue::Bytes(_) => Value::Null,
    }
}

fn evaluate_call(call: &CallExpr, variables: &Values) -> Evaluated {
    let parts: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
    match (call.func_name.as_str(), parts.as_slice()) {
        (operators::CONDITIONAL, [condition, yes, no]) => match evaluate(condition, variables)? {
            Value::Bool(true) => evaluate(yes, variables),
            Value::Bool(false) => evaluate(no, variables),
            other => Err(wrong_type("?:", &[&other])),
        },
        (operators::LOGICAL_AND, [left, right]) => either(left, right, false, variables),
        (operators::LOGICAL_OR, [left, right]) => either(left, right, true, variables),
        (name, parts) => {
            let values = parts.iter().map(|part| evaluate(part, variables)).collect::<Result<Vec<_>, _>>()?;
            apply(name, &values)
        }
    }
}

/// As in CEL, either side can decide, and then an error on the other side does not matter.
fn either(left: &IdedExpr, right: &IdedExpr, decisive: bool, variables: &Values) -> Evaluated {
    let name = if decisive { "||" } else { "&&" };
    let side = |part: &IdedExpr| match evaluate(part, variables) {
        Ok(Value::Bool(value)) => Ok(value),
        Ok(other) => Err(wrong_type(name, &[&other])),
        Err(problem) => Err(problem),
    };
    match side(left) {
        Ok(left) if left == decisive => Ok(json!(decisive)),
        Ok(_) => side(right).map(Value::Bool),
        Err(problem) => match side(right) {
            Ok(right) if right == decisive => Ok(json!(decisive)),
            _ => Err(problem),
        },
    }
}

fn apply(name: &str, values: &[Value]) -> Evaluated {
    match (name, values) {
        (operators::LOGICAL_NOT, [Value::Bool(value)]) => Ok(json!(!value)),
        (operators::EQUALS, [left, right]) => Ok(json!(equal(left, right))),
        (operators::NOT_EQUALS, [left, right]) => Ok(json!(!equal(left, right))),
        (operators::LESS, [left, right]) => compare("<", left, right, Ordering::is_lt),
        (operators::LESS_EQUALS, [left, right]) => compare("<=", left, right, Ordering::is_le),
        (operators::GREATER, [left, right]) => compare(">", left, right, Ordering::is_gt),
        (operators::GREATER_EQUALS, [left, right]) => compare(">=", left, right, Ordering::is_ge),
        (operators::NEGATE, [Value::Number(value)]) => number(-value.as_f64().unwrap_or(f64::NAN)),
        (operators::ADD, [Value::String(left), Value::String(right)]) => Ok(json!(format!("{left}{right}"))),
        (operators::ADD, [Value::Array(left), Value::Array(right)]) => Ok(json!([left.as_slice(), right].concat())),
        (_, [Value::Number(left), Value::Number(right)]) => {
            arithmetic(name, left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN))
        }
        (operators::INDEX, [Value::Array(list), Value::Number(index)]) => {
            let place =
                index.as_f64().filter(|place| place.fract() == 0.0 && *place >= 0.0).map(|place| place as usize);
            place
                .and_then(|place| list.get(place))
                .cloned()
                .ok_or_else(|| ExpressionProblem::new(Fault::MissingKey, format!("[{index}]")))
        }
        (operators::INDEX, [Value::Object(map), Value::String(key)]) => {
            map.get(key).cloned().ok_or_else(|| ExpressionProblem::new(Fault::MissingKey, key))
        }
        (operators::IN, [value, Value::Array(list)]) => Ok(json!(list.iter().any(|entry| equal(entry, value)))),
        (operators::IN, [Value::String(key), Value::Object(map)]) => Ok(json!(map.contains_key(key))),
        ("size", [Value::String(text)]) => Ok(json!(text.chars().count())),
        ("size", [Value::Array(list)]) => Ok(json!(list.len())),
        ("contains", [Value::String(text), Value::String(part)]) => Ok(json!(text.contains(part.as_str()))),
        ("startsWith", [Value::String(text), Value::String(part)]) => Ok(json!(text.starts_with(part.as_str()))),
        ("endsWith", [Value::String(text), Value::String(part)]) => Ok(json!(text.ends_with(part.as_str()))),
        (name, values) => Err(wrong_type(name, &values.iter().collect::<Vec<_>>())),
    }
}

fn arithmetic(name: &str, left: f64, right: f64) -> Evaluated {
    match name {
        operators::ADD => number(left + right),
        operators::SUBSTRACT => number(left - right),
        operators::MULTIPLY => number(left * right),
        operators::DIVIDE | operators::MODULO if right == 0.0 => Err(ExpressionProblem::new(Fault::DivisionByZero, "")),
        operators::DIVIDE => number(left / right),
        operators::MODULO => number(left % right),
        name => Err(wrong_type(name, &[&json!(left), &json!(right)])),
    }
}

fn number(value: f64) -> Evaluated {
    match value.is_finite() {
        true => Ok(json!(value)),
        false => Err(ExpressionProblem::new(Fault::OutOfRange, "")),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (left, right) => left == right,
    }
}

fn compare(name: &str, left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Evaluated {
    let ordering = match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().zip(right.as_f64()).and_then(|(left, right)| left.partial_cmp(&right))
        }
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    };
    ordering.map(|ordering| json!(wanted(ordering))).ok_or_else(|| wrong_type(name, &[left, right]))
}

/// The name of a value's type, as problems say it: `bool`, `number`, `text`, `list`, `map` or `null`.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

fn wrong_type(name: &str, values: &[&Value]) -> ExpressionProblem {
    let operator = name.trim_matches(|letter| matches!(letter, '_' | '@'));
    let types: Vec<&str> = values.iter().map(|value| type_name(value)).collect();
    ExpressionProblem::new(Fault::WrongType, format!("{operator} ({})", types.join(", ")))
}
