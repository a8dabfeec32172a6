use std::fmt;

use crate::RunError;

/// The name of one run: `[a-z0-9-]`, 1 to 80 characters. Whoever makes it takes care that it is used once: a second start
/// under the same name follows the first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    pub fn new(text: impl Into<String>) -> Result<Self, RunError> {
        let text = text.into();
        let fits = (1..=80).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.starts_with('-');
        if fits { Ok(Self(text)) } else { Err(RunError::Refused(format!("{text:?} is no name of a run"))) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is released and where to, such as `web/staging`: two parts of `[a-z0-9._-]`, 1 to 64 characters each. It names
/// the folder `$HOME/countersign/<place>` on a machine and the lock that one run at a time holds there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    pub fn new(application: &str, environment: &str) -> Result<Self, RunError> {
        for part in [application, environment] {
            if !is_plain_name(part, 64) || part.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return Err(RunError::Refused(format!("{part:?} can not name a folder")));
            }
        }
        Ok(Self(format!("{application}/{environment}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `[A-Za-z0-9._-]`, and no leading dot or dash: such a name can neither leave its folder nor be taken for an option.
pub(crate) fn is_plain_name(text: &str, max_length: usize) -> bool {
    (1..=max_length).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !text.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_leave_its_folder_or_become_an_option() {
        for text in ["", "..", ".hidden", "-rf", "a/b", "a b", "a\nb", "ü", "a;b", "$(a)"] {
            assert!(Place::new(text, "staging").is_err(), "{text:?} was taken as an application");
            assert!(Place::new("web", text).is_err(), "{text:?} was taken as an environment");
            assert!(RunId::new(text).is_err(), "{text:?} was taken as a run");
        }
        assert!(RunId::new("a".repeat(81)).is_err());
        assert!(RunId::new("order-12-build-1").is_ok());
        assert_eq!(Place::new("web", "eu-west.1").unwrap().as_str(), "web/eu-west.1");
    }
}
