//! Rules for text that people type, the same for every field.

use unicode_normalization::UnicodeNormalization;

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the field {field} is wrong: {rule:?}")]
pub struct FieldError {
    pub field: &'static str,
    pub rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Required,
    /// Longer than this many characters.
    TooLong(usize),
    /// Shorter than this many characters.
    TooShort(usize),
    ControlCharacters,
    Invalid,
    OutOfRange(i64, i64),
    Taken,
    Wrong,
    Unknown,
    TooMany(usize),
}

impl FieldError {
    pub fn new(field: &'static str, rule: Rule) -> Self {
        Self { field, rule }
    }
}

/// One line: composed (NFC), without space at its ends, `min` to `max` characters, no control characters.
pub fn line(field: &'static str, value: &str, min: usize, max: usize) -> Result<String, FieldError> {
    let value = bounded(field, value, max)?;
    if value.chars().any(char::is_control) {
        return Err(FieldError::new(field, Rule::ControlCharacters));
    }
    let value = value.trim();
    match value.chars().count() {
        0 if min > 0 => Err(FieldError::new(field, Rule::Required)),
        count if count < min => Err(FieldError::new(field, Rule::TooShort(min))),
        _ => Ok(value.to_owned()),
    }
}

/// Several lines: like [`line`], but with line breaks and tabs.
pub fn lines(field: &'static str, value: &str, min: usize, max: usize) -> Result<String, FieldError> {
    let value = bounded(field, &value.replace("\r\n", "\n"), max)?;
    if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(FieldError::new(field, Rule::ControlCharacters));
    }
    let value = value.trim_end();
    if value.trim().chars().count() < min {
        return Err(FieldError::new(field, Rule::Required));
    }
    Ok(value.to_owned())
}

fn bounded(field: &'static str, value: &str, max: usize) -> Result<String, FieldError> {
    // Counted before it is composed, so that a huge value costs nothing.
    if value.chars().take(max + 1).count() > max {
        return Err(FieldError::new(field, Rule::TooLong(max)));
    }
    Ok(value.nfc().collect())
}

/// A name to sign in with and to be mentioned by: 1 to 32 letters and digits of any script, `.`, `_`, `-`; lower case.
pub fn username(value: &str) -> Result<String, FieldError> {
    let value = line("username", value, 1, 32)?.to_lowercase();
    let fits = value.chars().all(is_name_character) && value.chars().next().is_some_and(char::is_alphanumeric);
    if fits { Ok(value) } else { Err(FieldError::new("username", Rule::Invalid)) }
}

/// A name that stands in addresses, folders and flows: 1 to 64 of `a-z 0-9 . _ -`, and a letter or digit first.
pub fn plain_name(field: &'static str, value: &str) -> Result<String, FieldError> {
    let value = line(field, value, 1, 64)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins = value.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && value.chars().all(fits) { Ok(value) } else { Err(FieldError::new(field, Rule::Invalid)) }
}

/// An address that mail can be sent to.
pub fn email(value: &str) -> Result<String, FieldError> {
    let value = line("email", value, 3, 254)?;
    let fits = value.parse::<lettre::Address>().is_ok();
    if fits { Ok(value) } else { Err(FieldError::new("email", Rule::Invalid)) }
}

pub fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-')
}

/// A command's id: 1 to 64 of `A-Z a-z 0-9 _ -`.
pub fn command_id(value: &str) -> Result<(), FieldError> {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    if (1..=64).contains(&value.len()) && value.bytes().all(fits) {
        Ok(())
    } else {
        Err(FieldError::new("command", Rule::Invalid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_composed_and_bounded() {
        assert_eq!(line("name", "  e\u{301} ", 1, 5), Ok("é".into()));
        assert_eq!(line("name", "   ", 1, 5), Err(FieldError::new("name", Rule::Required)));
        assert_eq!(line("name", "123456", 1, 5), Err(FieldError::new("name", Rule::TooLong(5))));
        assert_eq!(line("name", "a\u{0}b", 1, 5), Err(FieldError::new("name", Rule::ControlCharacters)));
    }

    #[test]
    fn lines_keep_their_breaks() {
        assert_eq!(lines("text", "a\r\n b\n", 1, 9), Ok("a\n b".into()));
        assert_eq!(lines("text", "a\u{7}", 1, 9), Err(FieldError::new("text", Rule::ControlCharacters)));
    }

    #[test]
    fn a_plain_name_can_be_a_folder_and_never_leads_out_of_one() {
        assert_eq!(plain_name("name", " web-1.example "), Ok("web-1.example".into()));
        for wrong in ["..", ".a", "-a", "a/b", "A", "张", "a b"] {
            assert_eq!(plain_name("name", wrong), Err(FieldError::new("name", Rule::Invalid)), "{wrong}");
        }
    }

    #[test]
    fn an_email_address_has_a_name_and_a_host() {
        assert_eq!(email(" zhang.kun@example.com "), Ok("zhang.kun@example.com".into()));
        for wrong in ["zhang.kun", "@example.com", "a@b@c", "a b@example.com", "a@example.com, b@example.com"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn usernames_are_of_any_script_and_lower_case() {
        assert_eq!(username("Zhang.Kun"), Ok("zhang.kun".into()));
        assert_eq!(username("张坤"), Ok("张坤".into()));
        assert!(username("a b").is_err());
        assert!(username("-a").is_err());
    }
}
