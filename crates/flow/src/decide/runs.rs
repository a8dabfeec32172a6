//! Runs: what is asked of the server, and what its news mean.

use super::turn::Turn;
use crate::definition::{NameOrField, Outcome, Place, Run as RunNode};
use crate::event::Happening;
use crate::expression::{ExpressionProblem, Fault};
use crate::note::Note;
use crate::order::{HostRun, HostState, Passed, Run, RunOutcome, RunState, Status, Task, TaskKind, Why};
use crate::refusal::Refusal;

/// How often an idempotent run begins again by itself.
const RESTARTS: u32 = 3;
/// The most attempts of one node.
const ATTEMPTS: u32 = 1_000;
/// The most hosts of one run.
const HOSTS: usize = 1_000;
/// The longest host name or note in bytes.
const NAME_BYTES: usize = 1_000;

impl Turn<'_> {
    /// Asks the server for an attempt; on these hosts only, when some are named.
    pub(super) fn request_run(
        &mut self,
        id: &str,
        node: &RunNode,
        only_hosts: Vec<String>,
        restarts: u32,
    ) -> Result<(), Refusal> {
        let before = self.order.runs.get(id);
        let attempt = before.map_or(0, |run| run.attempt) + 1;
        if attempt > ATTEMPTS {
            return Err(Refusal::TooMany { what: "attempts", most: ATTEMPTS as usize });
        }
        let hosts = match (before, only_hosts.is_empty()) {
            (Some(run), false) => run.hosts.clone(),
            _ => Default::default(),
        };
        let group = match &node.place {
            Place::Local => None,
            Place::Group(name) => Some(name.clone()),
            Place::Field(field) => Some(self.named_by(id, field)?),
        };
        let environment = match &node.environment {
            None => None,
            Some(NameOrField::Name(name)) => Some(name.clone()),
            Some(NameOrField::Field(field)) => Some(self.named_by(id, &field.field)?),
        };
        let mut releasers = self.everybody(id, &node.releasers, &Default::default());
        releasers.sort_unstable();
        let run = Run {
            token: self.order.tokens.get(id).map_or(0, |token| token.id),
            attempt,
            restarts,
            state: RunState::Requested,
            only_hosts,
            group,
            application: node.application.clone(),
            environment,
            parameters: self.parameters(id)?,
            releasers,
            hosts,
            requested_ms: self.context.now_ms,
            ..Run::default()
        };
        self.follow(Happening::RunRequested { node: id.to_owned(), run: Box::new(run) });
        Ok(())
    }

    fn named_by(&self, node: &str, field: &str) -> Result<String, Refusal> {
        let name = self.order.form.get(field).and_then(|value| value.as_str()).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| Refusal::Expression {
            node: node.to_owned(),
            link: None,
            expression: field.to_owned(),
            problem: ExpressionProblem::new(Fault::MissingKey, field),
        })
    }

    fn parameters(&self, node: &str) -> Result<std::collections::BTreeMap<String, String>, Refusal> {
        let variables = self.variables();
        let parameter = |(name, expression): (&String, &crate::expression::Expression)| {
            let value = expression.evaluate(&variables).map_err(|problem| Refusal::Expression {
                node: node.to_owned(),
                link: None,
                expression: expression.source().to_owned(),
                problem,
            })?;
            Ok((name.clone(), text_of(&value)))
        };
        self.flow.parameters(node).map(parameter).collect()
    }

    pub(super) fn run_started(&mut self, node: &str, attempt: u32, hosts: &[String]) -> Result<(), Refusal> {
        self.run_in(node, attempt, &[RunState::Requested], "run_started")?;
        let mut distinct: Vec<&String> = hosts.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if hosts.len() > HOSTS || distinct.len() < hosts.len() {
            return Err(Refusal::TooMany { what: "hosts", most: HOSTS });
        }
        if let Some(host) = hosts.iter().find(|host| host.is_empty() || host.len() > NAME_BYTES) {
            return Err(Refusal::UnknownHost { host: host.clone() });
        }
        self.act(Happening::RunStarted { node: node.to_owned(), attempt, hosts: hosts.to_vec() });
        Ok(())
    }

    pub(super) fn host_changed(
        &mut self,
        node: &str,
        attempt: u32,
        host: &str,
        state: HostState,
        exit: Option<i32>,
        note: Option<&Note>,
    ) -> Result<(), Refusal> {
        let run = self.run_in(node, attempt, &[RunState::Running, RunState::Cancelling], "host_changed")?;
        if !run.hosts.contains_key(host) {
            return Err(Refusal::UnknownHost { host: host.to_owned() });
        }
        let (node, host, note) = (node.to_owned(), host.to_owned(), note.map(Note::shortened));
        self.act(Happening::HostChanged { node, attempt, host, state, exit, note });
        Ok(())
    }

    pub(super) fn run_ended(
        &mut self,
        node: &str,
        attempt: u32,
        outcome: RunOutcome,
        note: Option<&Note>,
    ) -> Result<(), Refusal> {
        let states = [RunState::Requested, RunState::Running, RunState::Cancelling];
        let run = self.run_in(node, attempt, &states, "run_ended")?.clone();
        let note = note.map(Note::shortened);
        let state = match outcome {
            RunOutcome::Succeeded => RunState::Succeeded,
            RunOutcome::Partly => RunState::Partly,
            RunOutcome::Failed => RunState::Failed,
            RunOutcome::Interrupted => RunState::Interrupted,
        };
        if run.state == RunState::Cancelling {
            // Nobody knows whether an interrupted attempt is gone; every other end is one.
            return match outcome {
                RunOutcome::Interrupted => self.unverified(node),
                _ if self.order.status == Status::Cancelling => self.stopped(node, state, note),
                _ => self.end_run(node, &run, state, note),
            };
        }
        self.end_run(node, &run, state, note)
    }

    fn end_run(&mut self, node: &str, run: &Run, state: RunState, note: Option<Note>) -> Result<(), Refusal> {
        self.act(Happening::RunEnded { node: node.to_owned(), attempt: run.attempt, state, note });
        self.close_tasks(node);
        let idempotent = self.flow.run(node).is_some_and(|node| node.idempotent);
        match state {
            RunState::Succeeded => self.pass(node, Passed::Done, None),
            RunState::Partly => self.pass(node, Passed::Partly, None),
            RunState::Failed if self.flow.link_on(node, Some(Outcome::Failed)).is_some() => {
                self.pass(node, Passed::Failed, None)
            }
            RunState::Interrupted if idempotent && run.restarts < RESTARTS => self.restart(node, run.restarts + 1),
            _ => self.ask_releasers(node),
        }
    }

    /// Begins again on the hosts that have not succeeded.
    pub(super) fn restart(&mut self, id: &str, restarts: u32) -> Result<(), Refusal> {
        let Some(node) = self.flow.run(id) else { return Ok(()) };
        let hosts = self.order.runs.get(id).map(|run| run.hosts.clone()).unwrap_or_default();
        let mut left: Vec<(&String, &HostRun)> =
            hosts.iter().filter(|(_, host)| !matches!(host.state, HostState::Succeeded | HostState::Skipped)).collect();
        left.sort_by_key(|(_, host)| host.position);
        let left = left.into_iter().map(|(name, _)| name.clone()).collect();
        self.request_run(id, node, left, restarts)
    }

    fn ask_releasers(&mut self, node: &str) -> Result<(), Refusal> {
        let releasers = self.order.runs.get(node).map(|run| run.releasers.clone()).unwrap_or_default();
        let active: Vec<_> = releasers.into_iter().filter(|person| self.context.directory.is_active(*person)).collect();
        let administrators = active.is_empty();
        let people = if administrators { self.context.directory.administrators() } else { active };
        let task = Task { people, administrators, ..self.new_task(node, TaskKind::RunFailed) };
        self.follow(Happening::TaskOpened { task });
        Ok(())
    }

    /// Closes the tasks that were about the last attempt.
    pub(super) fn close_tasks(&mut self, node: &str) {
        let kinds = [TaskKind::RunFailed, TaskKind::Administer];
        let live = self.order.tasks_at(node).filter(|task| task.is_live() && kinds.contains(&task.kind));
        for task in live.map(|task| task.id).collect::<Vec<_>>() {
            self.act(Happening::TaskCancelled { task, why: Why::RunGoesOn });
        }
    }

    pub(super) fn cancelled_verified(&mut self, node: &str, attempt: u32) -> Result<(), Refusal> {
        self.run_in(node, attempt, &[RunState::Cancelling], "cancelled_verified")?;
        self.stopped(node, RunState::Cancelled, None)
    }

    pub(super) fn cancel_unverified(&mut self, node: &str, attempt: u32, hosts: &[String]) -> Result<(), Refusal> {
        let run = self.run_in(node, attempt, &[RunState::Cancelling], "cancel_unverified")?;
        if let Some(host) = hosts.iter().find(|host| !run.hosts.contains_key(*host)) {
            return Err(Refusal::UnknownHost { host: host.clone() });
        }
        for host in hosts {
            let (node, host, state) = (node.to_owned(), host.clone(), HostState::Unreachable);
            self.act(Happening::HostChanged { node, attempt, host, state, exit: None, note: None });
        }
        self.unverified(node)
    }

    fn unverified(&mut self, node: &str) -> Result<(), Refusal> {
        let asked = self.order.tasks_at(node).any(|task| task.kind == TaskKind::Administer && task.is_open());
        if !asked {
            self.ask_administrators(node, "unreachable");
        }
        Ok(())
    }

    /// An attempt that was to be stopped is gone.
    pub(super) fn stopped(&mut self, node: &str, state: RunState, note: Option<Note>) -> Result<(), Refusal> {
        let Some(attempt) = self.order.runs.get(node).map(|run| run.attempt) else { return Ok(()) };
        self.act(Happening::RunEnded { node: node.to_owned(), attempt, state, note });
        self.close_tasks(node);
        if self.order.status != Status::Cancelling {
            return self.ask_releasers(node);
        }
        self.follow(Happening::Left { node: node.to_owned(), outcome: Passed::Cancelled, automatic: None });
        self.effect_if_stopped()
    }

    /// The current run of a node, if this is its attempt and it stands in one of these states.
    fn run_in(&self, node: &str, attempt: u32, states: &[RunState], name: &'static str) -> Result<&Run, Refusal> {
        self.system()?;
        self.flow.run(node).ok_or_else(|| Refusal::UnknownNode { node: node.to_owned() })?;
        let run = self.order.runs.get(node);
        let wrong = |state| Refusal::WrongRunState { node: node.to_owned(), state, r#move: name };
        let run = run.ok_or_else(|| wrong(None))?;
        if run.attempt != attempt {
            return Err(Refusal::StaleAttempt { attempt, current: run.attempt });
        }
        let here = self.order.tokens.get(node).is_some_and(|token| token.id == run.token);
        match here && states.contains(&run.state) {
            true => Ok(run),
            false => Err(wrong(Some(run.state))),
        }
    }
}

/// A value as an environment variable: text as it is, whole numbers without a point, lists and rows as JSON.
fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => match number.as_f64() {
            Some(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
            _ => number.to_string(),
        },
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
