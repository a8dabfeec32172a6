//! The changes as text.

use std::fmt::Write;

use serde_json::Value;

use super::{Change, ChangeKind, Difference};

impl Difference {
    /// A line for each change: `+` new, `-` gone, `~` changed. Under the change of a longer text stand the lines that
    /// differ. Nothing when there is no change.
    pub fn text(&self, language: &str) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let sign = match change.kind {
                ChangeKind::Added => '+',
                ChangeKind::Removed => '-',
                ChangeKind::Changed | ChangeKind::Renamed => '~',
            };
            let words = if language.starts_with("zh") { &change.words.zh } else { &change.words.en };
            let _ = writeln!(text, "{sign} {words}");
            for line in lines(change) {
                let _ = writeln!(text, "    {line}");
            }
        }
        text
    }
}

/// The lines that differ of a text of several lines: what stands between the lines that both begin and end with.
fn lines(change: &Change) -> Vec<String> {
    let (Value::String(before), Value::String(after)) = (&change.before, &change.after) else { return Vec::new() };
    if !before.trim_end().contains('\n') && !after.trim_end().contains('\n') {
        return Vec::new();
    }
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let first = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let (before, after) = (&before[first..], &after[first..]);
    let last = before.iter().rev().zip(after.iter().rev()).take_while(|(before, after)| before == after).count();
    let gone = before[..before.len() - last].iter().map(|line| format!("- {line}"));
    let new = after[..after.len() - last].iter().map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
