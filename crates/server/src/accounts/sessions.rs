use std::net::IpAddr;

use sea_orm::FromQueryResult;

use super::admin_events::note;
use super::model::{PERSON, PersonRow};
use super::throttle::Verdict;
use super::{Accounts, Caller, Person, Refusal, Session, Settings, secret};
use crate::clock::now_ms;
use crate::db::{Sql, placeholders};
use crate::log::{SessionKey, Topic};
use crate::values;

/// A session ends when it was not used for this long.
pub const SESSION_LIFETIME_MS: i64 = 30 * 24 * 3_600_000;

/// The time of last use is written this often, at most.
const TOUCH_MS: i64 = 5 * 60_000;

/// A new session: who, and the secret for the cookie.
#[derive(Debug)]
pub struct SignedIn {
    pub caller: Caller,
    pub secret: String,
}

#[derive(FromQueryResult)]
struct SessionRow {
    session_id: i64,
    last_used: i64,
    #[sea_orm(nested)]
    person: PersonRow,
}

impl SessionRow {
    fn caller(self, session: SessionKey) -> Caller {
        let settings = Settings::parse(&self.person.transport, &self.person.theme);
        let feed = self.person.feed_id;
        Caller { person: Person::from(self.person), settings, feed, session }
    }
}

impl Accounts {
    pub async fn sign_in(
        &self,
        username: &str,
        password: String,
        address: IpAddr,
        user_agent: &str,
    ) -> Result<SignedIn, Refusal> {
        // A name that can not exist is answered like one that does not.
        let username: String = username.trim().to_lowercase().chars().take(64).filter(|c| !c.is_control()).collect();
        match self.throttle.check(&username, address) {
            Verdict::Wait(wait) => {
                return Err(Refusal::TooManyAttempts { seconds: wait.as_secs().max(1) });
            }
            Verdict::Proceed(delay) => tokio::time::sleep(delay).await,
        }
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            password_hash: String,
        }
        let sql = "SELECT id, password_hash FROM person WHERE username = $1 AND active";
        let row: Option<Row> = self.log.db().reader.one(sql, values![username.clone()]).await?;
        let (id, hash) = row.map_or((0, None), |row| (row.id, Some(row.password_hash)));
        let password = if password.chars().count() > 256 { String::new() } else { password };
        if !secret::verify_password(password, hash).await? {
            self.throttle.failed(&username, address);
            return Err(Refusal::WrongPassword);
        }
        self.throttle.succeeded(&username, address);
        self.open_session(id, address, user_agent).await
    }

    /// A session for somebody who has shown who they are.
    pub async fn open_session(&self, person: i64, address: IpAddr, user_agent: &str) -> Result<SignedIn, Refusal> {
        let secret = secret::new_secret();
        let digest = secret::digest(&secret);
        let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(256).collect();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let values = values![
                    digest.clone(),
                    person,
                    tx.now,
                    tx.now + SESSION_LIFETIME_MS,
                    address.to_string(),
                    user_agent.clone()
                ];
                Box::pin(async move {
                    let sql = "INSERT INTO session (secret_hash, person_id, created_at, last_seen_at, expires_at, address, user_agent) VALUES ($1, $2, $3, $3, $4, $5, $6)";
                    tx.sql().run(sql, values).await?;
                    Ok(())
                })
            })
            .await?;
        let caller = self.caller_of_session(&secret).await?.ok_or(Refusal::NotSignedIn)?;
        Ok(SignedIn { caller, secret })
    }

    /// Who a session's secret belongs to.
    pub async fn caller_of_session(&self, secret: &str) -> Result<Option<Caller>, Refusal> {
        let now = now_ms();
        let sql = format!(
            "SELECT s.id AS session_id, s.last_seen_at AS last_used, {PERSON} FROM session s JOIN person p ON p.id = s.person_id WHERE s.secret_hash = $1 AND s.expires_at > $2 AND p.active"
        );
        let row: Option<SessionRow> = self.log.db().reader.one(&sql, values![secret::digest(secret), now]).await?;
        let Some(row) = row else { return Ok(None) };
        let id = row.session_id;
        if now - row.last_used > TOUCH_MS {
            let sql = "UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE id = $1";
            self.touch(sql, values![id, now, now + SESSION_LIFETIME_MS].to_vec()).await;
        }
        Ok(Some(row.caller(SessionKey::Session(id))))
    }

    /// Who an API token belongs to.
    pub async fn caller_of_token(&self, secret: &str) -> Result<Option<Caller>, Refusal> {
        let now = now_ms();
        let sql = format!(
            "SELECT t.id AS session_id, COALESCE(t.last_used_at, 0) AS last_used, {PERSON} FROM token t JOIN person p ON p.id = t.person_id WHERE t.secret_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND p.active"
        );
        let row: Option<SessionRow> = self.log.db().reader.one(&sql, values![secret::digest(secret), now]).await?;
        let Some(row) = row else { return Ok(None) };
        let id = row.session_id;
        if now - row.last_used > TOUCH_MS {
            self.touch("UPDATE token SET last_used_at = $2 WHERE id = $1", values![id, now].to_vec()).await;
        }
        Ok(Some(row.caller(SessionKey::Token(id))))
    }

    /// Notes that a session was used. A disk that is full keeps nobody from reading.
    async fn touch(&self, sql: &'static str, values: Vec<sea_orm::Value>) {
        if let Err(error) = self.update(sql, values).await {
            tracing::warn!(%error, "could not note that a session was used");
        }
    }

    /// Somebody, for what the server does in their name without a session.
    pub async fn caller_named(&self, username: &str) -> Result<Caller, Refusal> {
        let sql = format!(
            "SELECT CAST(0 AS BIGINT) AS session_id, CAST(0 AS BIGINT) AS last_used, {PERSON} FROM person p WHERE p.username = $1"
        );
        let row: Option<SessionRow> = self.log.db().reader.one(&sql, values![username]).await?;
        Ok(row.ok_or(Refusal::PersonNotFound)?.caller(SessionKey::Session(0)))
    }

    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<Session>, Refusal> {
        let sql = "SELECT id, created_at, last_seen_at, expires_at, address, user_agent FROM session WHERE person_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC LIMIT 200";
        let mut sessions: Vec<Session> = self.log.db().reader.all(sql, values![caller.id(), now_ms()]).await?;
        for session in &mut sessions {
            session.current = caller.session == SessionKey::Session(session.id);
        }
        Ok(sessions)
    }

    /// Ends one session of the caller and everything that is open on it.
    pub async fn end_session(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let sql = "DELETE FROM session WHERE id = $1 AND person_id = $2";
        if self.update(sql, values![id, caller.id()].to_vec()).await? == 0 {
            return Err(Refusal::SessionNotFound);
        }
        self.log.close(Topic::Session(SessionKey::Session(id)));
        Ok(())
    }

    /// Ends all sessions of a person but one.
    pub async fn end_sessions(&self, person: i64, except: Option<SessionKey>) -> Result<(), Refusal> {
        let kept = match except {
            Some(SessionKey::Session(id)) => id,
            _ => 0,
        };
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
        }
        let ended = self
            .log
            .work::<Vec<i64>, Refusal, _>(None, move |tx| {
                Box::pin(async move {
                    let sql = "DELETE FROM session WHERE person_id = $1 AND id <> $2 RETURNING id";
                    let rows: Vec<Row> = tx.sql().all(sql, values![person, kept]).await?;
                    Ok(rows.into_iter().map(|row| row.id).collect())
                })
            })
            .await?;
        for id in ended {
            self.log.close(Topic::Session(SessionKey::Session(id)));
        }
        Ok(())
    }

    pub async fn change_password(
        &self,
        caller: &Caller,
        current: String,
        new: String,
        address: IpAddr,
    ) -> Result<(), Refusal> {
        if matches!(caller.session, SessionKey::Token(_)) {
            return Err(Refusal::NotWithToken);
        }
        let username = &caller.person.username;
        if let Verdict::Wait(wait) = self.throttle.check(username, address) {
            return Err(Refusal::TooManyAttempts { seconds: wait.as_secs().max(1) });
        }
        secret::check_password("new", &new)?;
        #[derive(FromQueryResult)]
        struct Row {
            password_hash: String,
        }
        let sql = "SELECT password_hash FROM person WHERE id = $1";
        let row: Option<Row> = self.log.db().reader.one(sql, values![caller.id()]).await?;
        if !secret::verify_password(current, row.map(|row| row.password_hash)).await? {
            self.throttle.failed(username, address);
            return Err(crate::text::FieldError::new("current", crate::text::Rule::Wrong).into());
        }
        self.set_password(caller.id(), new, Some(caller.session)).await
    }

    /// An administrator gives somebody a new password.
    pub async fn reset_password(&self, caller: &Caller, id: i64, new: String) -> Result<(), Refusal> {
        Self::administrators_only(caller)?;
        secret::check_password("new", &new)?;
        let username = self.person(id).await?.username;
        self.set_password(id, new, None).await?;
        let by = caller.id();
        self.log
            .work(None, move |tx| {
                let username = username.clone();
                Box::pin(async move { Ok(note(tx, Some(by), "person.password_reset", &username, &()).await?) })
            })
            .await
    }

    async fn set_password(&self, id: i64, new: String, kept: Option<SessionKey>) -> Result<(), Refusal> {
        let hash = secret::hash_password(new).await?;
        self.update("UPDATE person SET password_hash = $2 WHERE id = $1", values![id, hash].to_vec()).await?;
        self.end_sessions(id, kept).await
    }

    /// Closes the connections here whose session has ended, wherever it was ended.
    pub async fn close_ended_sessions(&self) -> Result<(), Refusal> {
        let connected = self.log.connected_sessions();
        let (sessions, tokens): (Vec<_>, Vec<_>) =
            connected.iter().partition(|key| matches!(key, SessionKey::Session(_)));
        for (table, keys) in [("session", sessions), ("token", tokens)] {
            for chunk in keys.chunks(1000) {
                let id = |key: &SessionKey| match key {
                    SessionKey::Session(id) | SessionKey::Token(id) => *id,
                };
                let sql = format!(
                    "SELECT s.id FROM {table} s JOIN person p ON p.id = s.person_id WHERE s.id IN ({}) AND (s.expires_at IS NULL OR s.expires_at > $1) AND p.active",
                    placeholders(2, chunk.len())
                );
                #[derive(FromQueryResult)]
                struct Row {
                    id: i64,
                }
                let values = std::iter::once(now_ms()).chain(chunk.iter().map(id)).map(Into::into);
                let alive: Vec<Row> = self.log.db().reader.all(&sql, values).await?;
                let alive: std::collections::HashSet<i64> = alive.into_iter().map(|row| row.id).collect();
                for key in chunk.iter().filter(|key| !alive.contains(&id(key))) {
                    self.log.close(Topic::Session(*key));
                }
            }
        }
        Ok(())
    }

    /// Forgets what has expired: sessions, tokens, invitations, and answers to commands that nobody repeats any more.
    pub async fn forget_expired(&self) -> Result<(), Refusal> {
        let now = now_ms();
        self.update("DELETE FROM session WHERE expires_at <= $1", values![now].to_vec()).await?;
        self.update("DELETE FROM token WHERE expires_at <= $1", values![now].to_vec()).await?;
        self.update("DELETE FROM invitation WHERE expires_at <= $1", values![now].to_vec()).await?;
        const WEEK_MS: i64 = 7 * 24 * 3_600_000;
        self.update("DELETE FROM command WHERE at < $1", values![now - WEEK_MS].to_vec()).await?;
        Ok(())
    }
}
