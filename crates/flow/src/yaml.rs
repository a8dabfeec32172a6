//! Flows as text.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;

/// The longest text that is read, in bytes.
pub const YAML_BYTES: usize = 1_048_576;

/// Why a text is no flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("line {line}, column {column}: {message}")]
pub struct YamlProblem {
    /// The line, from 1; 0 when it is about the whole text.
    pub line: u64,
    /// The column, from 1; 0 when it is about the whole text.
    pub column: u64,
    /// What is wrong, in English.
    pub message: String,
}

impl Definition {
    /// Reads a definition. It is not checked: [`crate::graph::Flow::new`] does that.
    pub fn from_yaml(text: &str) -> Result<Definition, YamlProblem> {
        if text.len() > YAML_BYTES {
            let message = "the text is longer than 1 MiB".to_owned();
            return Err(YamlProblem { line: 0, column: 0, message });
        }
        // Only true and false are booleans: a node may be called N, No or On.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let location = error.location();
            let message = error.without_snippet().to_string();
            YamlProblem {
                line: location.map_or(0, |location| location.line()),
                column: location.map_or(0, |location| location.column()),
                message: message.chars().take(500).collect(),
            }
        })
    }

    /// Writes the definition; reading it again gives the same.
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(self).expect("a definition holds only text, numbers, lists and maps with text keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str =
        "flow: a\nname: No\nnodes:\n  - {id: start, name: {zh: 开始, en: 'on'}, kind: start}\nlinks: []\n";

    #[test]
    fn names_may_look_like_booleans() {
        let definition = Definition::from_yaml(FLOW).unwrap();
        assert_eq!(definition.name.in_language("en"), "No");
        assert_eq!(Definition::from_yaml(&definition.to_yaml()).unwrap(), definition);
    }

    #[test]
    fn a_problem_has_a_line_and_a_column() {
        let check = |text: &str, line: u64, part: &str| {
            let problem = Definition::from_yaml(text).unwrap_err();
            assert_eq!(problem.line, line, "{problem}");
            assert!(problem.column > 0 && problem.message.contains(part), "{problem}");
        };
        check(&FLOW.replace("links", "lonks"), 5, "lonks");
        check(&FLOW.replace("kind: start", "kind: dance"), 4, "dance");
        check(&FLOW.replace("kind: start", "kind: start, who: []"), 4, "who");
        check(&FLOW.replace("kind: start", "kind: wait, for: soon"), 4, "soon");
        check("flow: a\n  name: [", 2, "");
    }

    #[test]
    fn wild_texts_are_refused_in_bounded_time() {
        assert!(Definition::from_yaml(&format!("name: {}", "[".repeat(100_000))).is_err());
        assert!(Definition::from_yaml(&"a".repeat(YAML_BYTES + 1)).is_err());
        let laughs = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nname: [*c, *c, *c]\n";
        assert!(Definition::from_yaml(laughs).is_err());
        assert!(Definition::from_yaml("").is_err());
    }
}
