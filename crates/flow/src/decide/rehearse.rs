//! What happens when everybody agrees and every script succeeds.

use super::turn::Turn;
use crate::definition::NodeKind;
use crate::event::Happening;
use crate::order::{Automatic, Passed, RunState, TaskKind};
use crate::refusal::Refusal;

impl Turn<'_> {
    /// Goes one step further, at the token that has waited longest. It says whether there was something to assume.
    pub(crate) fn assume(&mut self) -> Result<bool, Refusal> {
        let oldest = self.order.tokens.iter().min_by_key(|(_, token)| token.id).map(|(node, _)| node.clone());
        let Some(node) = oldest.filter(|_| !self.order.status.is_final()) else { return Ok(false) };
        let open = self.order.tasks_at(&node).find(|task| task.is_open()).map(|task| (task.id, task.kind));
        let automatic = Some(Automatic::Preview);
        match (open, self.node(&node).map(|node| &node.kind)) {
            (Some((task, TaskKind::Approve)), _) => {
                self.follow(Happening::Approved { task, comment: None, automatic });
                self.tally(&node)?;
            }
            (Some((task, TaskKind::Handle)), _) => {
                self.follow(Happening::Handled { task, comment: None, automatic });
                self.pass(&node, Passed::Done, automatic)?;
            }
            (None, Some(NodeKind::Run(_))) => {
                let attempt = self.order.runs.get(&node).map_or(0, |run| run.attempt);
                let state = RunState::Succeeded;
                self.follow(Happening::RunEnded { node: node.clone(), attempt, state, note: None });
                self.pass(&node, Passed::Done, automatic)?;
            }
            (None, Some(NodeKind::Wait(_))) => self.pass(&node, Passed::Done, automatic)?,
            _ => return Ok(false),
        }
        self.settle()?;
        Ok(true)
    }
}
