//! The limits that every layer of this crate keeps.

use std::time::Duration;

use globset::{Glob, GlobMatcher};
use regex::Regex;

use super::LayerError;

/// The limits of a layer. The defaults are those of Django Channels.
///
/// ```
/// use std::time::Duration;
/// use channels::layer::{MemoryLayer, Options, Pattern};
///
/// let options = Options::default()
///     .capacity(500)
///     .channel_capacity(Pattern::glob("worker.*")?, 10_000)
///     .expiry(Duration::from_secs(30));
/// let layer = MemoryLayer::new(options);
/// # Ok::<(), channels::layer::LayerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    pub(super) capacity: usize,
    pub(super) channel_capacity: Vec<(Pattern, usize)>,
    pub(super) expiry: Duration,
    pub(super) group_expiry: Duration,
    pub(super) max_channels: usize,
    pub(super) max_memberships: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            capacity: 100,
            channel_capacity: Vec::new(),
            expiry: Duration::from_secs(60),
            group_expiry: Duration::from_secs(86_400),
            max_channels: 100_000,
            max_memberships: 1_000_000,
        }
    }
}

impl Options {
    /// How many messages wait in one channel, 100 by default and at least 1. The next one finds it full.
    #[must_use]
    pub fn capacity(mut self, messages: usize) -> Self {
        self.capacity = messages.max(1);
        self
    }

    /// Another capacity for the channels whose names match. The pattern that was given first decides.
    #[must_use]
    pub fn channel_capacity(mut self, pattern: Pattern, messages: usize) -> Self {
        self.channel_capacity.push((pattern, messages.max(1)));
        self
    }

    /// How long a message waits for its reader, 60 seconds by default. Layers over Redis round it up to whole seconds.
    #[must_use]
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = expiry;
        self
    }

    /// How long a membership in a group lasts after the last `group_add`, a day by default. It does not end while
    /// somebody reads the channel.
    #[must_use]
    pub fn group_expiry(mut self, group_expiry: Duration) -> Self {
        self.group_expiry = group_expiry;
        self
    }

    /// How many channels one process holds, 100,000 by default. One more is refused with
    /// [`LayerError::LimitReached`].
    #[must_use]
    pub fn max_channels(mut self, channels: usize) -> Self {
        self.max_channels = channels;
        self
    }

    /// How many memberships in groups one process holds, 1,000,000 by default. One more is refused with
    /// [`LayerError::LimitReached`].
    #[must_use]
    pub fn max_memberships(mut self, memberships: usize) -> Self {
        self.max_memberships = memberships;
        self
    }

    pub(super) fn capacity_of(&self, channel: &str) -> usize {
        let special = self.channel_capacity.iter().find(|(pattern, _)| pattern.matches(channel));
        special.map_or(self.capacity, |(_, capacity)| *capacity)
    }
}

/// Selects channels by name.
#[derive(Debug, Clone)]
pub struct Pattern(Matcher);

#[derive(Debug, Clone)]
enum Matcher {
    Glob(GlobMatcher),
    Regex(Regex),
}

impl Pattern {
    /// Names that this glob matches as a whole: `*` is any text, `?` one character, `[a-z]` one of these.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]
    pub fn glob(glob: &str) -> Result<Self, LayerError> {
        let glob = Glob::new(glob).map_err(|error| LayerError::Configuration(error.to_string()))?;
        Ok(Self(Matcher::Glob(glob.compile_matcher())))
    }

    /// Names that start with what this regular expression matches. End it with `$` to match whole names.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]
    pub fn regex(regex: &str) -> Result<Self, LayerError> {
        let regex =
            Regex::new(&format!("^(?:{regex})")).map_err(|error| LayerError::Configuration(error.to_string()))?;
        Ok(Self(Matcher::Regex(regex)))
    }

    fn matches(&self, channel: &str) -> bool {
        match &self.0 {
            Matcher::Glob(glob) => glob.is_match(channel),
            Matcher::Regex(regex) => regex.is_match(channel),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_matches_decides_the_capacity() {
        let options = Options::default()
            .capacity(7)
            .channel_capacity(Pattern::glob("http.request").unwrap(), 200)
            .channel_capacity(Pattern::glob("http.*").unwrap(), 20)
            .channel_capacity(Pattern::regex(r"^websocket\.send\!.+").unwrap(), 30)
            .channel_capacity(Pattern::regex("work|http").unwrap(), 40);
        for (channel, capacity) in [
            ("http.request", 200),
            ("http.response!1", 20),
            ("websocket.send!abc", 30),
            ("websocket.send", 7),
            ("worker", 40),
            ("my.worker", 7),
            ("xhttp.request", 7),
        ] {
            assert_eq!(options.capacity_of(channel), capacity, "{channel}");
        }
    }

    #[test]
    fn patterns_that_do_not_compile_are_configuration_errors() {
        for refused in [Pattern::glob("a[").unwrap_err(), Pattern::regex("a(").unwrap_err()] {
            assert!(matches!(refused, LayerError::Configuration(_)));
        }
    }
}
