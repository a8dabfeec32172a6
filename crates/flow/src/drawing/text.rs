//! Text in a drawing: how wide it is, and how it is escaped.

/// The estimated width of text at a font size: Chinese characters are square, Latin ones a little over half as wide.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().map(|letter| if is_wide(letter) { size } else { size * 0.56 }).sum()
}

fn is_wide(letter: char) -> bool {
    matches!(letter as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

/// As much of a text as fits, with an ellipsis when something is cut off.
pub(super) fn fitted(text: &str, size: f64, most: f64) -> String {
    if width_of(text, size) <= most {
        return text.to_owned();
    }
    let mut fitted = String::new();
    for letter in text.chars() {
        fitted.push(letter);
        if width_of(&fitted, size) + size > most {
            break;
        }
    }
    fitted.pop();
    fitted.push('…');
    fitted
}

/// Text as XML: the five characters, and nothing that XML forbids.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}
