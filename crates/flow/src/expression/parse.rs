//! From text to a checked tree. Everything that could make the parser or the evaluation large is refused first.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};

use super::{ExpressionProblem, Fault};

/// The longest source in bytes.
pub(super) const SOURCE_BYTES: usize = 1_024;
/// The deepest nesting of brackets.
pub(super) const MAXIMUM_DEPTH: usize = 16;
/// The most operators, dots and commas together: each may be one level of the tree.
const OPERATORS: usize = 100;
/// The most signs and negations, and choices, which nest to the right.
const NESTING_OPERATORS: usize = 16;

const CALLS: [&str; 17] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
];
const FUNCTIONS: [&str; 4] = ["size", "contains", "startsWith", "endsWith"];

pub(super) fn parse(source: &str) -> Result<IdedExpr, ExpressionProblem> {
    if source.len() > SOURCE_BYTES {
        return Err(ExpressionProblem::new(Fault::TooLong, ""));
    }
    if !is_shallow(source) {
        return Err(ExpressionProblem::new(Fault::TooDeep, ""));
    }
    let root = cel::Env::default().parser().parse(source).map_err(|errors| {
        let first = errors.errors.first();
        let message = first.map(|error| error.msg.chars().take(200).collect::<String>()).unwrap_or_default();
        let at = first.and_then(|error| super::place::offset(source, error.pos));
        let is_at_end = at.is_some_and(|at| at >= source.trim_end().chars().count());
        let fault = if is_at_end { Fault::Unfinished } else { Fault::Syntax };
        ExpressionProblem { at, ..ExpressionProblem::new(fault, message) }
    })?;
    let mut problem = None;
    visit(&root, &mut |node| {
        problem = problem.take().or_else(|| not_allowed(node));
    });
    problem.map_or(Ok(root), Err)
}

/// Counts what nests, outside of text. The parser is recursive, and deep nesting would overflow its stack.
fn is_shallow(source: &str) -> bool {
    let (mut depth, mut operators, mut nesting) = (0_usize, 0_usize, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for letter in source.chars() {
        if let Some(end) = quote {
            match (escaped, letter) {
                (true, _) => escaped = false,
                (false, '\\') => escaped = true,
                (false, letter) if letter == end => quote = None,
                _ => {}
            }
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '*' | '/' | '%' | '.' | ',' | '<' | '>' | '=' | '&' | '|' | ':' if before != letter => operators += 1,
            '?' | '!' => nesting += 1,
            '-' => {
                operators += 1;
                nesting += usize::from(!(before.is_alphanumeric() || matches!(before, '_' | ')' | ']' | '\'' | '"')));
            }
            'n' if before == 'i' => operators += 1,
            _ => {}
        }
        if depth > MAXIMUM_DEPTH || operators > OPERATORS || nesting > NESTING_OPERATORS {
            return false;
        }
        if !letter.is_whitespace() {
            before = letter;
        }
    }
    true
}

fn not_allowed(node: &IdedExpr) -> Option<ExpressionProblem> {
    let refuse = |fault, detail: &str| Some(ExpressionProblem::new(fault, detail));
    match &node.expr {
        Expr::Call(call) if call.func_name == operators::IN || CALLS.contains(&call.func_name.as_str()) => None,
        Expr::Call(call) if FUNCTIONS.contains(&call.func_name.as_str()) => {
            let values = call.args.len() + usize::from(call.target.is_some());
            let wanted = if call.func_name == "size" { 1 } else { 2 };
            (values != wanted || (wanted == 2 && call.target.is_none()))
                .then(|| ExpressionProblem::new(Fault::UnknownFunction, call.func_name.clone()))
        }
        Expr::Call(call) if call.func_name.starts_with('_') => refuse(Fault::NotAllowed, "?"),
        Expr::Call(call) => refuse(Fault::UnknownFunction, &call.func_name),
        Expr::Ident(_) | Expr::List(_) => None,
        Expr::Literal(LiteralValue::Bytes(_)) => refuse(Fault::NotAllowed, "b''"),
        Expr::Literal(_) => None,
        Expr::Select(select) if select.test => refuse(Fault::NotAllowed, "has"),
        Expr::Select(_) => None,
        Expr::Map(_) => refuse(Fault::NotAllowed, "{}"),
        Expr::Struct(_) => refuse(Fault::NotAllowed, "{}"),
        Expr::Comprehension(_) | Expr::Unspecified => refuse(Fault::NotAllowed, "?"),
    }
}

/// Calls `see` for every part of the tree.
pub(super) fn visit<'a>(node: &'a IdedExpr, see: &mut impl FnMut(&'a IdedExpr)) {
    see(node);
    match &node.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(|part| visit(part, see)),
        Expr::Select(select) => visit(&select.operand, see),
        Expr::List(list) => list.elements.iter().for_each(|part| visit(part, see)),
        _ => {}
    }
}

pub(super) fn whole_operand(root: &IdedExpr) -> Option<i64> {
    let arithmetic = [operators::SUBSTRACT, operators::ADD, operators::MULTIPLY, operators::DIVIDE, operators::MODULO];
    let mut found = None;
    visit(root, &mut |node| {
        if let Expr::Call(call) = &node.expr
            && arithmetic.contains(&call.func_name.as_str())
        {
            let whole = |part: &IdedExpr| match &part.expr {
                Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
                _ => None,
            };
            found = found.or_else(|| call.args.iter().find_map(whole));
        }
    });
    found
}

/// Whether something is divided by anything but a number that is not zero.
pub(super) fn divides_by_unknown(root: &IdedExpr) -> bool {
    let mut found = false;
    visit(root, &mut |node| {
        if let Expr::Call(call) = &node.expr
            && [operators::DIVIDE, operators::MODULO].contains(&call.func_name.as_str())
        {
            let safe = |part: &IdedExpr| match &part.expr {
                Expr::Literal(LiteralValue::Double(number)) => *number.inner() != 0.0,
                Expr::Literal(LiteralValue::Int(number)) => *number.inner() != 0,
                _ => false,
            };
            found |= !call.args.last().is_some_and(safe);
        }
    });
    found
}
