//! Percent-encoding (RFC 3986, section 2.1).

use std::borrow::Cow;

/// The text that is meant. A `%` that no two hexadecimal digits follow stands for itself. `None`: not UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| Some(digit(digits[0])? * 16 + digit(digits[1])?));
        match (first, code) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_what_only_looks_so_stays() {
        assert_eq!(decode("/room/%E7%BE%A4/").unwrap(), "/room/群/");
        assert_eq!(decode("/100%/%zz/%4").unwrap(), "/100%/%zz/%4");
        assert_eq!(decode("/a%2Fb").unwrap(), "/a/b");
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused() {
        assert_eq!(decode("/%FF"), None);
    }
}
