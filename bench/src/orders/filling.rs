//! Writes orders straight into the server's tables while the server is down: the rows that its lists read, in the shape
//! in which the server writes them. Entries and events are left out; lists do not read them.

use std::path::Path;

use anyhow::{Context, Result};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{AssertSqlSafe, Connection, QueryBuilder, Row, Sqlite, query, query_scalar};

use super::seeds::{Chance, Seed, Seeds, Standing};

/// Rows of one statement.
const CHUNK: i64 = 200;

/// Tables that are filled in the order of their keys, without their indexes.
const TABLES: [&str; 6] = ["log", "member", "room", "orders", "order_part", "order_task"];

/// Where each statement takes its orders from: what the server made of the pattern of each standing, and the seeds.
const TEMPORARY: &str = "
CREATE TEMP TABLE pattern AS SELECT * FROM orders LIMIT 0;
ALTER TABLE pattern ADD COLUMN standing INTEGER;
CREATE TEMP TABLE seed (id INTEGER PRIMARY KEY, number, flow, standing, requester, first, second, copied, title, words, created_at, updated_at);
";

/// `{DRAFT}` and the like are numbers of [`Standing`].
const STATEMENTS: [(&str, &str); 8] = [
    ("logs", "INSERT INTO log (id, last_seq, messages, last_at) SELECT id, 4, 0, updated_at FROM seed"),
    (
        "rooms",
        "INSERT INTO room (id, kind, name, people, created_at) SELECT id, 'order', '#' || number || ' ' || json_extract(title, '$.zh'), 3, created_at FROM seed",
    ),
    (
        "orders",
        "INSERT INTO orders (id, number, flow, version, title, requester_id, status, revision, state, draft, form_version, nodes, waiting_for, created_at, updated_at, submitted_at, closed_at)
         SELECT s.id, iif(p.number IS NULL, NULL, s.number), s.flow, 1, s.title, s.requester, p.status, p.revision, p.state, p.draft, p.form_version, p.nodes,
                CASE s.standing WHEN {FIRST} THEN json_array(s.first) WHEN {SECOND} THEN json_array(s.second) WHEN {RETURNED} THEN json_array(s.requester) ELSE '[]' END,
                s.created_at, s.updated_at, iif(p.number IS NULL, NULL, s.created_at + 60000), iif(p.closed_at IS NULL, NULL, s.updated_at)
         FROM seed s JOIN pattern p ON p.standing = s.standing ORDER BY s.id",
    ),
    (
        "parts",
        "INSERT OR IGNORE INTO order_part (person_id, part, order_id, at, fresh) SELECT * FROM (
           SELECT requester, 'mine', id, created_at, FALSE FROM seed
           UNION ALL SELECT requester, 'all', id, created_at, FALSE FROM seed
           UNION ALL SELECT first, 'all', id, created_at + 60000, FALSE FROM seed WHERE standing <> {DRAFT}
           UNION ALL SELECT second, 'all', id, updated_at - 60000, FALSE FROM seed WHERE standing NOT IN ({DRAFT}, {FIRST}, {WITHDRAWN})
           UNION ALL SELECT first, 'waiting', id, created_at + 60000, FALSE FROM seed WHERE standing = {FIRST}
           UNION ALL SELECT second, 'waiting', id, updated_at - 60000, FALSE FROM seed WHERE standing = {SECOND}
           UNION ALL SELECT requester, 'waiting', id, updated_at, FALSE FROM seed WHERE standing = {RETURNED}
           UNION ALL SELECT first, 'done', id, updated_at - 60000, FALSE FROM seed WHERE standing NOT IN ({DRAFT}, {FIRST}, {WITHDRAWN})
           UNION ALL SELECT second, 'done', id, updated_at, FALSE FROM seed WHERE standing IN ({APPROVED}, {REJECTED}, {RETURNED})
           UNION ALL SELECT copied, 'copied', id, updated_at, id % 20 = 0 FROM seed WHERE copied IS NOT NULL AND standing = {APPROVED}
           UNION ALL SELECT copied, 'all', id, updated_at, FALSE FROM seed WHERE copied IS NOT NULL AND standing = {APPROVED}
         ) ORDER BY 1, 2, 3",
    ),
    (
        "members",
        "INSERT INTO member (log_id, person_id, owner, joined_at, read_seq) SELECT p.order_id, p.person_id, p.person_id = s.requester, p.at, 4 FROM order_part p JOIN seed s ON s.id = p.order_id WHERE p.part = 'all' ORDER BY 1, 2",
    ),
    (
        "tasks",
        "INSERT INTO order_task (person_id, order_id, task) SELECT p.person_id, p.order_id, 1 FROM order_part p JOIN seed s ON s.id = p.order_id WHERE p.part = 'waiting' ORDER BY 1, 2",
    ),
    ("words", "INSERT INTO order_search (rowid, words) SELECT id, words FROM seed ORDER BY id"),
    (
        "spellings",
        "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'order_search', 'row');
         INSERT OR IGNORE INTO order_word (word) SELECT term FROM temp.vocabulary WHERE length(term) >= 4 AND unicode(term) < 57344",
    ),
];

/// What is to be written.
#[derive(Debug)]
pub struct Plan {
    pub orders: i64,
    /// How many there are in the end; those that are missing get no password and can not sign in.
    pub people: i64,
    /// Has the second say in a tenth of all orders.
    pub busy: i64,
    /// An order of each standing, made by the server.
    pub patterns: Vec<(Standing, i64)>,
    pub now_ms: i64,
}

/// What was written.
#[derive(Debug)]
pub struct Filled {
    /// The first order that is made up.
    pub first_id: i64,
    /// Bytes of the database.
    pub bytes: u64,
}

/// Fills the database in a data folder.
pub async fn fill(folder: &Path, plan: &Plan) -> Result<Filled> {
    let file = folder.join("countersign.db");
    // Nothing of this has to survive a crash: a folder that is half filled is thrown away.
    let options = SqliteConnectOptions::new().filename(&file).journal_mode(SqliteJournalMode::Wal);
    let options = options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-262144");
    let mut db = SqliteConnection::connect_with(&options).await?;
    run(&mut db, TEMPORARY).await?;
    for (standing, order) in &plan.patterns {
        let sql = "INSERT INTO pattern SELECT o.*, $2 FROM orders o WHERE o.id = $1";
        query(sql).bind(order).bind(standing.as_number()).execute(&mut db).await?;
    }
    let first_person: i64 = query_scalar("SELECT MIN(id) FROM person").fetch_one(&mut db).await?;
    add_people(&mut db, first_person, plan).await?;
    let first_id: i64 = query_scalar("SELECT MAX(id) + 1 FROM log").fetch_one(&mut db).await?;
    let Plan { orders, people, busy, now_ms, .. } = *plan;
    let seeds = Seeds { orders, first_id, first_person, people, busy, now_ms, chance: Chance(1) };
    sow(&mut db, seeds).await?;
    let indexes = drop_indexes(&mut db).await?;
    for (what, statement) in STATEMENTS {
        eprintln!("writing {what}");
        run(&mut db, &with_standings(statement)).await?;
    }
    eprintln!("writing indexes");
    for index in indexes {
        run(&mut db, &index).await?;
    }
    query("UPDATE counter SET value = $1 WHERE name = 'order'").bind(1_000_000 + orders).execute(&mut db).await?;
    run(&mut db, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
    db.close().await?;
    Ok(Filled { first_id, bytes: file.metadata().context("the database is there")?.len() })
}

async fn run(db: &mut SqliteConnection, sql: &str) -> Result<()> {
    let ran = sea_orm::sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db).await;
    ran.map(|_| ()).with_context(|| sql.to_owned())
}

fn with_standings(statement: &str) -> String {
    let names = [
        ("{DRAFT}", Standing::Draft),
        ("{FIRST}", Standing::WaitsForFirst),
        ("{SECOND}", Standing::WaitsForSecond),
        ("{APPROVED}", Standing::Approved),
        ("{REJECTED}", Standing::Rejected),
        ("{RETURNED}", Standing::Returned),
        ("{WITHDRAWN}", Standing::Withdrawn),
    ];
    names
        .iter()
        .fold(statement.to_owned(), |text, (name, standing)| text.replace(name, &standing.as_number().to_string()))
}

/// Makes people, each with a feed, until there are enough.
async fn add_people(db: &mut SqliteConnection, first: i64, plan: &Plan) -> Result<()> {
    let known: i64 = query_scalar("SELECT MAX(id) FROM person").fetch_one(&mut *db).await?;
    let feeds: i64 = query_scalar("SELECT MAX(id) FROM log").fetch_one(&mut *db).await?;
    for person in known + 1..first + plan.people {
        let feed = feeds + person - known;
        query("INSERT INTO log (id, last_at) VALUES ($1, $2)").bind(feed).bind(plan.now_ms).execute(&mut *db).await?;
        let sql = "INSERT INTO person (id, username, name, password_hash, role, feed_id, created_at) VALUES ($1, 'made-up' || $1, '同事 ' || $1, '', 'member', $2, $3)";
        query(sql).bind(person).bind(feed).bind(plan.now_ms).execute(&mut *db).await?;
    }
    Ok(())
}

async fn sow(db: &mut SqliteConnection, mut seeds: Seeds) -> Result<()> {
    let mut place = 0;
    while place < seeds.orders {
        let chunk: Vec<Seed> = (place..seeds.orders.min(place + CHUNK)).map(|place| seeds.seed(place)).collect();
        place += CHUNK;
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new("INSERT INTO seed ");
        insert.push_values(chunk, |mut row, seed| {
            row.push_bind(seed.id).push_bind(seed.number).push_bind(seed.flow).push_bind(seed.standing.as_number());
            row.push_bind(seed.requester).push_bind(seed.first).push_bind(seed.second).push_bind(seed.copied);
            row.push_bind(seed.title).push_bind(seed.words).push_bind(seed.created_at).push_bind(seed.updated_at);
        });
        insert.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// Drops the indexes of the tables and answers the statements that make them again.
async fn drop_indexes(db: &mut SqliteConnection) -> Result<Vec<String>> {
    let sql = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    let mut statements = Vec::new();
    for row in query(sql).fetch_all(&mut *db).await? {
        let (name, table): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if TABLES.contains(&table.as_str()) {
            run(db, &format!("DROP INDEX {name}")).await?;
            statements.push(row.try_get(2)?);
        }
    }
    Ok(statements)
}
