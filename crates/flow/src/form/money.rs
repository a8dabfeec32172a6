//! Exact amounts.

use std::fmt;
use std::str::FromStr;

/// An amount in hundredths: `"12.50"` is 1,250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money {
    /// Hundredths of the currency's unit, at most 10^15 either way.
    pub hundredths: i64,
}

impl Money {
    /// The largest amount, either way: ten million millions.
    pub const LARGEST: Money = Money { hundredths: 1_000_000_000_000_000 };
}

/// The text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is digits with at most two places after a point")]
pub struct NoAmount;

impl FromStr for Money {
    type Err = NoAmount;

    /// Reads `12`, `12.5` or `-12.50`: no spaces, no separators, at most two places.
    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "00"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(places) || places.len() > 2 || whole.len() > 15 {
            return Err(NoAmount);
        }
        let units: i64 = whole.parse().map_err(|_| NoAmount)?;
        let rest: i64 = format!("{places:0<2}").parse().map_err(|_| NoAmount)?;
        Ok(Money { hundredths: sign * (units * 100 + rest) })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.hundredths < 0 { "-" } else { "" };
        let amount = self.hundredths.unsigned_abs();
        write!(formatter, "{sign}{}.{:02}", amount / 100, amount % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact() {
        for (text, shown) in
            [("0.1", "0.10"), ("12", "12.00"), ("-3.05", "-3.05"), ("0007.5", "7.50"), ("-0.01", "-0.01")]
        {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "-", "1.", ".5", "1.234", "1,000", "1e3", "+1", " 1", "９", "1111111111111111"] {
            assert!(text.parse::<Money>().is_err(), "{text:?} was taken");
        }
    }
}
