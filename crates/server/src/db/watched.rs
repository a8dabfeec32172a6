use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;

/// A transaction that notes whether anything was written to it.
#[derive(Debug)]
pub struct Watched<'a> {
    transaction: &'a DatabaseTransaction,
    written: AtomicBool,
}

impl<'a> Watched<'a> {
    pub fn new(transaction: &'a DatabaseTransaction) -> Self {
        Self { transaction, written: AtomicBool::new(false) }
    }

    /// Whether a statement ran, or was tried, that is not plain reading.
    pub fn is_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    fn note(&self, sql: &str) {
        if !sql.starts_with("SELECT") {
            self.written.store(true, Ordering::Relaxed);
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Watched<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(&statement.sql);
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(sql);
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(&statement.sql);
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(&statement.sql);
        self.transaction.query_all_raw(statement).await
    }
}
