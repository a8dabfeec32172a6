//! Moves that are made by writing them into the talk of an order: `/approve`, `/reject why`.

use flow::Action;

use super::model::OrderCommand;
use super::{Orders, Refusal};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::rooms::{Ack, Command};
use crate::values;

/// What a message that begins with a slash asks for.
fn parse(text: &str) -> Option<Action> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let reason = || rest.to_owned();
    let remark = || (!rest.is_empty()).then(|| rest.to_owned());
    match word {
        "/approve" | "/agree" | "/同意" => Some(Action::Approve { task: None, comment: remark(), form: None }),
        "/reject" | "/refuse" | "/不同意" | "/驳回" => Some(Action::Reject { task: None, reason: reason() }),
        "/return" | "/退回" => Some(Action::Return { task: None, to: None, reason: reason() }),
        "/done" | "/办理" => Some(Action::Handle { task: None, comment: remark(), form: None }),
        "/claim" | "/认领" => Some(Action::Claim { task: None }),
        "/withdraw" | "/撤回" => Some(Action::Withdraw { reason: reason() }),
        "/nudge" | "/催办" => Some(Action::Nudge { task: None }),
        _ => None,
    }
}

impl Orders {
    /// Gives somebody who came into the room of an order by hand their part in it.
    pub async fn joined(&self, caller: &Caller, room: i64, person: i64) -> Result<(), Refusal> {
        super::projection::join(self, caller.id(), room, person).await
    }

    /// Makes the move that a message in the room of an order asks for. Nothing, when it is just a message.
    pub async fn said(&self, caller: &Caller, command: &Command) -> Result<Option<Ack>, Refusal> {
        let Command::Say { command, room, text, .. } = command else { return Ok(None) };
        if !text.trim_start().starts_with('/') {
            return Ok(None);
        }
        let sql = "SELECT id FROM orders WHERE id = $1";
        if self.log.db().reader.number(sql, values![*room]).await?.is_none() {
            return Ok(None);
        }
        let action = parse(text).ok_or(Refusal::UnknownSlash)?;
        let command = OrderCommand::Decide { command: command.clone(), order: *room, action };
        self.decide(caller, command).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_written_with_its_reason_behind_it() {
        let reject = |reason: &str| Some(Action::Reject { task: None, reason: reason.into() });
        assert_eq!(parse("/reject  the price is wrong "), reject("the price is wrong"));
        assert_eq!(parse("/不同意 价格不对"), reject("价格不对"));
        assert_eq!(parse("/approve"), Some(Action::Approve { task: None, comment: None, form: None }));
        assert_eq!(parse("/approved"), None);
    }
}
