//! Forms: typed fields, and the check of what was filled in.
//!
//! The browser checks the same schema while people type; `tests/vectors/form.json` holds both to the same answers.

mod check;
mod condition;
mod money;
mod values;

pub(crate) use check::check_some;
pub use check::{FieldProblem, check};
pub use money::Money;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::definition::is_default;
use crate::words::Words;

/// What was filled in: values by field. A field without a value is absent, never `null`.
///
/// | type | value |
/// |---|---|
/// | `text`, `long_text` | text |
/// | `number` | a number |
/// | `money` | decimal text with two places, such as `"1200.50"`: exact, and what [`Money`] reads |
/// | `date` | `"2026-11-25"`, or `"2026-11-25T22:30"` with `time: true` |
/// | `choice` | the option's value |
/// | `choices` | a list of options' values |
/// | `person` | the person's id, a whole number |
/// | `group` | the group's name |
/// | `file` | a list of file ids |
/// | `table` | a list of rows, each a map like this one |
pub type Values = BTreeMap<String, serde_json::Value>;

/// One field of a form, or one column of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(no_recursion))]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its identifier, unique in the form: small letters, digits and `_`, beginning with a letter. Expressions use it.
    pub id: String,
    /// What the form shows.
    pub label: Words,
    /// The type of its value.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// A sentence under the field.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// Whether it must be filled in while it is shown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// The smallest number or amount; the fewest characters, options, files or rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number or amount; the most characters, options, files or rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// For `number`: only whole numbers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub whole: bool,
    /// For `date`: with a time of day.
    #[serde(default, skip_serializing_if = "is_default")]
    pub time: bool,
    /// For `choice` and `choices`: what can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// For `table`: the columns. Tables do not nest, and columns have no `shown_if`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Field>,
    /// A CEL expression over the other fields: the field is shown only while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_if: Option<String>,
}

/// The type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text, at most 500 characters unless `max` says less.
    #[default]
    Text,
    /// Several lines of text, at most 20,000 characters unless `max` says less.
    LongText,
    /// A number, at most 10^15 either way.
    Number,
    /// An exact amount with two places, at most 10^13 either way.
    Money,
    /// A day, or a minute.
    Date,
    /// One of the options.
    Choice,
    /// Several of the options.
    Choices,
    /// A person who can sign in.
    Person,
    /// A group of people.
    Group,
    /// Files, at most 20 unless `max` says less.
    File,
    /// Rows, at most 200 unless `max` says less.
    Table,
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored, and what expressions compare with.
    pub value: String,
    /// What the form shows.
    pub label: Words,
}

pub(crate) use condition::{date_ms, money_of};
pub use values::variables;
