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
