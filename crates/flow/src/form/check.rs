//! The check of what was filled in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::condition::is_date;
use super::{Field, FieldKind, Money, Values, money_of, variables};
use crate::directory::Directory;
use crate::expression::Expression;
use crate::words::Words;

const TEXT_CHARACTERS: f64 = 500.0;
const LONG_TEXT_CHARACTERS: f64 = 20_000.0;
const LARGEST_NUMBER: f64 = 1e15;
const FILES: f64 = 20.0;
const ROWS: f64 = 200.0;

/// One thing that is wrong with a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// Where: `amount`, or `items[2].price` with rows counted from 0.
    pub path: String,
    /// What, as a stable slug such as `required` or `too_large`.
    pub code: String,
    /// The limit that was passed, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The problem in both languages.
    pub words: Words,
}

/// Checks a form, and returns its values as they are stored: text trimmed, amounts with two places, empty values and
/// hidden fields left out. Unknown fields are a problem.
pub fn check(fields: &[Field], values: &Values, directory: &Directory) -> Result<Values, Vec<FieldProblem>> {
    check_some(fields, values, directory, &|_| true)
}

/// Checks only the fields that somebody can write now; the others stay as they are while they are shown.
pub(crate) fn check_some(
    fields: &[Field],
    values: &Values,
    directory: &Directory,
    writes: &dyn Fn(&str) -> bool,
) -> Result<Values, Vec<FieldProblem>> {
    let mut checker = Checker { directory, problems: Vec::new() };
    let normalized = checker.row(fields, values, "", writes);
    match checker.problems.is_empty() {
        true => Ok(normalized),
        false => Err(checker.problems),
    }
}

impl FieldProblem {
    /// Somebody changed a field that they can not change now.
    pub(crate) fn not_writable(id: &str) -> Self {
        let code = "not_writable".to_owned();
        FieldProblem { path: id.to_owned(), words: words(&code, None), code, limit: None }
    }
}

struct Checker<'a> {
    directory: &'a Directory,
    problems: Vec<FieldProblem>,
}

impl Checker<'_> {
    fn row(&mut self, fields: &[Field], values: &Values, prefix: &str, writes: &dyn Fn(&str) -> bool) -> Values {
        for unknown in values.keys().filter(|id| !fields.iter().any(|field| field.id == **id)) {
            self.problem(&format!("{prefix}{unknown}"), "unknown_field", None);
        }
        let mut normalized = Values::new();
        for field in fields {
            let path = format!("{prefix}{}", field.id);
            if !self.is_shown(field, fields, &normalized, &path) {
                continue;
            }
            if !writes(&field.id) {
                normalized.extend(values.get(&field.id).map(|value| (field.id.clone(), value.clone())));
                continue;
            }
            match values.get(&field.id).filter(|value| !is_empty(value)) {
                Some(value) => {
                    if let Some(value) = self.value(field, value, &path).filter(|value| !is_empty(value)) {
                        normalized.insert(field.id.clone(), value);
                    }
                }
                None if field.required => self.problem(&path, "required", None),
                None => {}
            }
        }
        normalized
    }

    /// Evaluates `shown_if` over the fields that stand before this one.
    fn is_shown(&mut self, field: &Field, fields: &[Field], before: &Values, path: &str) -> bool {
        let Some(source) = &field.shown_if else { return true };
        let shown = Expression::parse(source).and_then(|expression| expression.holds(&variables(fields, before)));
        shown.unwrap_or_else(|problem| {
            self.problems.push(FieldProblem {
                path: path.to_owned(),
                code: "expression".to_owned(),
                limit: None,
                words: problem.words(),
            });
            false
        })
    }

    fn value(&mut self, field: &Field, value: &Value, path: &str) -> Option<Value> {
        match (field.kind, value) {
            (FieldKind::Text | FieldKind::LongText, Value::String(text)) => self.text(field, text, path),
            (FieldKind::Number, Value::Number(number)) => self.number(field, number.as_f64()?, value, path),
            (FieldKind::Money, Value::Number(_) | Value::String(_)) => self.money(field, value, path),
            (FieldKind::Date, Value::String(text)) => {
                let fits = is_date(text, field.time);
                self.accept(fits, path, "wrong_date", None).then(|| value.clone())
            }
            (FieldKind::Choice, Value::String(chosen)) => {
                let known = field.options.iter().any(|option| option.value == *chosen);
                self.accept(known, path, "not_an_option", None).then(|| value.clone())
            }
            (FieldKind::Choices, Value::Array(list)) => self.choices(field, list, path),
            (FieldKind::Person, Value::Number(number)) => {
                let known = number.as_i64().is_some_and(|person| self.directory.is_active(person));
                self.accept(known, path, "unknown_person", None).then(|| value.clone())
            }
            (FieldKind::Group, Value::String(group)) => {
                let known = self.directory.groups.contains_key(group);
                self.accept(known, path, "unknown_group", None).then(|| value.clone())
            }
            (FieldKind::File, Value::Array(files)) => self.files(field, files, path),
            (FieldKind::Table, Value::Array(rows)) => self.table(field, rows, path),
            _ => {
                self.problem(path, "wrong_type", None);
                None
            }
        }
    }

    fn text(&mut self, field: &Field, text: &str, path: &str) -> Option<Value> {
        let one_line = field.kind == FieldKind::Text;
        let trimmed = if one_line { text.trim() } else { text.trim_end() };
        if trimmed.is_empty() {
            if field.required {
                self.problem(path, "required", None);
            }
            return None;
        }
        if one_line && trimmed.contains(['\n', '\r']) {
            self.problem(path, "line_break", None);
            return None;
        }
        let most = if one_line { TEXT_CHARACTERS } else { LONG_TEXT_CHARACTERS };
        let characters = trimmed.chars().count() as f64;
        let fits =
            self.within(characters, field.min, field.max.unwrap_or(most).min(most), path, "too_short", "too_long");
        fits.then(|| json!(trimmed))
    }

    fn number(&mut self, field: &Field, number: f64, value: &Value, path: &str) -> Option<Value> {
        if field.whole && !self.accept(number.fract() == 0.0, path, "not_whole", None) {
            return None;
        }
        let (least, most) = (field.min.unwrap_or(-LARGEST_NUMBER), field.max.unwrap_or(LARGEST_NUMBER));
        let fits = self.within(number, Some(least), most, path, "too_small", "too_large");
        fits.then(|| value.clone())
    }

    fn money(&mut self, field: &Field, value: &Value, path: &str) -> Option<Value> {
        let Some(money) = money_of(value) else {
            self.problem(path, "wrong_money", None);
            return None;
        };
        let hundredths = |limit: f64| (limit * 100.0).round();
        let largest = Money::LARGEST.hundredths as f64;
        let least = field.min.map_or(-largest, hundredths);
        let most = field.max.map_or(largest, hundredths);
        let amount = money.hundredths as f64;
        let (small, large) = (amount < least, amount > most);
        let (code, limit) = if small { ("too_small", least) } else { ("too_large", most) };
        self.accept(!small && !large, path, code, Some(limit / 100.0)).then(|| json!(money.to_string()))
    }

    fn choices(&mut self, field: &Field, list: &[Value], path: &str) -> Option<Value> {
        let known = |value: &&Value| field.options.iter().any(|option| value.as_str() == Some(&option.value));
        let chosen: BTreeSet<&str> = list.iter().filter(known).filter_map(Value::as_str).collect();
        let fits = self.accept(list.iter().all(|value| known(&value)), path, "not_an_option", None)
            && self.accept(chosen.len() == list.len(), path, "chosen_twice", None);
        let most = field.max.unwrap_or(field.options.len() as f64);
        (fits && self.within(list.len() as f64, field.min, most, path, "too_few", "too_many")).then(|| json!(list))
    }

    fn files(&mut self, field: &Field, files: &[Value], path: &str) -> Option<Value> {
        let names = files.iter().all(|file| file.as_str().is_some_and(|id| !id.is_empty() && id.len() <= 200));
        let fits = self.accept(names, path, "wrong_type", None);
        let most = field.max.unwrap_or(FILES).min(FILES);
        (fits && self.within(files.len() as f64, field.min, most, path, "too_few", "too_many")).then(|| json!(files))
    }

    fn table(&mut self, field: &Field, rows: &[Value], path: &str) -> Option<Value> {
        let most = field.max.unwrap_or(ROWS).min(ROWS);
        if !self.within(rows.len() as f64, field.min, most, path, "too_few", "too_many") {
            return None;
        }
        let mut normalized = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let place = format!("{path}[{index}]");
            let Some(row) = row.as_object() else {
                self.problem(&place, "wrong_type", None);
                continue;
            };
            let values: Values = row.clone().into_iter().collect();
            normalized.push(json!(self.row(&field.columns, &values, &format!("{place}."), &|_| true)));
        }
        Some(Value::Array(normalized))
    }

    fn within(&mut self, amount: f64, least: Option<f64>, most: f64, path: &str, small: &str, large: &str) -> bool {
        match least {
            Some(least) if amount < least => self.accept(false, path, small, Some(least)),
            _ => self.accept(amount <= most, path, large, Some(most)),
        }
    }

    fn accept(&mut self, fits: bool, path: &str, code: &str, limit: Option<f64>) -> bool {
        if !fits {
            self.problem(path, code, limit);
        }
        fits
    }

    fn problem(&mut self, path: &str, code: &str, limit: Option<f64>) {
        let words = words(code, limit);
        self.problems.push(FieldProblem { path: path.to_owned(), code: code.to_owned(), limit, words });
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn words(code: &str, limit: Option<f64>) -> Words {
    let limit = limit.map(|limit| limit.to_string()).unwrap_or_default();
    let (zh, en) = match code {
        "required" => ("必填".to_owned(), "required".to_owned()),
        "unknown_field" => ("没有这个字段".to_owned(), "there is no such field".to_owned()),
        "line_break" => ("不能换行".to_owned(), "line breaks are not allowed".to_owned()),
        "too_short" => (format!("至少 {limit} 个字符"), format!("at least {limit} characters")),
        "too_long" => (format!("最多 {limit} 个字符"), format!("at most {limit} characters")),
        "too_small" => (format!("不能小于 {limit}"), format!("not less than {limit}")),
        "too_large" => (format!("不能大于 {limit}"), format!("not more than {limit}")),
        "not_whole" => ("必须是整数".to_owned(), "a whole number".to_owned()),
        "too_few" => (format!("至少 {limit} 项"), format!("at least {limit}")),
        "too_many" => (format!("最多 {limit} 项"), format!("at most {limit}")),
        "not_an_option" => ("不在可选项中".to_owned(), "not one of the options".to_owned()),
        "chosen_twice" => ("重复选择".to_owned(), "chosen twice".to_owned()),
        "wrong_date" => ("日期有误".to_owned(), "not a date".to_owned()),
        "wrong_money" => ("金额有误,最多两位小数".to_owned(), "not an amount with at most two places".to_owned()),
        "unknown_person" => ("没有这个人,或已停用".to_owned(), "nobody who can sign in".to_owned()),
        "not_writable" => ("现在不能修改".to_owned(), "it can not be changed now".to_owned()),
        "unknown_group" => ("没有这个组".to_owned(), "there is no such group".to_owned()),
        _ => ("类型有误".to_owned(), "a value of another type".to_owned()),
    };
    Words::new(zh, en)
}
