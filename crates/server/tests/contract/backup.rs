use std::path::Path;

use countersign::backup::{Backup, COPIED, Restore, SecretString, Site, Totals, is_left_out, make, names, restore};
use countersign::db::{self, Database, Sql};
use countersign::values;
use sea_orm::TransactionTrait;

use crate::team::Team;

crate::on_both_databases!(every_table_is_copied_or_left_out_for_a_reason);

async fn every_table_is_copied_or_left_out_for_a_reason(team: Team) {
    for table in names(&team.log.db().reader).await.unwrap() {
        let is_copied = COPIED.contains(&table.as_str());
        assert!(is_copied != is_left_out(&table), "say in backup/tables.rs what becomes of the table {table}");
    }
}

fn site(data: &Path) -> Site {
    Site { data: data.to_owned(), files: None, database: None }
}

fn passphrase() -> SecretString {
    "a long passphrase".to_owned().into()
}

/// A site as an older version left it: with the first migrations, and what `sql` puts there. Answers what became of it
/// in a file and out of it again.
async fn goes_through_a_file(folder: &Path, sql: &str) -> anyhow::Result<Totals> {
    let (old, new, file) = (folder.join("old"), folder.join("new"), folder.join("old.backup"));
    std::fs::create_dir(&old)?;
    let database = Database::create_sqlite(&old).await?;
    let transaction = database.begin().await?;
    db::migrate(&transaction, Some(3)).await?;
    transaction.run(sql, values![]).await?;
    transaction.commit().await?;
    database.close().await?;
    let backup = Backup { file: file.clone(), site: site(&old), vault_key: None, passphrase_file: None };
    make(&backup, passphrase()).await?;
    restore(&Restore { file, site: site(&new), passphrase_file: None }, passphrase()).await
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    goes_through_a_file(folder.path(), "UPDATE counter SET value = 1234 WHERE name = 'order'").await.unwrap();
    let database = Database::read_sqlite(&folder.path().join("new")).await.unwrap();
    assert_eq!(db::applied_migrations(&database).await.unwrap(), db::migrations());
    let counter =
        async |name: &str| database.number("SELECT value FROM counter WHERE name = $1", values![name]).await.unwrap();
    // One was there, and one came with a later migration.
    assert_eq!((counter("order").await, counter("tally").await), (Some(1234), Some(0)));
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_future', 0)";
    let refused = goes_through_a_file(folder.path(), future).await.unwrap_err();
    assert!(refused.to_string().contains("restore it with that version"), "{refused:#}");
    assert!(!folder.path().join("new").exists());
}
