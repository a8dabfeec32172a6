//! Conditions: a small, bounded part of CEL.
//!
//! The `cel` crate parses; the evaluation here knows only what the language of forms needs, so that every expression
//! ends in bounded time and every number compares as a number. There are `&&`, `||`, `!`, `? :`, comparisons, `in`,
//! arithmetic, fields, `[index]`, lists, and the functions `size`, `contains`, `startsWith` and `endsWith`. There are
//! no macros and no loops.

mod evaluate;
mod parse;
mod place;

pub use evaluate::type_name;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::form::Values;
use crate::words::Words;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    root: cel::IdedExpr,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{fault:?}: {detail}")]
pub struct ExpressionProblem {
    /// What kind of problem.
    pub fault: Fault,
    /// The name, operator or parser's message that it is about.
    pub detail: String,
    /// Where the parser stopped, in characters from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

/// The kinds of problems of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// More than 1,024 bytes.
    TooLong,
    /// Nested too deeply, or too many operators.
    TooDeep,
    /// It can not be read.
    Syntax,
    /// It ends where something is still missing.
    Unfinished,
    /// A name that is neither a field nor one of the names that conditions know.
    UnknownName,
    /// A function that conditions do not know.
    UnknownFunction,
    /// A part of CEL that conditions do not have.
    NotAllowed,
    /// An operator on values that it does not take.
    WrongType,
    /// A division by zero.
    DivisionByZero,
    /// An index or key that is not there.
    MissingKey,
    /// The result is neither true nor false.
    NotABoolean,
    /// A number beyond what can be computed.
    OutOfRange,
}

impl Expression {
    /// Reads an expression; it is not evaluated.
    pub fn parse(source: &str) -> Result<Self, ExpressionProblem> {
        Ok(Expression { source: source.to_owned(), root: parse::parse(source)? })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the variables that it reads, sorted, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        parse::visit(&self.root, &mut |node| {
            if let cel::common::ast::Expr::Ident(name) = &node.expr {
                names.push(name.as_str());
            }
        });
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The whole number that is an operand of arithmetic, if there is one. The server computes with it as with any
    /// number; CEL in a browser does not mix it with the decimals of a form.
    pub fn whole_operand(&self) -> Option<i64> {
        parse::whole_operand(&self.root)
    }

    /// Whether something is divided by anything but a number that is not zero. Here that is a problem once it happens;
    /// in a browser the result would be infinite.
    pub fn divides_by_unknown(&self) -> bool {
        parse::divides_by_unknown(&self.root)
    }

    /// Evaluates it over variables.
    pub fn evaluate(&self, variables: &Values) -> Result<Value, ExpressionProblem> {
        evaluate::evaluate(&self.root, variables)
    }

    /// Evaluates a condition over variables.
    pub fn holds(&self, variables: &Values) -> Result<bool, ExpressionProblem> {
        let value = self.evaluate(variables)?;
        value.as_bool().ok_or_else(|| ExpressionProblem::new(Fault::NotABoolean, evaluate::type_name(&value)))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl ExpressionProblem {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        ExpressionProblem { fault, detail: detail.into(), at: None }
    }

    /// The problem in both languages.
    pub fn words(&self) -> Words {
        // What the parser says is for people who know its grammar.
        let detail = match (self.fault, self.at) {
            (Fault::Syntax, Some(at)) => return unreadable_from(at + 1),
            (Fault::Syntax | Fault::Unfinished, _) => "",
            _ => self.detail.as_str(),
        };
        let (zh, en) = match self.fault {
            Fault::TooLong => ("条件超过 1024 字节", "the expression is longer than 1,024 bytes"),
            Fault::TooDeep => {
                ("条件嵌套过深或运算过多", "the expression is nested too deeply or has too many operators")
            }
            Fault::Syntax => ("条件写法有误", "the expression can not be read"),
            Fault::Unfinished => ("条件没有写完", "the expression is not finished"),
            Fault::UnknownName => ("没有这个字段", "there is no such field"),
            Fault::UnknownFunction => ("没有这个函数", "there is no such function"),
            Fault::NotAllowed => ("条件中不能使用", "conditions do not have"),
            Fault::WrongType => ("类型不适用", "the types do not fit"),
            Fault::DivisionByZero => ("除数为零", "division by zero"),
            Fault::MissingKey => ("没有这一项", "there is no such entry"),
            Fault::NotABoolean => ("结果不是真或假", "the result is neither true nor false"),
            Fault::OutOfRange => ("数值超出范围", "the number is out of range"),
        };
        match detail.is_empty() {
            true => Words::new(zh, en),
            false => Words::new(format!("{zh}:{detail}"), format!("{en}: {detail}")),
        }
    }
}

fn unreadable_from(character: usize) -> Words {
    Words::new(
        format!("条件从第 {character} 个字符起无法识别"),
        format!("the expression can not be read from character {character} on"),
    )
}

#[cfg(test)]
mod tests {
    use super::parse::MAXIMUM_DEPTH;
    use super::*;
    use serde_json::json;

    fn variables() -> Values {
        let json = json!({"days": 3, "amount": 1200.5, "kind": "sick", "tags": ["a", "b"], "zero": 0, "on": true,
            "items": [{"price": 2}], "empty": ""});
        json.as_object().unwrap().clone().into_iter().collect()
    }

    fn check(source: &str, expected: Result<Value, Fault>) {
        let result = Expression::parse(source).and_then(|expression| expression.evaluate(&variables()));
        assert_eq!(result.map_err(|problem| problem.fault), expected, "{source}");
    }

    #[test]
    fn numbers_compare_as_numbers() {
        for source in
            ["days > 2", "days > 2.5", "days == 3.0", "days < 10", "amount >= 1200.5", "2 < days", "3u == days"]
        {
            check(source, Ok(json!(true)));
        }
        check("days == '3'", Ok(json!(false)));
        check("days > '2'", Err(Fault::WrongType));
    }

    #[test]
    fn the_language_has_what_forms_need() {
        check("kind in ['sick', 'home'] && !(days > 5)", Ok(json!(true)));
        check("'a' in tags", Ok(json!(true)));
        check("size(tags) + size(kind)", Ok(json!(6.0)));
        check("tags.size() == 2", Ok(json!(true)));
        check("items[0].price * 2 + 1", Ok(json!(5.0)));
        check("kind.startsWith('si') || false", Ok(json!(true)));
        check("kind.contains('ic') ? 'x' + kind : 'y'", Ok(json!("xsick")));
        check("-days % 2", Ok(json!(-1.0)));
        check("on", Ok(json!(true)));
    }

    #[test]
    fn the_first_true_side_of_or_decides_as_in_cel() {
        check("true || days / zero > 1", Ok(json!(true)));
        check("days / zero > 1 || true", Ok(json!(true)));
        check("days / zero > 1 && false", Ok(json!(false)));
    }

    #[test]
    fn what_can_not_be_computed_says_why() {
        check("days / zero > 1", Err(Fault::DivisionByZero));
        check("days % 0 == 1", Err(Fault::DivisionByZero));
        check("nobody > 1", Err(Fault::UnknownName));
        check("items[3].price", Err(Fault::MissingKey));
        check("items[0].weight", Err(Fault::MissingKey));
        check("kind + 1", Err(Fault::WrongType));
        check("days && on", Err(Fault::WrongType));
        check("days >", Err(Fault::Unfinished));
        check("", Err(Fault::Unfinished));
    }

    #[test]
    fn what_could_explode_is_refused_before_it_is_parsed() {
        check(&"(".repeat(1_000), Err(Fault::TooDeep));
        check(&format!("{}days", "!".repeat(1_000)), Err(Fault::TooDeep));
        check(&"-".repeat(900), Err(Fault::TooDeep));
        check(&"a?b:".repeat(200), Err(Fault::TooDeep));
        check(&"1+".repeat(400), Err(Fault::TooDeep));
        check(&format!("days{}", ".a".repeat(400)), Err(Fault::TooDeep));
        check(&"a".repeat(1_025), Err(Fault::TooLong));
        check("[1,2].map(x, [1,2].map(y, y))", Err(Fault::UnknownFunction));
        check("kind.matches('(a+)+')", Err(Fault::UnknownFunction));
        check("{'a': 1}", Err(Fault::NotAllowed));
        check("b'abc'", Err(Fault::NotAllowed));
        check("a.?b", Err(Fault::NotAllowed));
    }

    #[test]
    fn a_long_expression_within_the_bounds_is_evaluated() {
        let sum = vec!["days"; 60].join("+");
        check(&sum, Ok(json!(180.0)));
        let sum = vec!["days"; 100].join("+");
        let deep = format!("{}{}{sum}{}", "-".repeat(14), "(".repeat(MAXIMUM_DEPTH), ")".repeat(MAXIMUM_DEPTH));
        check(&deep, Err(Fault::TooDeep));
        let sum = vec!["days"; 80].join("+");
        let deep = format!("{}{sum}{}", "(".repeat(MAXIMUM_DEPTH), ")".repeat(MAXIMUM_DEPTH));
        check(&deep, Ok(json!(240.0)));
        let choices = format!("{}1", "days > 5 ? 0 : ".repeat(16));
        check(&choices, Ok(json!(1)));
        let nested = format!("{}days{}", "(".repeat(MAXIMUM_DEPTH), ")".repeat(MAXIMUM_DEPTH));
        check(&nested, Ok(json!(3)));
        let any = vec!["days == 3"; 40].join(" && ");
        check(&any, Ok(json!(true)));
    }

    #[test]
    fn names_are_listed_once() {
        assert_eq!(Expression::parse("a > b && a < c.d").unwrap().names(), ["a", "b", "c"]);
    }

    #[test]
    fn a_whole_number_beside_arithmetic_is_found() {
        assert_eq!(Expression::parse("amount * 2 > 1.0").unwrap().whole_operand(), Some(2));
        assert_eq!(Expression::parse("amount * 2.0 > 1").unwrap().whole_operand(), None);
        assert!(Expression::parse("2.0 / amount > 1").unwrap().divides_by_unknown());
        assert!(Expression::parse("amount / 0.0 > 1").unwrap().divides_by_unknown());
        assert!(!Expression::parse("amount / 2.0 > 1").unwrap().divides_by_unknown());
    }
}
