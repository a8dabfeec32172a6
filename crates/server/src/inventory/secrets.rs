use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DbErr, FromQueryResult};
use serde_json::json;

use super::error::taken;
use super::{Inventory, NewSecret, Refusal, Secret, SecretChanges, SecretGrant, administrators_only};
use crate::accounts::{Caller, note};
use crate::db::{Sql, placeholders};
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Secrets, at most.
const SECRETS: usize = 1000;

/// Grants of a secret, at most.
const GRANTS: usize = 100;

/// Bytes of a value: a short one would be masked everywhere in an output, and say nothing.
const SHORTEST: usize = 4;
const LONGEST: usize = 64 * 1024;

/// Stands for any application or environment.
const ANY: &str = "*";

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    name: String,
    note: String,
    created_at: i64,
    changed_at: i64,
    changed_by: i64,
}

#[derive(FromQueryResult)]
struct GrantRow {
    secret_id: i64,
    application: String,
    environment: String,
}

impl Inventory {
    /// All secrets by name, without their values (administrators).
    pub async fn secrets(&self, caller: &Caller) -> Result<Vec<Secret>, Refusal> {
        administrators_only(caller)?;
        let reader = &self.log.db().reader;
        let sql = "SELECT id, name, note, created_at, changed_at, changed_by FROM secret ORDER BY name";
        let rows: Vec<Row> = reader.all(sql, values![]).await?;
        let sql = "SELECT secret_id, application, environment FROM secret_grant ORDER BY application, environment";
        let mut grants = by_secret(reader.all(sql, values![]).await?);
        let secret = |row: Row| {
            let Row { id, name, note, created_at, changed_at, changed_by } = row;
            Secret {
                id,
                name,
                note,
                grants: grants.remove(&id).unwrap_or_default(),
                created_at,
                changed_at,
                changed_by,
            }
        };
        Ok(rows.into_iter().map(secret).collect())
    }

    async fn secret(&self, caller: &Caller, id: i64) -> Result<Secret, Refusal> {
        let secrets = self.secrets(caller).await?;
        secrets.into_iter().find(|secret| secret.id == id).ok_or_else(|| no_such(id))
    }

    pub async fn create_secret(&self, caller: &Caller, new: NewSecret) -> Result<Secret, Refusal> {
        administrators_only(caller)?;
        let NewSecret { name, value, note: about, grants } = new;
        let (name, about) = (variable(&name)?, text::line("note", &about, 0, 200)?);
        let (sealed, grants) = (self.seal_secret(&name, &value)?, distinct(grants)?);
        let by = caller.id();
        let id = self.log.work::<i64, Refusal, _>(None, move |tx| {
            let (name, about, sealed, grants) = (name.clone(), about.clone(), sealed.clone(), grants.clone());
            Box::pin(async move {
                let count = tx.sql().number("SELECT COUNT(*) FROM secret", values![]).await?;
                if count >= Some(SECRETS as i64) {
                    return Err(FieldError::new("name", Rule::TooMany(SECRETS)).into());
                }
                let sql = "INSERT INTO secret (name, note, value, created_at, changed_at, changed_by) VALUES ($1, $2, $3, $4, $4, $5) RETURNING id";
                let id = tx.sql().number(sql, values![name.clone(), about, sealed, tx.now, by]).await.map_err(taken)?;
                let id = id.ok_or(DbErr::RecordNotInserted)?;
                set_grants(tx, id, &grants).await?;
                note(tx, Some(by), "secret.created", &name, &json!({ "grants": grants })).await?;
                Ok(id)
            })
        });
        self.secret(caller, id.await?).await
    }

    pub async fn change_secret(&self, caller: &Caller, id: i64, changes: SecretChanges) -> Result<Secret, Refusal> {
        let name = self.secret(caller, id).await?.name;
        let SecretChanges { value, note: about, grants } = changes;
        let about = about.map(|about| text::line("note", &about, 0, 200)).transpose()?;
        let sealed = value.map(|value| self.seal_secret(&name, &value)).transpose()?;
        let grants = grants.map(distinct).transpose()?;
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (name, about, sealed, grants) = (name.clone(), about.clone(), sealed.clone(), grants.clone());
                Box::pin(async move {
                    let details = json!({ "value_replaced": sealed.is_some(), "note": about, "grants": grants });
                    let sql = "UPDATE secret SET note = COALESCE($2, note) WHERE id = $1";
                    if tx.sql().run(sql, values![id, about]).await?.rows_affected() == 0 {
                        return Err(no_such(id));
                    }
                    if let Some(sealed) = sealed {
                        let sql = "UPDATE secret SET value = $2, changed_at = $3, changed_by = $4 WHERE id = $1";
                        tx.sql().run(sql, values![id, sealed, tx.now, by]).await?;
                    }
                    if let Some(grants) = grants {
                        set_grants(tx, id, &grants).await?;
                    }
                    Ok(note(tx, Some(by), "secret.changed", &name, &details).await?)
                })
            })
            .await?;
        self.secret(caller, id).await
    }

    pub async fn delete_secret(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let (name, by) = (self.secret(caller, id).await?.name, caller.id());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let name = name.clone();
                Box::pin(async move {
                    tx.sql().run("DELETE FROM secret_grant WHERE secret_id = $1", values![id]).await?;
                    if tx.sql().run("DELETE FROM secret WHERE id = $1", values![id]).await?.rows_affected() == 0 {
                        return Err(no_such(id));
                    }
                    Ok(note(tx, Some(by), "secret.deleted", &name, &()).await?)
                })
            })
            .await
    }

    /// The values of secrets, for a release of this application to this environment: each has to be given to it.
    pub async fn secrets_for(
        &self,
        application: Option<&str>,
        environment: Option<&str>,
        names: &[String],
    ) -> Result<Vec<(String, String)>, Refusal> {
        #[derive(FromQueryResult)]
        struct Sealed {
            id: i64,
            name: String,
            value: Vec<u8>,
        }
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let reader = &self.log.db().reader;
        let sql = format!("SELECT id, name, value FROM secret WHERE name IN ({})", placeholders(1, names.len()));
        let sealed: Vec<Sealed> = reader.all(&sql, names.iter().map(sea_orm::Value::from)).await?;
        let sql = format!(
            "SELECT g.secret_id, g.application, g.environment FROM secret_grant g JOIN secret s ON s.id = g.secret_id WHERE s.name IN ({})",
            placeholders(1, names.len())
        );
        let grants = by_secret(reader.all(&sql, names.iter().map(sea_orm::Value::from)).await?);
        let sealed: BTreeMap<&str, &Sealed> = sealed.iter().map(|secret| (secret.name.as_str(), secret)).collect();
        let value = |name: &String| {
            let secret = sealed.get(name.as_str()).ok_or_else(|| Refusal::SecretNotFound { name: name.clone() })?;
            let grants = grants.get(&secret.id).map(Vec::as_slice).unwrap_or_default();
            if !grants.iter().any(|grant| grant.covers(application, environment)) {
                let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
                let (application, environment) = (or_none(application), or_none(environment));
                return Err(Refusal::SecretNotGranted { name: name.clone(), application, environment });
            }
            Ok((name.clone(), self.vault.unseal_text(&sealed_as(name), &secret.value)?))
        };
        names.iter().map(value).collect()
    }

    fn seal_secret(&self, name: &str, value: &str) -> Result<Vec<u8>, Refusal> {
        match value.len() {
            0..SHORTEST => return Err(FieldError::new("value", Rule::TooShort(SHORTEST)).into()),
            length if length > LONGEST => return Err(FieldError::new("value", Rule::TooLong(LONGEST)).into()),
            _ => {}
        }
        // No environment variable can hold one.
        if value.contains('\0') {
            return Err(FieldError::new("value", Rule::ControlCharacters).into());
        }
        Ok(self.vault.seal(&sealed_as(name), value.as_bytes())?)
    }
}

impl SecretGrant {
    fn covers(&self, application: Option<&str>, environment: Option<&str>) -> bool {
        let covers = |granted: &str, wanted: Option<&str>| granted == ANY || Some(granted) == wanted;
        covers(&self.application, application) && covers(&self.environment, environment)
    }
}

/// What a secret's value is sealed under, so that it opens as no other one.
fn sealed_as(name: &str) -> String {
    format!("secret:{name}")
}

fn no_such(id: i64) -> Refusal {
    Refusal::SecretNotFound { name: id.to_string() }
}

fn by_secret(rows: Vec<GrantRow>) -> BTreeMap<i64, Vec<SecretGrant>> {
    let mut grants: BTreeMap<i64, Vec<SecretGrant>> = BTreeMap::new();
    for GrantRow { secret_id, application, environment } in rows {
        grants.entry(secret_id).or_default().push(SecretGrant { application, environment });
    }
    grants
}

async fn set_grants(tx: &Tx<'_>, secret: i64, grants: &BTreeSet<SecretGrant>) -> Result<(), DbErr> {
    tx.sql().run("DELETE FROM secret_grant WHERE secret_id = $1", values![secret]).await?;
    for SecretGrant { application, environment } in grants {
        let sql = "INSERT INTO secret_grant (secret_id, application, environment) VALUES ($1, $2, $3)";
        tx.sql().run(sql, values![secret, application.clone(), environment.clone()]).await?;
    }
    Ok(())
}

fn distinct(grants: Vec<SecretGrant>) -> Result<BTreeSet<SecretGrant>, FieldError> {
    if grants.len() > GRANTS {
        return Err(FieldError::new("grants", Rule::TooMany(GRANTS)));
    }
    let name = |field, value: &str| if value == ANY { Ok(ANY.to_owned()) } else { text::plain_name(field, value) };
    let grant = |grant: SecretGrant| {
        let application = name("application", &grant.application)?;
        Ok(SecretGrant { application, environment: name("environment", &grant.environment)? })
    };
    grants.into_iter().map(grant).collect()
}

/// A name of an environment variable: capital letters, digits and `_`, and a letter first.
fn variable(value: &str) -> Result<String, FieldError> {
    let value = text::line("name", value, 1, 64)?;
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins = value.starts_with(|c: char| c.is_ascii_uppercase());
    // What every script has already is not replaced by a secret.
    let own = matches!(value.as_str(), "PATH" | "HOME" | "LANG" | "IFS") || value.starts_with("LD_");
    if begins && value.chars().all(fits) && !own { Ok(value) } else { Err(FieldError::new("name", Rule::Invalid)) }
}
