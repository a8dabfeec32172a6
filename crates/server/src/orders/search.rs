//! Finding orders by words. Everybody who has a part in an order is a word of it, and so are its flow, its requester
//! and its status, so that a search of one person or with filters does not go through the orders of all.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

use super::model::{Filter, OrderStatus};
use crate::db::{Rows, Sql};
use crate::rooms::search::{index_words, query_words};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Characters of an order that are indexed, at most.
const LONGEST: usize = 20_000;

/// Characters of a flow's name that are indexed, at most.
const LONGEST_FLOW: usize = 64;

/// A shorter beginning has an index of its own, and too many words.
const SPELT_OUT: usize = 4;

/// Words that stand for a beginning, at most.
const SPELLINGS: i64 = 32;

/// What an order is found by beside its text.
#[derive(Debug)]
pub struct Marks<'a> {
    pub flow: &'a str,
    pub requester: i64,
    pub status: OrderStatus,
    /// Everybody who has a part in it.
    pub people: &'a [i64],
}

/// Puts an order into the index, or replaces what is there.
pub async fn index(sql: &impl ConnectionTrait, order: i64, text: &str, marks: &Marks<'_>) -> Result<(), DbErr> {
    let text: String = text.chars().take(LONGEST).collect();
    let mut words = index_words(&text);
    keep_spellings(sql, &words).await?;
    let own = [flow_word(marks.flow), requester_word(marks.requester), status_word(marks.status)];
    for word in marks.people.iter().map(|person| person_word(*person)).chain(own) {
        words.push(' ');
        words.push_str(&word);
    }
    let statement = match sql.get_database_backend() {
        DbBackend::Postgres => {
            "INSERT INTO order_search (order_id, words) VALUES ($1, array_to_tsvector(string_to_array(btrim($2), ' '))) ON CONFLICT (order_id) DO UPDATE SET words = EXCLUDED.words"
        }
        _ => "INSERT OR REPLACE INTO order_search (rowid, words) VALUES ($1, $2)",
    };
    sql.run(statement, values![order, words]).await?;
    Ok(())
}

/// Keeps the longer words for [`Words::spell_out`].
async fn keep_spellings(sql: &impl ConnectionTrait, words: &str) -> Result<(), DbErr> {
    if sql.get_database_backend() == DbBackend::Postgres {
        return Ok(());
    }
    let longer = words.split(' ').filter(|word| word.chars().count() >= SPELT_OUT);
    let rows = Rows(longer.map(|word| values![word]).collect());
    rows.run(sql, "INSERT INTO order_word (word) VALUES {rows} ON CONFLICT DO NOTHING").await
}

/// What a search looks for.
#[derive(Debug)]
pub struct Words {
    words: Vec<Wanted>,
}

#[derive(Debug)]
enum Wanted {
    Whole(String),
    Beginning(String),
    OneOf(Vec<String>),
}

/// The words of a filter's query, among the orders of one person if one is named. Without a query it is nothing, or
/// the marks alone.
pub fn matching(filter: &Filter, person: Option<i64>, by_marks: bool) -> Result<Option<Words>, FieldError> {
    let words = match &filter.query {
        None if !by_marks => return Ok(None),
        None => Vec::new(),
        Some(query) => {
            let query = text::line("q", query, 1, 200)?;
            Some(query_words(&query)).filter(|words| !words.is_empty()).ok_or(FieldError::new("q", Rule::Required))?
        }
    };
    let marks = [
        person.map(person_word),
        filter.flow.as_deref().map(flow_word),
        filter.requester.map(requester_word),
        filter.status.map(status_word),
    ];
    let marks = marks.into_iter().flatten().map(Wanted::Whole);
    let wanted = |(word, beginning)| if beginning { Wanted::Beginning(word) } else { Wanted::Whole(word) };
    Ok(Some(Words { words: marks.chain(words.into_iter().map(wanted)).collect() }))
}

impl Words {
    /// In the query language of the index.
    pub fn query(&self, sqlite: bool) -> String {
        // Words and marks hold letters and digits only, so quoting them is enough in both languages.
        let (quote, star, and) = if sqlite { ("\"", "*", " AND ") } else { ("'", ":*", " & ") };
        let quoted = |word: &String| format!("{quote}{word}{quote}");
        let wanted = |wanted: &Wanted| match wanted {
            Wanted::Whole(word) => quoted(word),
            Wanted::Beginning(word) => format!("{}{star}", quoted(word)),
            Wanted::OneOf(words) => format!("({})", words.iter().map(quoted).collect::<Vec<_>>().join(" OR ")),
        };
        self.words.iter().map(wanted).collect::<Vec<_>>().join(and)
    }

    /// On SQLite, puts the words that begin so in place of a beginning, as long as they are few.
    pub async fn spell_out(mut self, reader: &impl ConnectionTrait) -> Result<Self, DbErr> {
        #[derive(FromQueryResult)]
        struct Row {
            word: String,
        }
        for wanted in &mut self.words {
            let Wanted::Beginning(beginning) = &*wanted else { continue };
            if beginning.chars().count() < SPELT_OUT {
                continue;
            }
            let sql = "SELECT word FROM order_word WHERE word >= $1 AND word < $2 ORDER BY word LIMIT $3";
            let end = format!("{beginning}{}", char::MAX);
            let rows: Vec<Row> = reader.all(sql, values![beginning.clone(), end, SPELLINGS + 1]).await?;
            *wanted = match rows.len() as i64 {
                0 => Wanted::Whole(beginning.clone()),
                1..=SPELLINGS => Wanted::OneOf(rows.into_iter().map(|row| row.word).collect()),
                _ => continue,
            };
        }
        Ok(self)
    }
}

// Marks begin with a character for private use. The index takes it for a letter, and no query has it, so that nobody
// finds a mark by typing its beginning.

fn person_word(person: i64) -> String {
    format!("\u{e000}p{person}")
}

fn requester_word(person: i64) -> String {
    format!("\u{e000}r{person}")
}

fn status_word(status: OrderStatus) -> String {
    format!("\u{e000}s{}", status.as_str())
}

/// What is no letter and no digit would end the word, or the query.
fn flow_word(flow: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '\u{e001}' };
    format!("\u{e000}f{}", flow.chars().take(LONGEST_FLOW).map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_marks_that_nobody_can_type() {
        let query = Some("\u{e000}p5 laptop".to_owned());
        let flow = Some("a-b\" OR \"c".to_owned());
        let filter = Filter { query, flow, status: Some(OrderStatus::Running), ..Filter::default() };
        let words = matching(&filter, Some(7), false).ok().flatten().map(|words| words.query(true));
        let marks =
            "\"\u{e000}p7\" AND \"\u{e000}fa\u{e001}b\u{e001}\u{e001}OR\u{e001}\u{e001}c\" AND \"\u{e000}srunning\"";
        assert_eq!(words, Some(format!("{marks} AND \"p5\"* AND \"laptop\"*")));
    }

    #[test]
    fn without_a_query_there_are_only_marks_or_nothing() {
        let filter = Filter { requester: Some(3), ..Filter::default() };
        let query = |by_marks| matching(&filter, Some(7), by_marks).ok().flatten().map(|words| words.query(false));
        assert_eq!(query(false), None);
        assert_eq!(query(true), Some("'\u{e000}p7' & '\u{e000}r3'".to_owned()));
    }
}
