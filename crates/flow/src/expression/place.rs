//! Where in an expression something is wrong.

use std::ops::Range;

use super::{ExpressionProblem, Fault};

impl ExpressionProblem {
    /// The characters of the source that the problem is about, from 0, as far as that can be said.
    pub fn place_in(&self, source: &str) -> Option<Range<usize>> {
        if let Some(at) = self.at {
            return Some(at..at + 1);
        }
        let name = match self.fault {
            Fault::UnknownName | Fault::UnknownFunction | Fault::MissingKey | Fault::NotAllowed => self.detail.as_str(),
            // Before the types of its values stands the operator.
            Fault::WrongType => self.detail.split(' ').next()?,
            Fault::DivisionByZero => return ["/", "%"].into_iter().find_map(|operator| find(source, operator)),
            Fault::TooLong
            | Fault::TooDeep
            | Fault::Syntax
            | Fault::Unfinished
            | Fault::NotABoolean
            | Fault::OutOfRange => return None,
        };
        find(source, name)
    }
}

/// The first place of a name or operator that is no part of a longer name, and not inside of text.
fn find(source: &str, name: &str) -> Option<Range<usize>> {
    let letters: Vec<char> = source.chars().collect();
    let wanted: Vec<char> = name.chars().collect();
    let is_name = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
    let named = is_name(wanted.first());
    let mut quote = None;
    let mut at = 0;
    while at < letters.len() {
        match (quote, letters[at]) {
            (Some(_), '\\') => at += 1,
            (Some(end), letter) if letter == end => quote = None,
            (Some(_), _) => {}
            (None, letter @ ('\'' | '"')) => quote = Some(letter),
            (None, _) => {
                let end = at + wanted.len();
                let alone = !named
                    || (!is_name(at.checked_sub(1).map(|before| &letters[before])) && !is_name(letters.get(end)));
                if !wanted.is_empty() && alone && letters[at..].starts_with(&wanted) {
                    return Some(at..end);
                }
            }
        }
        at += 1;
    }
    None
}

/// The characters before a line and column, both from 1.
pub(super) fn offset(source: &str, (line, column): (isize, isize)) -> Option<usize> {
    let (line, column) = (usize::try_from(line).ok()?.checked_sub(1)?, usize::try_from(column).ok()?.checked_sub(1)?);
    let before: usize = source.split('\n').take(line).map(|line| line.chars().count() + 1).sum();
    Some((before + column).min(source.chars().count()))
}

#[cfg(test)]
mod tests {
    use crate::expression::{Expression, Fault};
    use crate::form::Values;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let values: Values = [("days".to_owned(), 3.into()), ("kind".to_owned(), "sick".into())].into();
        let problem = Expression::parse(source).and_then(|expression| expression.holds(&values)).unwrap_err();
        let place = problem.place_in(source).unwrap_or_else(|| panic!("{source}: {problem}"));
        let found: String = source.chars().skip(place.start).take(place.len()).collect();
        assert_eq!(found, expected, "{source}: {problem}");
    }

    #[test]
    fn a_problem_has_a_place() {
        check("days > 1 && weeks > 2", "weeks");
        check("kind == 'weeks' || day > 1", "day");
        check("days > 'three'", ">");
        check("days > 2 && days / 0 > 1", "/");
        check("matches(kind, 'a')", "matches");
        check("days > 2 )", ")");
        check("kind == '病假' ) && days > 1", ")");
    }

    #[test]
    fn the_place_of_what_is_missing_is_behind_the_text() {
        for source in ["days >", "kind == '病假' && ", "(days > 2", "days in [1,"] {
            let problem = Expression::parse(source).unwrap_err();
            assert_eq!(problem.fault, Fault::Unfinished, "{source}: {problem}");
            let place = problem.place_in(source).unwrap();
            assert!(place.start >= source.trim_end().chars().count(), "{source}: {place:?}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_told_by_its_place_in_both_languages() {
        let words = Expression::parse("days > 2 )").unwrap_err().words();
        assert_eq!(words.in_language("en"), "the expression can not be read from character 10 on");
        assert_eq!(words.in_language("zh"), "条件从第 10 个字符起无法识别");
    }

    #[test]
    fn where_nothing_can_be_said_there_is_no_place() {
        let problem = Expression::parse("days").unwrap().holds(&[("days".to_owned(), 3.into())].into()).unwrap_err();
        assert_eq!(problem.place_in("days"), None);
    }
}
