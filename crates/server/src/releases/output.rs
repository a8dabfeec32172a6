//! The bytes of a script's output on their way to a log: text with secrets masked, in pieces that end where nothing is
//! torn apart. Whoever goes on from the end of a piece sees the rest as if there had been no break.

use std::ops::Range;

/// Bytes of a piece, about.
pub const PIECE: usize = 16 * 1024;

/// What stands for a secret.
const MASK: &str = "•••";

/// A line that could still become a directive is waited for up to this length.
const DIRECTIVE: usize = 256;

/// Bytes that wait to be told, and what must not be told.
#[derive(Debug, Default)]
pub struct Output {
    waiting: Vec<u8>,
    /// Longest first, so that a secret within another does not leave a part of it.
    secrets: Vec<Vec<u8>>,
    /// The last piece ended within a line.
    in_line: bool,
}

/// The next part of the output.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// Bytes of the output that it stands for.
    pub bytes: usize,
    /// `::progress 40`
    pub progress: Option<u8>,
    /// `::commit HASH`
    pub commit: Option<String>,
}

impl Output {
    /// Masks the values and each of their longer lines, as scripts often print them one by one.
    pub fn new(secrets: &[(String, String)]) -> Self {
        let lines = |value: &str| value.lines().filter(|line| line.len() >= 4).map(str::to_owned).collect::<Vec<_>>();
        let all = secrets.iter().flat_map(|(_, value)| [vec![value.clone()], lines(value)].concat());
        let mut secrets: Vec<Vec<u8>> = all.filter(|value| !value.is_empty()).map(String::into_bytes).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets, ..Self::default() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Blots out what could be the beginning of a secret at the end of what waits: the rest of it was cut off.
    pub fn blot_end(&mut self) {
        let waiting = &self.waiting;
        let begins = |at: &usize| self.secrets.iter().any(|secret| secret.starts_with(&waiting[*at..]));
        let longest = self.secrets.first().map_or(0, Vec::len);
        let begin = (waiting.len().saturating_sub(longest)..waiting.len()).find(begins).unwrap_or(waiting.len());
        self.waiting[begin..].fill(b'*');
    }

    /// Blots out what could be the end of a secret at the beginning of what waits.
    pub fn blot_start(&mut self) {
        let waiting = &self.waiting;
        let ends = |length: &usize| self.secrets.iter().any(|secret| secret.ends_with(&waiting[..*length]));
        let longest = self.secrets.first().map_or(0, Vec::len).min(waiting.len());
        let end = (1..=longest).rev().find(ends).unwrap_or(0);
        self.waiting[..end].fill(b'*');
    }

    /// What can be told now; everything, piece by piece, when `is_end`.
    pub fn take(&mut self, is_end: bool) -> Option<Piece> {
        let longest = self.secrets.first().map_or(0, Vec::len);
        let window = self.waiting.len().min(PIECE.max(2 * longest));
        let is_rest = is_end && window == self.waiting.len();
        let secrets = self.find_secrets(window);
        let end = if is_rest { window } else { self.end(window, &secrets)? };
        let mut piece = self.render(end, &secrets, is_rest);
        if end == 0 {
            return None;
        }
        piece.bytes = end;
        self.in_line = self.waiting[end - 1] != b'\n';
        self.waiting.drain(..end);
        Some(piece)
    }

    /// Where the secrets stand, in order and apart from each other.
    fn find_secrets(&self, window: usize) -> Vec<Range<usize>> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < window && !self.secrets.is_empty() {
            match self.secrets.iter().find(|secret| self.waiting[at..window].starts_with(secret)) {
                Some(secret) => {
                    found.push(at..at + secret.len());
                    at += secret.len();
                }
                None => at += 1,
            }
        }
        found
    }

    /// How far one can go without tearing a line, a secret or a character apart.
    fn end(&self, window: usize, secrets: &[Range<usize>]) -> Option<usize> {
        let outside = |end: usize| match secrets.iter().find(|secret| secret.start < end && end < secret.end) {
            Some(secret) => secret.start,
            None => end,
        };
        let waiting = &self.waiting[..window];
        // What could be the beginning of a secret waits for its rest.
        let begins = |at: &usize| self.secrets.iter().any(|s| s.len() > window - at && s.starts_with(&waiting[*at..]));
        let longest = self.secrets.first().map_or(0, Vec::len);
        let open = (window.saturating_sub(longest)..window).find(begins).unwrap_or(window);
        let mut end = outside(open);
        let line_end =
            waiting[..end].iter().enumerate().rev().find(|(at, byte)| **byte == b'\n' && outside(at + 1) == at + 1);
        if let Some((at, _)) = line_end {
            return Some(at + 1);
        }
        if !self.in_line && waiting.starts_with(b"::") && window < DIRECTIVE {
            return None;
        }
        // A carriage return may be the first half of a line's end.
        while end > 0 && waiting[end - 1] == b'\r' {
            end -= 1;
        }
        let end = outside(end - torn_character(&waiting[..end]));
        (end > 0).then_some(end)
    }

    fn render(&self, end: usize, secrets: &[Range<usize>], is_rest: bool) -> Piece {
        let mut masked = Vec::with_capacity(end);
        let mut at = 0;
        for secret in secrets.iter().filter(|secret| secret.end <= end) {
            masked.extend_from_slice(&self.waiting[at..secret.start]);
            masked.extend_from_slice(MASK.as_bytes());
            at = secret.end;
        }
        masked.extend_from_slice(&self.waiting[at..end]);
        let masked = String::from_utf8_lossy(&masked);
        let mut piece = Piece::default();
        for (index, line) in masked.split_inclusive('\n').enumerate() {
            let is_whole = (index > 0 || !self.in_line) && (line.ends_with('\n') || is_rest);
            if !(is_whole && piece.take_directive(line.trim_end())) {
                piece.text.push_str(&last_state(line, index == 0 && self.in_line));
            }
        }
        piece
    }
}

impl Piece {
    fn take_directive(&mut self, line: &str) -> bool {
        if let Some(percent) = line.strip_prefix("::progress ") {
            let percent = percent.trim().trim_end_matches('%').parse::<u8>().ok().filter(|percent| *percent <= 100);
            self.progress = percent.or(self.progress);
            return percent.is_some();
        }
        let commit = line.strip_prefix("::commit ").map(str::trim);
        let commit =
            commit.filter(|text| (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit()));
        self.commit = commit.map(str::to_owned).or(self.commit.take());
        commit.is_some()
    }
}

/// What a line shows after its carriage returns. One that goes on from an earlier piece returns to its beginning.
fn last_state(line: &str, goes_on: bool) -> String {
    let (text, end) = match line.strip_suffix('\n') {
        Some(text) => (text.trim_end_matches('\r'), "\n"),
        None => (line, ""),
    };
    match text.rsplit_once('\r') {
        Some((_, last)) => format!("{}{last}{end}", if goes_on { "\r" } else { "" }),
        None => format!("{text}{end}"),
    }
}

/// Bytes at the end that begin a character of which more has to come.
fn torn_character(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(4)..];
    match std::str::from_utf8(tail) {
        Err(error) if error.error_len().is_none() => tail.len() - error.valid_up_to(),
        // The tail may itself begin within a character.
        Err(_) => (1..tail.len())
            .find_map(|at| match std::str::from_utf8(&tail[at..]) {
                Err(error) if error.error_len().is_none() => Some(tail.len() - at - error.valid_up_to()),
                _ => None,
            })
            .unwrap_or(0),
        Ok(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(secrets: &[&str], chunks: &[&[u8]]) -> (String, Option<u8>, Option<String>) {
        let secrets: Vec<_> = secrets.iter().map(|value| ("S".to_owned(), (*value).to_owned())).collect();
        let mut output = Output::new(&secrets);
        let (mut text, mut progress, mut commit) = (String::new(), None, None);
        let mut tell = |piece: Piece| {
            text.push_str(&piece.text);
            progress = piece.progress.or(progress);
            commit = piece.commit.or(commit.take());
        };
        for chunk in chunks {
            output.push(chunk);
            while let Some(piece) = output.take(false) {
                tell(piece);
            }
        }
        while let Some(piece) = output.take(true) {
            tell(piece);
        }
        assert_eq!(output.waiting(), 0);
        (text, progress, commit)
    }

    #[test]
    fn a_secret_is_masked_wherever_it_is_torn_apart() {
        assert_eq!(told(&["hunter2"], &[b"a hun", b"ter", b"2 b\n"]).0, "a ••• b\n");
        assert_eq!(told(&["hunter2"], &[b"a hun", b"t\n"]).0, "a hunt\n");
        assert_eq!(told(&["ab\ncdefg"], &[b"x ab\n", b"cdefg y\n"]).0, "x ••• y\n");
        assert_eq!(told(&["ab\ncdefg"], &[b"cdefg\n"]).0, "•••\n", "its line alone");
        assert_eq!(told(&["abc", "cde"], &[b"abc", b"de\n"]).0, "•••de\n");
    }

    #[test]
    fn a_secret_that_was_cut_in_two_is_in_neither_part() {
        let mut output = Output::new(&[("S".into(), "hunter2".into())]);
        output.push(b"my hunt");
        output.blot_end();
        assert_eq!(output.take(true).unwrap().text, "my ****");
        output.push(b"er2 is cut");
        output.blot_start();
        assert_eq!(output.take(true).unwrap().text, "*** is cut");
    }

    #[test]
    fn a_character_is_not_torn_apart() {
        let text = "会签 €🚀\n".as_bytes();
        for at in 0..text.len() {
            assert_eq!(told(&[], &[&text[..at], &text[at..]]).0, "会签 €🚀\n");
        }
        assert_eq!(told(&[], &[b"a\xff\xfeb\n"]).0, "a\u{fffd}\u{fffd}b\n");
    }

    #[test]
    fn a_line_shows_its_last_state() {
        assert_eq!(told(&[], &[b"10%\r50%\r100%\ndone\r\n"]).0, "100%\ndone\n");
        assert_eq!(told(&[], &[b"10%", b"\r50%", b"\r100%\n"]).0, "10%\r50%\r100%\n");
    }

    #[test]
    fn directives_are_taken_and_not_told() {
        let (text, progress, commit) = told(&[], &[b"a\n::prog", b"ress 40\n::commit 0123abcd\nb\n::nothing\n"]);
        assert_eq!((text.as_str(), progress, commit.as_deref()), ("a\nb\n::nothing\n", Some(40), Some("0123abcd")));
        assert_eq!(told(&[], &[b"::progress 300\n"]).0, "::progress 300\n");
    }

    proptest! {
        #[test]
        fn whoever_goes_on_from_a_piece_tells_the_same(parts in prop::collection::vec("[a-c\n]{0,9}(key-\n?1)?[a-c\n]{0,9}", 0..20), every in 1_usize..7) {
            let all = parts.concat().into_bytes();
            let secrets = [("S".to_owned(), "key-\n1".to_owned()), ("T".to_owned(), "key-1".to_owned())];
            let (mut text, mut taken) = (String::new(), 0);
            while taken < all.len() {
                // Another owner begins where the last piece ended, and knows nothing else.
                let mut output = Output::new(&secrets);
                let mut upto = taken;
                loop {
                    let next = (upto + every).min(all.len());
                    output.push(&all[upto..next]);
                    upto = next;
                    if let Some(piece) = output.take(upto == all.len()) {
                        text.push_str(&piece.text);
                        taken += piece.bytes;
                        break;
                    }
                }
            }
            let whole = String::from_utf8(all).unwrap();
            prop_assert_eq!(text, whole.replace("key-\n1", MASK).replace("key-1", MASK));
        }
    }
}
