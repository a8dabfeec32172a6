//! Forms and expressions: types, limits, and whether every expression can be evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::Problems;
use crate::definition::{Definition, NodeId, NodeKind, bounds};
use crate::directory::Directory;
use crate::expression::{Expression, ExpressionProblem, Fault};
use crate::form::{self, Field, FieldKind, Values};

/// The names that expressions know besides the fields.
const RESERVED: [&str; 7] = ["given", "total", "requester", "true", "false", "null", "in"];

pub(super) fn check(definition: &Definition, problems: &mut Problems) {
    let all = definition.form.len() + definition.form.iter().map(|field| field.columns.len()).sum::<usize>();
    if all > bounds::FIELDS {
        problems.flow("too_many_fields", "字段超过 100 个", "there are more than 100 fields");
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, field) in definition.form.iter().enumerate() {
        check_field(field, &mut seen, problems);
        if let Some(source) = &field.shown_if {
            check_shown_if(field, source, &definition.form[..index], problems);
        }
    }
    let fields: BTreeSet<&str> = definition.form.iter().map(|field| field.id.as_str()).collect();
    if let Some(title) = &definition.title {
        if title.chars().count() > bounds::NAME {
            problems.flow("too_long", "标题过长", "the title is too long");
        }
        for name in placeholders(title).into_iter().filter(|name| !fields.contains(name)) {
            problems.field("unknown_field", name, "标题用到了没有的字段", "the title names a field that is not there");
        }
    }
}

fn check_field<'a>(field: &'a Field, seen: &mut BTreeSet<&'a str>, problems: &mut Problems) {
    let id = field.id.as_str();
    if !seen.insert(id) {
        problems.field("duplicate_id", id, "标识重复", "another field has this id, too");
    }
    if !is_name(id) || RESERVED.contains(&id) {
        problems.field("bad_id", id, "标识不可用", "the id can not be used: small letters, digits and _");
    }
    if field.label.is_empty() || field.label.longest() > bounds::NAME || field.help.longest() > bounds::TEXT {
        problems.field("bad_name", id, "名称为空,或文字过长", "it has no label, or a text is too long");
    }
    let limits = [field.min, field.max];
    if limits.iter().flatten().any(|limit| !limit.is_finite())
        || field.min.zip(field.max).is_some_and(|(min, max)| min > max)
    {
        problems.field("bad_limits", id, "上下限矛盾", "min is above max");
    }
    let choice = matches!(field.kind, FieldKind::Choice | FieldKind::Choices);
    let values: BTreeSet<&str> = field.options.iter().map(|option| option.value.as_str()).collect();
    let sound = values.len() == field.options.len() && !values.contains("") && field.options.len() <= bounds::OPTIONS;
    let short =
        field.options.iter().all(|option| option.value.len() <= bounds::NAME && option.label.longest() <= bounds::NAME);
    if choice == field.options.is_empty() || !sound || !short {
        problems.field("bad_options", id, "选项缺失、重复或过多", "its options are missing, twice there or too many");
    }
    if (field.kind == FieldKind::Table) == field.columns.is_empty() {
        problems.field("bad_columns", id, "只有表格有列,且至少一列", "tables, and only they, have columns");
    }
    let mut columns = BTreeSet::new();
    for column in &field.columns {
        if column.kind == FieldKind::Table || column.shown_if.is_some() {
            problems.field(
                "bad_columns",
                id,
                "列不能是表格,也不能有 shown_if",
                "columns are no tables and have no shown_if",
            );
        } else {
            check_field(column, &mut columns, problems);
        }
    }
}

fn check_shown_if(field: &Field, source: &str, before: &[Field], problems: &mut Problems) {
    let parsed = Expression::parse(source).and_then(|expression| {
        try_out(&expression, &form::variables(before, &Values::new()), true)?;
        Ok(expression)
    });
    match parsed {
        Err(problem) => {
            let words = problem.words();
            let (zh, en) =
                (format!("shown_if {}", words.in_language("zh")), format!("shown_if: {}", words.in_language("en")));
            problems.field("bad_expression", &field.id, &zh, &en);
        }
        Ok(expression) => {
            if expression.divides_by_unknown() {
                problems.field(
                    "unsafe_division",
                    &field.id,
                    "shown_if 只能除以不为零的数",
                    "shown_if divides by numbers other than zero only",
                );
            }
            if let Some(number) = expression.whole_operand() {
                let zh = format!("shown_if 中请写 {number}.0:浏览器里整数不与小数混算");
                let en = format!("write {number}.0 in shown_if: browsers do not mix whole numbers with decimals");
                problems.field("whole_operand", &field.id, &zh, &en);
            }
        }
    }
}

/// Evaluates an expression over an empty form. Entries that are not there, and zeros, are no problem yet.
fn try_out(expression: &Expression, variables: &Values, condition: bool) -> Result<(), ExpressionProblem> {
    if let Some(unknown) = expression.names().into_iter().find(|name| !variables.contains_key(*name)) {
        return Err(ExpressionProblem::new(Fault::UnknownName, unknown));
    }
    let result = match condition {
        true => expression.holds(variables).map(|_| ()),
        false => expression.evaluate(variables).map(|_| ()),
    };
    match result {
        Err(problem) if matches!(problem.fault, Fault::MissingKey | Fault::DivisionByZero) => {
            let indexed = expression.source().contains('[') || problem.fault == Fault::DivisionByZero;
            if indexed { Ok(()) } else { Err(problem) }
        }
        result => result,
    }
}

/// The expressions of all conditions, by link.
pub(super) fn conditions(definition: &Definition, problems: &mut Problems) -> BTreeMap<usize, Expression> {
    let variables = definition.variables(&Values::new(), 0, &Directory::default());
    let mut conditions = BTreeMap::new();
    for (index, link) in definition.links.iter().enumerate() {
        let Some(source) = &link.when else { continue };
        match Expression::parse(source).and_then(|parsed| try_out(&parsed, &variables, true).map(|()| parsed)) {
            Ok(expression) => drop(conditions.insert(index, expression)),
            Err(problem) => {
                let words = problem.words();
                problems.link("bad_expression", index, words.in_language("zh"), words.in_language("en"));
            }
        }
    }
    conditions
}

/// The expressions of all parameters, by node and name.
pub(super) fn parameters(
    definition: &Definition,
    problems: &mut Problems,
) -> BTreeMap<NodeId, BTreeMap<String, Expression>> {
    let variables = definition.variables(&Values::new(), 0, &Directory::default());
    let mut parameters = BTreeMap::new();
    for (place, node) in definition.nodes.iter().enumerate() {
        let NodeKind::Run(run) = &node.kind else { continue };
        let mut parsed = BTreeMap::new();
        for (name, source) in &run.parameters {
            match Expression::parse(source).and_then(|parsed| try_out(&parsed, &variables, false).map(|()| parsed)) {
                Ok(expression) => drop(parsed.insert(name.clone(), expression)),
                Err(problem) => {
                    let words = problem.words();
                    let (zh, en) = (words.in_language("zh"), words.in_language("en"));
                    problems.node(
                        "bad_expression",
                        place,
                        &format!("的参数 {name}:{zh}"),
                        &format!("has a wrong parameter {name}: {en}"),
                    );
                }
            }
        }
        parameters.insert(node.id.clone(), parsed);
    }
    parameters
}

/// The names in braces of a title.
pub(super) fn placeholders(title: &str) -> Vec<&str> {
    title.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// Small letters, digits and `_`, beginning with a letter: what an expression can name.
fn is_name(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    text.len() <= bounds::IDENTIFIER
        && text.chars().all(plain)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}
