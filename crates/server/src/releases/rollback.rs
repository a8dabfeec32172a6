//! Bringing an older release back: a new order of the same flow with the older one's form, which takes what that one
//! built and builds nothing again.

use super::artifacts::sha256;
use super::{Refusal, Releases};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::orders::{Draft, OrderSummary};
use crate::rooms::Command;
use crate::text;
use crate::values;

impl Releases {
    pub async fn roll_back(
        &self,
        caller: &Caller,
        order: i64,
        command: String,
        to: i64,
        reason: &str,
    ) -> Result<OrderSummary, Refusal> {
        text::command_id(&command)?;
        let reason = text::lines("reason", reason, 1, 1000)?;
        self.orders.may_read(caller, order).await?;
        let releasing = self.orders.releasing(order).await?;
        let targets = self.rollback_targets(caller, &releasing).await?;
        let target = targets.iter().find(|target| target.order == to).ok_or(Refusal::NoRollback)?;
        // What the caller may not see is not put into a form of theirs.
        let form = self.orders.view(caller, to).await?.form;
        let draft = Draft { form, ..Draft::default() };
        let flow = &releasing.flow.definition().flow;
        let id = part_of(&command, "draft");
        let new = self.orders.create_draft(caller, id, flow, draft.clone()).await?;
        self.note_rollback(new.id, to, caller.id(), reason.clone()).await?;
        let new = self.orders.submit(caller, new.id, command.clone(), draft).await?;
        let text = format!("回滚到 #{number}:{reason}\nRoll back to #{number}: {reason}", number = target.number);
        self.say(caller, part_of(&command, "say"), new.id, text).await?;
        Ok(new)
    }

    async fn note_rollback(&self, order: i64, to: i64, by: i64, reason: String) -> Result<(), Refusal> {
        self.log
            .work::<(), Refusal, _>(Some(order), move |tx| {
                let reason = reason.clone();
                Box::pin(async move {
                    let sql = "INSERT INTO rollback (order_id, to_order, by_id, reason, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
                    tx.sql().run(sql, values![order, to, by, reason, tx.now]).await?;
                    Ok(())
                })
            })
            .await
    }

    pub(super) async fn say(
        &self,
        caller: &Caller,
        command: String,
        room: i64,
        text: String,
    ) -> Result<crate::rooms::Ack, Refusal> {
        let say = Command::Say { command, room, text, reply_to: None, files: Vec::new() };
        Ok(self.rooms.execute(caller, say).await?)
    }
}

/// The id of one part of what a command does, the same each time.
pub(super) fn part_of(command: &str, part: &str) -> String {
    format!("{}-{part}", &sha256(command.as_bytes())[..32])
}
