//! Full-text search that finds words of two Chinese characters: text in Chinese, Japanese and Korean is indexed as
//! pairs of neighbouring characters.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use unicode_normalization::UnicodeNormalization;

use super::model::Hit;
use super::{Refusal, Rooms};
use crate::accounts::Caller;
use crate::db::{Rows, Sql};
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Hits in a page.
const PAGE: i64 = 30;

/// A longer word is cut, in characters.
const LONGEST_WORD: usize = 64;

/// Words of a query, at most.
const WORDS: usize = 32;

fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3100..=0x312F | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Runs of letters and digits in one script family, folded so that case and width do not matter.
fn runs(text: &str) -> Vec<(bool, Vec<char>)> {
    let mut runs: Vec<(bool, Vec<char>)> = Vec::new();
    let mut open = false;
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        match runs.last_mut() {
            Some((cjk, run)) if open && *cjk == is_cjk(c) => run.push(c),
            _ => runs.push((is_cjk(c), vec![c])),
        }
        open = true;
    }
    runs
}

/// The words that a text is found by, separated by spaces. Each run of CJK characters gives its pairs and its last
/// character, so that one character finds it by prefix.
pub fn index_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for (cjk, run) in runs(text) {
        if cjk {
            words.extend(run.windows(2).map(|pair| pair.iter().collect()));
            words.extend(run.last().map(char::to_string));
        } else {
            words.push(run.into_iter().take(LONGEST_WORD).collect());
        }
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// The words of a query and whether each is a prefix.
pub fn query_words(query: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    for (cjk, run) in runs(query) {
        match run.len() {
            1 if cjk => words.push((run[0].to_string(), true)),
            _ if cjk => words.extend(run.windows(2).map(|pair| (pair.iter().collect(), false))),
            _ => words.push((run.into_iter().take(LONGEST_WORD).collect(), true)),
        }
    }
    words.truncate(WORDS);
    words
}

/// Puts new messages into the index: room, number and [`index_words`] of each.
pub async fn add(sql: &impl ConnectionTrait, words: Rows<3>) -> Result<(), DbErr> {
    if sql.get_database_backend() == DbBackend::Postgres {
        let statement = "INSERT INTO search_message (room_id, seq, words) SELECT q.column1, q.column2, array_to_tsvector(string_to_array(q.column3, ' ')) FROM (VALUES {rows}) q";
        return words.run(sql, statement).await;
    }
    let messages = Rows(words.0.iter().map(|[room, seq, _]| [room.clone(), seq.clone()]).collect());
    messages.run(sql, "INSERT INTO search_message (room_id, seq) VALUES {rows}").await?;
    // In the order of the ids: the index collects what comes in their order, and writes it once.
    let statement = "INSERT INTO search (rowid, words) SELECT s.id, q.column3 FROM (VALUES {rows}) q CROSS JOIN search_message s WHERE s.room_id = q.column1 AND s.seq = q.column2";
    words.run(sql, statement).await
}

/// Messages that are indexed in one go.
const REBUILT: i64 = 500;

/// Puts every message into the index, which is empty.
pub async fn rebuild(sql: &impl ConnectionTrait) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        room_id: i64,
        seq: i64,
        text: String,
    }
    let (mut room, mut seq) = (0, 0);
    loop {
        let page = "SELECT room_id, seq, text FROM message WHERE text <> '' AND (room_id > $1 OR (room_id = $1 AND seq > $2)) ORDER BY room_id, seq LIMIT $3";
        let rows: Vec<Row> = sql.all(page, values![room, seq, REBUILT]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        (room, seq) = (last.room_id, last.seq);
        let words = rows.iter().map(|row| values![row.room_id, row.seq, index_words(&row.text)]);
        add(sql, Rows(words.collect())).await?;
    }
}

/// Puts a message into the index, or replaces what is there.
pub async fn index(tx: &Tx<'_>, room: i64, seq: i64, text: &str) -> Result<(), DbErr> {
    let words = index_words(text);
    let sql = tx.sql();
    if sql.get_database_backend() == DbBackend::Postgres {
        let statement = "INSERT INTO search_message (room_id, seq, words) VALUES ($1, $2, array_to_tsvector(string_to_array($3, ' '))) ON CONFLICT (room_id, seq) DO UPDATE SET words = EXCLUDED.words";
        sql.run(statement, values![room, seq, words]).await?;
        return Ok(());
    }
    let statement = "INSERT INTO search_message (room_id, seq) VALUES ($1, $2) ON CONFLICT (room_id, seq) DO UPDATE SET seq = seq RETURNING id";
    let id = sql.number(statement, values![room, seq]).await?.ok_or(DbErr::RecordNotInserted)?;
    sql.run("INSERT OR REPLACE INTO search (rowid, words) VALUES ($1, $2)", values![id, words]).await?;
    Ok(())
}

/// Takes a message out of the index.
pub async fn forget(tx: &Tx<'_>, room: i64, seq: i64) -> Result<(), DbErr> {
    let sql = tx.sql();
    if sql.get_database_backend() != DbBackend::Postgres {
        let statement =
            "DELETE FROM search WHERE rowid IN (SELECT id FROM search_message WHERE room_id = $1 AND seq = $2)";
        sql.run(statement, values![room, seq]).await?;
    }
    sql.run("DELETE FROM search_message WHERE room_id = $1 AND seq = $2", values![room, seq]).await?;
    Ok(())
}

impl Rooms {
    /// Messages in the caller's rooms (or one of them) that hold all words of the query, newest first. `before` takes
    /// the `next` of the page before.
    pub async fn search(
        &self,
        caller: &Caller,
        query: &str,
        room: Option<i64>,
        before: Option<i64>,
    ) -> Result<(Vec<Hit>, Option<i64>), Refusal> {
        let query = text::line("q", query, 1, 200)?;
        let words = query_words(&query);
        if words.is_empty() {
            return Err(FieldError::new("q", Rule::Required).into());
        }
        if let Some(room) = room {
            self.member(caller, room).await?;
        }
        #[derive(FromQueryResult)]
        struct Row {
            position: i64,
            room_id: i64,
            seq: i64,
            at: i64,
            author_id: i64,
            text: Option<String>,
        }
        let db = &self.log.db().reader;
        let postgres = db.get_database_backend() == DbBackend::Postgres;
        // Words hold letters and digits only, so quoting them is enough in both query languages.
        let (quote, star, and, source) = if postgres {
            ("'", ":*", " & ", "search_message x WHERE x.words @@ CAST($1 AS tsquery)")
        } else {
            ("\"", "*", " AND ", "search JOIN search_message x ON x.id = search.rowid WHERE search MATCH $1")
        };
        let word = |(word, prefix): &(String, bool)| format!("{quote}{word}{quote}{}", if *prefix { star } else { "" });
        let matching = words.iter().map(word).collect::<Vec<_>>().join(and);
        let sql = format!(
            "SELECT x.id AS position, m.room_id, m.seq, e.at, m.author_id, m.text FROM (SELECT x.id, x.room_id, x.seq FROM {source} AND x.id < $2) x \
             JOIN member a ON a.log_id = x.room_id AND a.person_id = $3 \
             JOIN message m ON m.room_id = x.room_id AND m.seq = x.seq \
             JOIN entry e ON e.log_id = x.room_id AND e.seq = x.seq \
             WHERE ($4 = 0 OR x.room_id = $4) AND m.text IS NOT NULL ORDER BY x.id DESC LIMIT $5"
        );
        let values = values![matching, before.unwrap_or(i64::MAX), caller.id(), room.unwrap_or(0), PAGE + 1];
        let mut rows: Vec<Row> = db.all(&sql, values).await?;
        let has_more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let next = if has_more { rows.last().map(|row| row.position) } else { None };
        let hit = |row: Row| Hit {
            room: row.room_id,
            seq: row.seq,
            at: row.at,
            by: row.author_id,
            text: row.text.unwrap_or_default(),
        };
        Ok((rows.into_iter().map(hit).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_becomes_pairs_and_other_scripts_words() {
        let words = index_words("发布 v1.4.2 到生产");
        let mut words: Vec<&str> = words.split(' ').collect();
        words.sort_unstable();
        let mut expected = ["发布", "布", "v1", "4", "2", "到生", "生产", "产"];
        expected.sort_unstable();
        assert_eq!(words, expected);
    }

    #[test]
    fn two_characters_are_one_pair_and_one_is_a_prefix() {
        assert_eq!(query_words("生产"), [("生产".to_owned(), false)]);
        assert_eq!(query_words("产"), [("产".to_owned(), true)]);
        assert_eq!(query_words("Deploy!"), [("deploy".to_owned(), true)]);
    }

    #[test]
    fn width_and_case_do_not_matter() {
        assert_eq!(index_words("ＡＢＣ"), "abc");
    }
}
