//! Finding orders by words. Everybody who has a part in an order is a word of it, so that a search of one person does
//! not go through the orders of all.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::db::Sql;
use crate::log::Tx;
use crate::rooms::search::{index_words, query_words};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Characters of an order that are indexed, at most.
const LONGEST: usize = 20_000;

/// Puts an order into the index, or replaces what is there.
pub async fn index(tx: &Tx<'_>, order: i64, text: &str, people: &[i64]) -> Result<(), DbErr> {
    let text: String = text.chars().take(LONGEST).collect();
    let mut words = index_words(&text);
    for person in people {
        words.push(' ');
        words.push_str(&person_word(*person));
    }
    let sql = tx.sql();
    let statement = match sql.get_database_backend() {
        DbBackend::Postgres => {
            "INSERT INTO order_search (order_id, words) VALUES ($1, array_to_tsvector(string_to_array(btrim($2), ' '))) ON CONFLICT (order_id) DO UPDATE SET words = EXCLUDED.words"
        }
        _ => "INSERT OR REPLACE INTO order_search (rowid, words) VALUES ($1, $2)",
    };
    sql.run(statement, values![order, words]).await?;
    Ok(())
}

/// What a search looks for.
#[derive(Debug)]
pub struct Words {
    /// Each word, and whether it is only the beginning of one.
    words: Vec<(String, bool)>,
}

/// The words of a query, among the orders of one person if one is named.
pub fn matching(query: &str, person: Option<i64>) -> Result<Words, FieldError> {
    let query = text::line("q", query, 1, 200)?;
    let words = query_words(&query);
    if words.is_empty() {
        return Err(FieldError::new("q", Rule::Required));
    }
    let person = person.map(|person| (person_word(person), false));
    Ok(Words { words: person.into_iter().chain(words).collect() })
}

impl Words {
    /// In the query language of the index.
    pub fn query(&self, sqlite: bool) -> String {
        // Words hold letters and digits only, so quoting them is enough in both languages.
        let (quote, star, and) = if sqlite { ("\"", "*", " AND ") } else { ("'", ":*", " & ") };
        let word = |(word, prefix): &(String, bool)| format!("{quote}{word}{quote}{}", if *prefix { star } else { "" });
        self.words.iter().map(word).collect::<Vec<_>>().join(and)
    }
}

/// Whoever writes such a word only finds what they would find without it, or less.
fn person_word(person: i64) -> String {
    format!("person{person}person")
}
