use sea_orm::FromQueryResult;

use super::admin_events::note;
use super::{Accounts, Caller, Grant, Permission, Refusal};
use crate::db::Sql;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Permissions of one person, at most.
const GRANTS: usize = 200;

impl Accounts {
    pub async fn permissions(&self, person: i64) -> Result<Vec<Grant>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            permission: String,
            application: String,
            environment: String,
        }
        let sql = "SELECT permission, application, environment FROM permission WHERE person_id = $1 ORDER BY permission, application, environment";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![person]).await?;
        let some = |text: String| if text.is_empty() { None } else { Some(text) };
        let grant = |row: Row| {
            let permission = serde_json::from_value(row.permission.into()).ok()?;
            Some(Grant { permission, application: some(row.application), environment: some(row.environment) })
        };
        Ok(rows.into_iter().filter_map(grant).collect())
    }

    /// Whether somebody may do something that needs a permission. Administrators may do all of it.
    pub async fn is_permitted(&self, caller: &Caller, permission: Permission) -> Result<bool, Refusal> {
        if caller.is_administrator() {
            return Ok(true);
        }
        let grants = self.permissions(caller.id()).await?;
        Ok(grants.iter().any(|grant| grant.permission == permission))
    }

    /// Replaces the permissions of a person.
    pub async fn set_permissions(
        &self,
        caller: &Caller,
        person: i64,
        grants: Vec<Grant>,
    ) -> Result<Vec<Grant>, Refusal> {
        Self::administrators_only(caller)?;
        let (by, username) = (caller.id(), self.person(person).await?.username);
        let (noted, rows) = (grants.clone(), check(grants)?);
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (rows, noted, username) = (rows.clone(), noted.clone(), username.clone());
                Box::pin(async move {
                    tx.sql().run("DELETE FROM permission WHERE person_id = $1", values![person]).await?;
                    for (permission, application, environment) in rows {
                        let sql = "INSERT INTO permission (person_id, permission, application, environment) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
                        tx.sql().run(sql, values![person, permission, application, environment]).await?;
                    }
                    Ok(note(tx, Some(by), "person.permitted", &username, &noted).await?)
                })
            })
            .await?;
        self.permissions(person).await
    }
}

/// The rows to store. Only `start_release` has an application and an environment, and it needs both.
fn check(grants: Vec<Grant>) -> Result<Vec<(String, String, String)>, FieldError> {
    if grants.len() > GRANTS {
        return Err(FieldError::new("permissions", Rule::TooMany(GRANTS)));
    }
    let row = |grant: Grant| {
        let name = serde_json::json!(grant.permission).as_str().unwrap_or_default().to_owned();
        match (grant.permission, grant.application, grant.environment) {
            (Permission::StartRelease, Some(application), Some(environment)) => Ok((
                name,
                text::line("application", &application, 1, 64)?,
                text::line("environment", &environment, 1, 64)?,
            )),
            (Permission::StartRelease, _, _) => Err(FieldError::new("application", Rule::Required)),
            (_, None, None) => Ok((name, String::new(), String::new())),
            _ => Err(FieldError::new("application", Rule::Invalid)),
        }
    };
    grants.into_iter().map(row).collect()
}
