//! Links that let somebody in. What entering a room means is said by the rooms; here an invitation is only made,
//! shown and used up.

use sea_orm::FromQueryResult;

use super::{Accounts, Caller, Invitation, Refusal, Role, secret};
use crate::clock::now_ms;
use crate::db::Sql;
use crate::log::Tx;
use crate::text::{FieldError, Rule};
use crate::values;

const DAY_MS: i64 = 24 * 3_600_000;

/// What an invitation says before it is used.
#[derive(Debug)]
pub struct InvitationPreview {
    pub invited_by: String,
    pub role: Role,
    pub room: Option<i64>,
    pub expires_at: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    role: String,
    room_id: Option<i64>,
    uses_left: i64,
    invited_by: i64,
    created_at: i64,
    expires_at: i64,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        let Row { id, role, room_id: room, uses_left, invited_by, created_at, expires_at } = row;
        Self { id, role: Role::parse(&role), room, uses_left, invited_by, created_at, expires_at }
    }
}

/// An invitation is worth what its inviter may do now: somebody who is no guest, and in the room that is entered.
const INVITER_STANDS: &str = "invited_by IN (SELECT i.id FROM person i WHERE i.active AND i.role <> 'guest') \
    AND (room_id IS NULL OR EXISTS (SELECT m.person_id FROM member m WHERE m.log_id = room_id AND m.person_id = invited_by))";

const COLUMNS: &str = "id, role, room_id, uses_left, invited_by, created_at, expires_at";

impl Accounts {
    /// The caller's open invitations; for an administrator everybody's.
    pub async fn invitations(&self, caller: &Caller) -> Result<Vec<Invitation>, Refusal> {
        let sql = format!(
            "SELECT {COLUMNS} FROM invitation WHERE expires_at > $1 AND uses_left > 0 AND (invited_by = $2 OR $3 = 1) ORDER BY id DESC LIMIT 500"
        );
        let everybody = i64::from(caller.is_administrator());
        let rows: Vec<Row> = self.log.db().reader.all(&sql, values![now_ms(), caller.id(), everybody]).await?;
        Ok(rows.into_iter().map(Invitation::from).collect())
    }

    /// Makes an invitation for `uses` (1 to 1,000) people within `days` (1 to 365). Its secret is answered once.
    /// The caller's membership of the room has been checked.
    pub async fn create_invitation(
        &self,
        caller: &Caller,
        role: Role,
        room: Option<i64>,
        uses: i64,
        days: i64,
    ) -> Result<(Invitation, String), Refusal> {
        if caller.is_guest() {
            return Err(Refusal::NotForGuests);
        }
        if role == Role::Administrator || (role == Role::Guest && room.is_none()) {
            return Err(FieldError::new("role", Rule::Invalid).into());
        }
        if !(1..=1000).contains(&uses) {
            return Err(FieldError::new("uses", Rule::OutOfRange(1, 1000)).into());
        }
        if !(1..=365).contains(&days) {
            return Err(FieldError::new("days", Rule::OutOfRange(1, 365)).into());
        }
        let (secret, person) = (secret::new_secret(), caller.id());
        let digest = secret::digest(&secret);
        let invitation = self
            .log
            .work::<Invitation, Refusal, _>(None, move |tx| {
                let digest = digest.clone();
                Box::pin(async move {
                    let sql = format!(
                        "INSERT INTO invitation (secret_hash, role, room_id, uses_left, invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
                    );
                    let values = values![digest, role.as_str(), room, uses, person, tx.now, tx.now + days * DAY_MS];
                    let row: Option<Row> = tx.sql().one(&sql, values).await?;
                    Ok(row.ok_or(sea_orm::DbErr::RecordNotInserted)?.into())
                })
            })
            .await?;
        Ok((invitation, secret))
    }

    pub async fn revoke_invitation(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let everybody = i64::from(caller.is_administrator());
        let sql = "DELETE FROM invitation WHERE id = $1 AND (invited_by = $2 OR $3 = 1)";
        match self.update(sql, values![id, caller.id(), everybody].to_vec()).await? {
            0 => Err(Refusal::InvitationNotFound),
            _ => Ok(()),
        }
    }

    pub async fn preview_invitation(&self, secret: &str) -> Result<InvitationPreview, Refusal> {
        #[derive(FromQueryResult)]
        struct Preview {
            name: String,
            role: String,
            room_id: Option<i64>,
            expires_at: i64,
        }
        let sql = format!(
            "SELECT p.name, invitation.role, room_id, expires_at FROM invitation JOIN person p ON p.id = invited_by \
            WHERE secret_hash = $1 AND expires_at > $2 AND uses_left > 0 AND {INVITER_STANDS}"
        );
        let row: Option<Preview> = self.log.db().reader.one(&sql, values![secret::digest(secret), now_ms()]).await?;
        let Preview { name, role, room_id: room, expires_at } = row.ok_or(Refusal::InvitationNotFound)?;
        Ok(InvitationPreview { invited_by: name, role: Role::parse(&role), room, expires_at })
    }
}

/// Uses an invitation once and answers what it gives: a role, and a room to enter.
pub(crate) async fn redeem(tx: &Tx<'_>, secret: &str) -> Result<(Role, Option<i64>), Refusal> {
    let sql = format!(
        "UPDATE invitation SET uses_left = uses_left - 1 WHERE secret_hash = $1 AND expires_at > $2 AND uses_left > 0 AND {INVITER_STANDS} RETURNING {COLUMNS}"
    );
    let row: Option<Row> = tx.sql().one(&sql, values![secret::digest(secret), tx.now]).await?;
    let row = row.ok_or(Refusal::InvitationNotFound)?;
    Ok((Role::parse(&row.role), row.room_id))
}
