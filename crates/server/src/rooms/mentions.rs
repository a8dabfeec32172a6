//! `@username` in a text.

use std::collections::BTreeSet;

use sea_orm::{DbErr, FromQueryResult, Value};

use crate::db::{Sql, placeholders};
use crate::log::Tx;
use crate::text::is_name_character;

/// Places in a text that are looked at, at most; later ones name nobody.
const PLACES: usize = 50;

/// A user name's characters, at most.
const LONGEST: usize = 32;

/// What follows each `@`: all names that could be meant, the longest first. Chinese text often goes on without a space.
fn candidates(text: &str) -> Vec<Vec<String>> {
    let mut places = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        // An `@` inside a word is a mail address.
        if c == '@' && !before.is_ascii_alphanumeric() && places.len() < PLACES {
            let run: Vec<char> = text[at + 1..].chars().take_while(|c| is_name_character(*c)).take(LONGEST).collect();
            let names: Vec<String> =
                (1..=run.len()).rev().map(|n| run[..n].iter().collect::<String>().to_lowercase()).collect();
            if !names.is_empty() {
                places.push(names);
            }
        }
        before = c;
    }
    places
}

/// The members of the room that the text names, in ascending order.
pub async fn mentioned(tx: &Tx<'_>, room: i64, text: &str) -> Result<Vec<i64>, DbErr> {
    if !text.contains('@') {
        return Ok(Vec::new());
    }
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        username: String,
    }
    let places = candidates(text);
    let names: BTreeSet<&String> = places.iter().flatten().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT p.id, p.username FROM person p JOIN member m ON m.person_id = p.id WHERE m.log_id = $1 AND p.username IN ({})",
        placeholders(2, names.len())
    );
    let values = std::iter::once(Value::from(room)).chain(names.into_iter().map(|name| Value::from(name.clone())));
    let rows: Vec<Row> = tx.sql().all(&sql, values).await?;
    let id_of = |name: &String| rows.iter().find(|row| row.username == *name).map(|row| row.id);
    let ids: BTreeSet<i64> = places.iter().filter_map(|names| names.iter().find_map(id_of)).collect();
    Ok(ids.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_the_text_goes_on_without_a_space() {
        let places = candidates("@张坤回滚 and mail@example.com, @Li.");
        assert_eq!(places.len(), 2);
        assert_eq!(places[0], ["张坤回滚", "张坤回", "张坤", "张"]);
        assert_eq!(places[1], ["li.", "li", "l"]);
    }

    #[test]
    fn a_text_of_at_signs_is_bounded() {
        assert!(candidates(&"@a".repeat(4000)).len() <= PLACES);
    }
}
