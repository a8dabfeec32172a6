//! Lengths of time as people write them.

use serde::{Deserialize, Serialize};

/// A length of time, written `30s`, `5m`, `2h`, `3d` or `1w`: a whole number and one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// The length in milliseconds, at most ten years.
    pub ms: i64,
}

const UNITS: [(char, i64); 5] =
    [('w', 7 * 86_400_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];
const TEN_YEARS_MS: i64 = 3_660 * 86_400_000;

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no length of time; write a whole number and s, m, h, d or w, such as 2h");
        let unit = text.chars().last().and_then(|last| UNITS.iter().find(|(letter, _)| *letter == last));
        let (letter, factor) = unit.ok_or_else(wrong)?;
        let digits = text.trim_end_matches(*letter);
        let digits_only = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !digits_only || digits.len() + 1 != text.len() {
            return Err(wrong());
        }
        let number: i64 = digits.parse().map_err(|_| wrong())?;
        number
            .checked_mul(*factor)
            .filter(|ms| *ms <= TEN_YEARS_MS)
            .map(|ms| Span { ms })
            .ok_or_else(|| format!("{text:?} is longer than ten years"))
    }
}

impl From<Span> for String {
    /// Writes the largest unit that loses nothing.
    fn from(span: Span) -> String {
        let (letter, factor) =
            UNITS.iter().find(|(_, factor)| span.ms >= *factor && span.ms % factor == 0).unwrap_or(&UNITS[4]);
        format!("{}{letter}", span.ms / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_and_a_unit() {
        for (text, ms) in [("30s", 30_000), ("2h", 7_200_000), ("3d", 259_200_000), ("1w", 604_800_000), ("0s", 0)] {
            let span = Span::try_from(text.to_owned()).unwrap();
            assert_eq!(span.ms, ms);
            assert_eq!(String::from(span), text);
        }
        assert_eq!(String::from(Span { ms: 48 * 3_600_000 }), "2d");
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "h", "2", "2 h", "-1h", "1.5h", "99999w", "2hh", "2小", "99999999999999999999s"] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text:?} was taken");
        }
    }
}
