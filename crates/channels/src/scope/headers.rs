//! A request's headers, kept small.

use http::HeaderMap;

/// The headers of a request in one piece of memory, a line each. An [`HeaderMap`] takes several times as much, and
/// keeps the buffer that the request was read into.
#[derive(Clone)]
pub struct Headers {
    /// `name:value\n`: neither a name nor a value holds a line feed.
    lines: Box<[u8]>,
}

impl Headers {
    pub(super) fn new(headers: &HeaderMap) -> Self {
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
        let mut lines = Vec::with_capacity(length);
        for (name, value) in headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        Self { lines: lines.into() }
    }

    /// Names, in small letters, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.lines.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]))
        })
    }

    /// The values of a header, whatever the case of its name. Those that are not UTF-8 are left out.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let lines = self.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        lines.filter_map(|(_, value)| str::from_utf8(value).ok())
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }
}
