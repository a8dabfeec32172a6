//! Text in both languages of the product.

use serde::{Deserialize, Serialize};

/// A text for people: one for both languages, or one for each.
///
/// In YAML it is a plain string, or `{zh: 请假, en: Leave}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "words are text, or {zh: …, en: …}; quote text that holds a comma")]
pub enum Words {
    /// The same words in every language, such as a name.
    Both(String),
    /// Words for each language.
    Each(EachLanguage),
}

/// The two languages of [`Words`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EachLanguage {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Makes words for each language.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Words::Each(EachLanguage { zh: zh.into(), en: en.into() })
    }

    /// Returns the words in `zh` or `en`; every other language gets English.
    pub fn in_language(&self, language: &str) -> &str {
        match self {
            Words::Both(words) => words,
            Words::Each(each) if language.starts_with("zh") => &each.zh,
            Words::Each(each) => &each.en,
        }
    }

    /// Returns both texts, for consumers that always want two.
    pub fn each(&self) -> EachLanguage {
        EachLanguage { zh: self.in_language("zh").to_owned(), en: self.in_language("en").to_owned() }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.in_language("zh").trim().is_empty() && self.in_language("en").trim().is_empty()
    }

    /// The length of the longer text in characters.
    pub fn longest(&self) -> usize {
        self.in_language("zh").chars().count().max(self.in_language("en").chars().count())
    }
}

impl Default for Words {
    fn default() -> Self {
        Words::Both(String::new())
    }
}

impl From<&str> for Words {
    fn from(words: &str) -> Self {
        Words::Both(words.to_owned())
    }
}
