//! The contract of the log and the rooms: the same tests on SQLite and on a real PostgreSQL.
//!
//! PostgreSQL is named by `COUNTERSIGN_TEST_POSTGRES` (a URL whose user may create databases); `./test` starts one.

#![allow(clippy::unwrap_used, reason = "a test fails where something unexpected happens")]

mod audit;
mod audit_random;
mod backup;
mod checkpoints;
mod flow_drafts;
mod following;
mod hooks;
mod inventory;
mod log;
mod orders;
mod outbox;
mod releases;
mod retention;
mod rooms;
mod team;
mod together;

/// Makes two tests of each function: one on SQLite, one on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::team::Team::on_sqlite().await).await; })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::team::Team::on_postgres().await).await; })*
        }
    };
}
