use sea_orm::FromQueryResult;

use super::{Notice, Notifications, Outbox, Refusal};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::values;

impl Outbox {
    /// What the caller is told of by mail.
    pub async fn notifications(&self, caller: &Caller) -> Result<Notifications, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            email: Option<String>,
            mails: Option<String>,
        }
        let sql = "SELECT email, mails FROM person WHERE id = $1";
        let row: Option<Row> = self.log.db().reader.one(sql, values![caller.id()]).await?;
        let (email, mails) = row.map(|row| (row.email, row.mails)).unwrap_or_default();
        Ok(Notifications { email, mails: Notice::chosen(mails.as_deref()), sends_mail: self.sends_mail() })
    }

    pub async fn choose_notifications(&self, caller: &Caller, mails: &[Notice]) -> Result<Notifications, Refusal> {
        let chosen: Vec<&str> =
            Notice::ALL.iter().filter(|notice| mails.contains(notice)).map(|n| n.as_str()).collect();
        let values = values![caller.id(), chosen.join(",")].to_vec();
        self.update("UPDATE person SET mails = $2 WHERE id = $1", values).await?;
        self.notifications(caller).await
    }
}
