//! Statements for many rows at once. With SQLite, the way to its thread and back takes longer than a simple statement.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};

use super::{Sql, placeholders};

/// Rows of one statement, at most.
const LARGEST: usize = 64;

/// Rows of values. A statement names them `{rows}`, as in `INSERT INTO t (a, b) VALUES {rows}` or
/// `… FROM (VALUES {rows}) q`, where both databases call the columns `q.column1`, `q.column2` …
#[derive(Debug, Clone)]
pub struct Rows<const N: usize>(pub Vec<[Value; N]>);

impl<const N: usize> Rows<N> {
    /// Runs a statement for all rows.
    pub async fn run(&self, sql: &impl ConnectionTrait, statement: &str) -> Result<(), DbErr> {
        for rows in chunks(&self.0) {
            let text = text::<N>(sql.get_database_backend(), statement, rows.len());
            sql.run(&text, rows.iter().flatten().cloned()).await?;
        }
        Ok(())
    }

    /// What a query finds for all rows, in no order.
    pub async fn all<T: FromQueryResult>(&self, sql: &impl ConnectionTrait, query: &str) -> Result<Vec<T>, DbErr> {
        let mut found = Vec::new();
        for rows in chunks(&self.0) {
            let text = text::<N>(sql.get_database_backend(), query, rows.len());
            found.extend(sql.all(&text, rows.iter().flatten().cloned()).await?);
        }
        Ok(found)
    }
}

/// Chunks of 64, 32, 16 … 1 rows: each size is a statement of its own, and few of them have to be prepared.
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = 1 << rows.len().checked_ilog2()?;
        let (chunk, rest) = rows.split_at(size.min(LARGEST));
        rows = rest;
        Some(chunk)
    })
}

fn text<const N: usize>(backend: DbBackend, statement: &str, count: usize) -> String {
    let row = |row: usize| match backend {
        // SQLite looks for a parameter that has a name by going through all of them.
        DbBackend::Sqlite => format!("(?{})", ",?".repeat(N - 1)),
        _ => format!("({})", placeholders(row * N + 1, N)),
    };
    statement.replace("{rows}", &(0..count).map(row).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_sizes_make_up_any_number_of_rows() {
        let sizes = |count: usize| chunks(&vec![0; count]).map(<[i32]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), Vec::<usize>::new());
        assert_eq!(sizes(7), [4, 2, 1]);
        assert_eq!(sizes(200), [64, 64, 64, 8]);
    }

    #[test]
    fn each_database_gets_its_own_parameters() {
        let statement = "INSERT INTO t (a, b) VALUES {rows}";
        assert_eq!(text::<2>(DbBackend::Sqlite, statement, 2), "INSERT INTO t (a, b) VALUES (?,?),(?,?)");
        assert_eq!(text::<2>(DbBackend::Postgres, statement, 2), "INSERT INTO t (a, b) VALUES ($1,$2),($3,$4)");
    }
}
