//! Short remarks on how something ended.

use serde::{Deserialize, Serialize};

use crate::words::EachLanguage;

/// The most characters that are kept of a remark.
const LONGEST: usize = 1_000;

/// A short remark on how something ended: a cause that the server knows, or what a person wrote.
///
/// What was kept before causes had codes is text, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Note {
    /// Why it ended so.
    Known(Cause),
    /// The same in every language.
    Text(String),
}

/// Why something ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// A stable name for programs, as in `time_limit`.
    pub code: String,
    /// In Simplified Chinese, with what the machine said.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Note {
    /// Makes a note that names its cause.
    pub fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Note::Known(Cause { code: code.to_owned(), zh: zh.into(), en: en.into() })
    }

    /// Returns both texts.
    pub fn each(&self) -> EachLanguage {
        match self {
            Note::Known(Cause { zh, en, .. }) => EachLanguage { zh: zh.clone(), en: en.clone() },
            Note::Text(text) => EachLanguage { zh: text.clone(), en: text.clone() },
        }
    }

    /// Returns the English text.
    pub fn english(&self) -> &str {
        match self {
            Note::Known(cause) => &cause.en,
            Note::Text(text) => text,
        }
    }

    /// Returns the name of the cause, when it has one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Note::Known(cause) => Some(&cause.code),
            Note::Text(_) => None,
        }
    }

    /// Returns it cut to what is kept of remarks.
    pub fn shortened(&self) -> Self {
        let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
        match self {
            Note::Known(Cause { code, zh, en }) => Note::new(code, short(zh), short(en)),
            Note::Text(text) => Note::Text(short(text)),
        }
    }

    /// Returns it as the text that [`Note::read`] reads.
    pub fn kept(&self) -> String {
        match self {
            Note::Known(cause) => serde_json::to_string(cause).unwrap_or_else(|_| cause.en.clone()),
            Note::Text(text) => text.clone(),
        }
    }

    /// Reads what [`Note::kept`] made; every other text is one.
    pub fn read(kept: String) -> Self {
        serde_json::from_str(&kept).map_or(Note::Text(kept), Note::Known)
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        Note::Text(text.to_owned())
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Note::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_kept_as_text_whatever_it_says() {
        let known = Note::new("time_limit", "超过时限", "it took longer");
        for note in [known.clone(), "no disk".into(), r#"{"code": "x"}"#.into()] {
            assert_eq!(Note::read(note.kept()), note);
        }
        assert_eq!((known.code(), known.each().zh.as_str()), (Some("time_limit"), "超过时限"));
    }

    #[test]
    fn a_note_of_an_earlier_time_is_a_text() {
        let notes: Vec<Note> = serde_json::from_str(r#"["no disk", {"code": "a", "zh": "b", "en": "c"}]"#).unwrap();
        assert_eq!(notes, ["no disk".into(), Note::new("a", "b", "c")]);
        assert_eq!(notes[0].each(), EachLanguage { zh: "no disk".into(), en: "no disk".into() });
    }
}
