//! The parameters of a URL.

use std::str::FromStr;

/// Parameters that a route's pattern has found in a path, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(Box<str>, Box<str>)>);

/// Why a parameter can not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The route's pattern has no parameter of this name.
    #[error("the route has no parameter {0:?}")]
    Missing(String),
    /// The text can not be parsed as the type.
    #[error("the parameter {name:?} is not of the type {type_name}")]
    Invalid {
        /// Of the parameter.
        name: String,
        /// What was asked for.
        type_name: &'static str,
    },
}

impl Parameters {
    /// The text of a parameter.
    ///
    /// # Errors
    /// [`ParameterError::Missing`]
    pub fn str(&self, name: &str) -> Result<&str, ParameterError> {
        self.get(name).ok_or_else(|| ParameterError::Missing(name.to_owned()))
    }

    /// A parameter as a type of the caller's.
    ///
    /// # Errors
    /// [`ParameterError`]
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<T, ParameterError> {
        let invalid = || ParameterError::Invalid { name: name.to_owned(), type_name: std::any::type_name::<T>() };
        self.str(name)?.parse().map_err(|_| invalid())
    }

    /// The text of a parameter, if there is one of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Names and texts, those of outer routers first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a parameter, or replaces the one of the same name.
    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(other, _)| **other == *name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.into(), value.into())),
        }
    }
}
