//! Patterns for paths.

use std::fmt::Write as _;

use regex::Regex;

use crate::scope::Parameters;

/// Why a pattern is refused, when the router is built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// What stands in `<>` is not a name of letters, digits and `_`, with a converter before it or not.
    #[error("the parameter <{parameter}> in {pattern:?} is no name, or converter:name")]
    Parameter {
        /// The whole pattern.
        pattern: String,
        /// What stands in `<>`.
        parameter: String,
    },
    /// Two parameters can not be told apart.
    #[error("{pattern:?} has two parameters named {name:?}")]
    Twice {
        /// The whole pattern.
        pattern: String,
        /// The name that they share.
        name: String,
    },
    /// An unknown converter.
    #[error("{pattern:?} names the converter {converter:?}; there are str, int, slug, uuid and path")]
    Converter {
        /// The whole pattern.
        pattern: String,
        /// The one that is not known.
        converter: String,
    },
    /// A parameter that does not end.
    #[error("{pattern:?} has a < without its >")]
    Unclosed {
        /// The whole pattern.
        pattern: String,
    },
    /// A regular expression that begins with `^/`.
    #[error("{pattern:?} never matches: a path comes here without its leading /")]
    LeadingSlash {
        /// The whole pattern.
        pattern: String,
    },
    /// What is wrong with a regular expression, in the words of the crate `regex`; too large counts, too.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

/// A compiled pattern. Matching takes time in proportion to the path's length, whatever the pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    regex: Regex,
    /// Parameters whose text has to fit 64 bits.
    integers: Vec<String>,
    /// Groups without names count when there are none with names.
    has_names: bool,
}

impl Pattern {
    /// `room/<slug:group>/`, for a whole path or the beginning of one.
    pub fn path(pattern: &str, whole: bool) -> Result<Self, PatternError> {
        let mut regex = String::from("^");
        let (mut names, mut integers) = (Vec::new(), Vec::new());
        let mut rest = pattern.trim_start_matches('/');
        while let Some(open) = rest.find('<') {
            regex.push_str(&regex::escape(&rest[..open]));
            let close = rest.find('>').filter(|close| *close > open);
            let close = close.ok_or_else(|| PatternError::Unclosed { pattern: pattern.into() })?;
            let parameter = &rest[open + 1..close];
            let (converter, name) = parameter.split_once(':').unwrap_or(("str", parameter));
            if !is_identifier(name) {
                return Err(PatternError::Parameter { pattern: pattern.into(), parameter: parameter.into() });
            }
            if names.contains(&name) {
                return Err(PatternError::Twice { pattern: pattern.into(), name: name.into() });
            }
            let expression = expression(converter)
                .ok_or_else(|| PatternError::Converter { pattern: pattern.into(), converter: converter.into() })?;
            if converter == "int" {
                integers.push(name.to_owned());
            }
            names.push(name);
            let _ = write!(regex, "(?P<{name}>{expression})");
            rest = &rest[close + 1..];
        }
        regex.push_str(&regex::escape(rest));
        if whole {
            regex.push_str(r"\z");
        }
        Ok(Self { integers, ..Self::regex(&regex)? })
    }

    /// A regular expression that is searched for in the path.
    pub fn regex(pattern: &str) -> Result<Self, PatternError> {
        if pattern.starts_with("^/") {
            return Err(PatternError::LeadingSlash { pattern: pattern.into() });
        }
        let regex = Regex::new(pattern).map_err(|error| PatternError::Regex(error.to_string()))?;
        let has_names = regex.capture_names().flatten().next().is_some();
        Ok(Self { regex, integers: Vec::new(), has_names })
    }

    /// Adds what was found to the parameters, and answers what follows in the path.
    pub fn find<'p>(&self, path: &'p str, parameters: &mut Parameters) -> Option<&'p str> {
        let captures = self.regex.captures(path)?;
        let fits = |name: &String| captures[name.as_str()].parse::<u64>().is_ok();
        if !self.integers.iter().all(fits) {
            return None;
        }
        for (index, name) in self.regex.capture_names().enumerate().skip(1) {
            let Some(found) = captures.get(index) else { continue };
            match name {
                Some(name) => parameters.insert(name, found.as_str()),
                None if !self.has_names => parameters.insert(&(index - 1).to_string(), found.as_str()),
                None => {}
            }
        }
        captures.get(0).map(|whole| &path[whole.end()..])
    }
}

/// What a parameter of this kind may look like.
fn expression(converter: &str) -> Option<&'static str> {
    Some(match converter {
        "str" => "[^/]+",
        "int" => "[0-9]+",
        "slug" => "[-a-zA-Z0-9_]+",
        "uuid" => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "path" => "(?s:.+)",
        _ => return None,
    })
}

fn is_identifier(name: &str) -> bool {
    let is_letter = |first: char| first.is_ascii_alphabetic() || first == '_';
    name.starts_with(is_letter) && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
