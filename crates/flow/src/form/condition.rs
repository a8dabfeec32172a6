//! Reading dates and amounts.

use serde_json::Value;

use super::Money;
use crate::definition::UtcOffset;

/// The amount of a money value: text, or a number as programs like to send it.
pub(crate) fn money_of(value: &Value) -> Option<Money> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let hundredths = number.as_f64()? * 100.0;
            let rounded = hundredths.round();
            let exact = (hundredths - rounded).abs() < 1e-6 && rounded.abs() <= Money::LARGEST.hundredths as f64;
            exact.then_some(Money { hundredths: rounded as i64 })
        }
        _ => None,
    }
}

/// The moment of a date value in milliseconds since 1970: the beginning of its day or minute at this offset.
pub(crate) fn date_ms(text: &str, offset: UtcOffset) -> Option<i64> {
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let day = days_since_1970(day)?;
    let minutes = time.map_or(Some(0), minutes_of)?;
    Some((day * 1_440 + i64::from(minutes) - i64::from(offset.minutes)) * 60_000)
}

/// Whether the text is a day, or with `time` a minute.
pub(super) fn is_date(text: &str, time: bool) -> bool {
    text.contains('T') == time && date_ms(text, UtcOffset::default()).is_some()
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn minutes_of(time: &str) -> Option<i32> {
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) as i32)
}

/// Days from the civil calendar, after Howard Hinnant's `days_from_civil`.
fn days_since_1970(day: &str) -> Option<i64> {
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if parts.next().is_some() || year < 1 || !(1..=length).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_moment() {
        let east = UtcOffset { minutes: 480 };
        assert_eq!(date_ms("1970-01-01", UtcOffset::default()), Some(0));
        assert_eq!(date_ms("2026-11-25", UtcOffset::default()), Some(1_795_564_800_000));
        assert_eq!(date_ms("2026-11-25T08:30", east), Some(1_795_564_800_000 + 30 * 60_000));
        assert_eq!(date_ms("2000-02-29", UtcOffset::default()), Some(951_782_400_000));
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "26-1-1",
            "2026-11-31",
            "2026-11-25T24:00",
            "today",
            "-001-01-01",
        ] {
            assert_eq!(date_ms(text, UtcOffset::default()), None, "{text}");
        }
    }
}
