//! The shared vectors of `vectors/form.json`, which the browser's checker runs, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::Directory;
use flow::form::{Field, FieldProblem, Values, check};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    fields: Vec<Field>,
    values: Values,
    problems: Vec<Expected>,
    normalized: Option<Values>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Expected {
    path: String,
    code: String,
}

fn directory() -> Directory {
    support::directory()
}

#[test]
fn every_shared_vector_has_the_answer_it_names() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/form.json")).unwrap();
    assert!(vectors.len() > 50);
    for vector in vectors {
        let (problems, normalized) = match check(&vector.fields, &vector.values, &directory()) {
            Ok(values) => (Vec::new(), Some(values)),
            Err(problems) => (problems, None),
        };
        let expected = |problem: FieldProblem| Expected { path: problem.path, code: problem.code };
        let problems: Vec<Expected> = problems.into_iter().map(expected).collect();
        assert_eq!(problems, vector.problems, "{}", vector.name);
        assert_eq!(normalized, vector.normalized, "{}", vector.name);
    }
}

/// Flows with such conditions are refused when they are published, so the browser never sees them.
#[test]
fn conditions_that_can_not_be_evaluated_are_problems_of_their_field() {
    let shown_if = |source: &str| {
        let field = |id: &str, shown_if: Option<String>| Field {
            id: id.to_owned(),
            label: "F".into(),
            shown_if,
            ..Field::default()
        };
        let number = Field { kind: flow::form::FieldKind::Number, ..field("n", None) };
        let values = Values::from([("n".to_owned(), 0.into())]);
        let problems = check(&[number, field("s", Some(source.to_owned()))], &values, &directory());
        problems.map_err(|problems| (problems[0].path.clone(), problems[0].code.clone()))
    };
    let problem = Err(("s".to_owned(), "expression".to_owned()));
    for source in
        ["10.0 / n > 1.0".to_owned(), "n > 1 || ".repeat(200), "(".repeat(40), "n > 1 && [n].all(m, m > 1)".to_owned()]
    {
        assert_eq!(shown_if(&source).map(|_| ()), problem, "{source}");
    }
    assert!(shown_if("10.0 / n > 1.0 || true").is_ok(), "the other side decides");
}
