//! The names of channels and groups.
//!
//! The rules are those of Django Channels, with ASCII letters and digits only, so that a name that passes here is good
//! on every layer and in both languages.

use super::LayerError;

/// A name is shorter than this, in characters. 99 pass, 100 are refused.
pub const MAX_NAME_LENGTH: usize = 100;

/// How much of a refused name an error repeats, in characters.
const QUOTED_LENGTH: usize = 120;

/// Refuses what is no name for a channel: letters, digits, `-`, `_` and `.`, then at most one `!`, which divides the
/// process from the channel in it, and more of the same or nothing.
///
/// # Errors
/// [`LayerError::InvalidChannelName`]
pub fn check_channel_name(name: &str) -> Result<(), LayerError> {
    let (process, local) = name.split_once('!').unwrap_or((name, ""));
    if name.len() < MAX_NAME_LENGTH && !process.is_empty() && is_plain(process) && is_plain(local) {
        return Ok(());
    }
    Err(LayerError::InvalidChannelName(quoted(name)))
}

/// Refuses what is no name for a group: letters, digits, `-`, `_` and `.`.
///
/// # Errors
/// [`LayerError::InvalidGroupName`]
pub fn check_group_name(name: &str) -> Result<(), LayerError> {
    if name.len() < MAX_NAME_LENGTH && !name.is_empty() && is_plain(name) {
        return Ok(());
    }
    Err(LayerError::InvalidGroupName(quoted(name)))
}

/// The part of a channel's name that says where its messages are kept: everything up to and including the `!`, or
/// the whole name when it has none.
pub fn non_local_name(channel: &str) -> &str {
    match channel.find('!') {
        Some(position) => &channel[..=position],
        None => channel,
    }
}

fn is_plain(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn quoted(name: &str) -> String {
    name.chars().take(QUOTED_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_99_characters_pass_and_of_100_are_refused() {
        assert!(check_channel_name(&"a".repeat(99)).is_ok());
        assert!(check_channel_name(&"a".repeat(100)).is_err());
        assert!(check_group_name(&"a".repeat(99)).is_ok());
        assert!(check_group_name(&"a".repeat(100)).is_err());
    }

    #[test]
    fn channels_have_at_most_one_exclamation_mark_and_something_before_it() {
        for good in ["worker", "a-b_c.d", "specific.0af!", "specific.0af!x_1", "9"] {
            assert!(check_channel_name(good).is_ok(), "{good:?}");
        }
        for bad in ["", "!", "!a", "a!b!c", "a b", "a:b", "é", "a!é", "a\n", "a!\n", "a/b"] {
            assert!(check_channel_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn groups_have_no_exclamation_mark() {
        assert!(check_group_name("room-1.members_all").is_ok());
        for bad in ["", "room!", "a b", "a:b", "房间", "room\n"] {
            assert!(check_group_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_non_local_name_ends_with_the_exclamation_mark() {
        assert_eq!(non_local_name("specific.0af!x"), "specific.0af!");
        assert_eq!(non_local_name("worker"), "worker");
    }

    #[test]
    fn an_error_repeats_only_the_beginning_of_a_long_name() {
        let error = check_channel_name(&"é".repeat(100_000)).unwrap_err();
        assert!(error.to_string().len() < 1_000);
    }
}
