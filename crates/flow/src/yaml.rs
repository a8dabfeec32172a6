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
        serde_saphyr::from_str(text).map_err(|error| {
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
