use super::{Accounts, Caller, Refusal, Token, secret};
use crate::clock::now_ms;
use crate::db::Sql;
use crate::log::{SessionKey, Topic};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Tokens of one person, at most.
const TOKENS: i64 = 50;
const DAY_MS: i64 = 24 * 3_600_000;

impl Accounts {
    pub async fn tokens(&self, caller: &Caller) -> Result<Vec<Token>, Refusal> {
        let sql = "SELECT id, name, created_at, last_used_at, expires_at FROM token WHERE person_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id";
        Ok(self.log.db().reader.all(sql, values![caller.id(), now_ms()]).await?)
    }

    /// Makes a token that lives `days` (1 to 3,650; for ever without). Its secret is answered once and never again.
    pub async fn create_token(
        &self,
        caller: &Caller,
        name: &str,
        days: Option<i64>,
    ) -> Result<(Token, String), Refusal> {
        if matches!(caller.session, SessionKey::Token(_)) {
            return Err(Refusal::NotWithToken);
        }
        let name = text::line("name", name, 1, 64)?;
        if days.is_some_and(|days| !(1..=3650).contains(&days)) {
            return Err(FieldError::new("days", Rule::OutOfRange(1, 3650)).into());
        }
        let (secret, person) = (format!("cs_{}", secret::new_secret()), caller.id());
        let digest = secret::digest(&secret);
        let token = self
            .log
            .work::<Token, Refusal, _>(None, move |tx| {
                let (name, digest) = (name.clone(), digest.clone());
                Box::pin(async move {
                    let sql = "SELECT COUNT(*) FROM token WHERE person_id = $1";
                    if tx.sql().number(sql, values![person]).await? >= Some(TOKENS) {
                        return Err(FieldError::new("name", Rule::TooMany(TOKENS as usize)).into());
                    }
                    let expires_at = days.map(|days| tx.now + days * DAY_MS);
                    let sql = "INSERT INTO token (secret_hash, person_id, name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id, name, created_at, last_used_at, expires_at";
                    let token = tx.sql().one(sql, values![digest, person, name, tx.now, expires_at]).await?;
                    token.ok_or_else(|| sea_orm::DbErr::RecordNotInserted.into())
                })
            })
            .await?;
        Ok((token, secret))
    }

    pub async fn revoke_token(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let sql = "DELETE FROM token WHERE id = $1 AND person_id = $2";
        if self.update(sql, values![id, caller.id()].to_vec()).await? == 0 {
            return Err(Refusal::TokenNotFound);
        }
        self.log.close(Topic::Session(SessionKey::Token(id)));
        Ok(())
    }
}
