//! `/release APPLICATION VERSION [ENVIRONMENT]`, written into any room: starts the order that releases it.

use flow::definition::{NameOrField, Run};
use flow::form::{Field, FieldKind};
use flow::{Definition, Flow};

use super::rollback::part_of;
use super::{Refusal, Releases};
use crate::accounts::Caller;
use crate::orders::{self, Draft, run_nodes};
use crate::rooms::{Ack, Command};

/// What a message asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    application: &'a str,
    version: &'a str,
    environment: Option<&'a str>,
    /// What else was written: it goes into the first text that the form still needs.
    notes: String,
}

fn parse(text: &str) -> Option<Result<Wanted<'_>, Refusal>> {
    let mut words = text.split_whitespace();
    if !matches!(words.next()?, "/release" | "/发布") {
        return None;
    }
    let (Some(application), Some(version)) = (words.next(), words.next()) else {
        return Some(Err(Refusal::HowToRelease));
    };
    let environment = words.next();
    Some(Ok(Wanted { application, version, environment, notes: words.collect::<Vec<_>>().join(" ") }))
}

/// Whether a run node releases this application, to this environment if one is named.
fn releases(run: &Run, wanted: &Wanted<'_>) -> bool {
    let fits = match (&run.environment, wanted.environment) {
        (Some(NameOrField::Name(name)), Some(environment)) => name == environment,
        _ => true,
    };
    run.application.as_deref() == Some(wanted.application) && fits
}

/// The field that the environment is taken from.
fn environment_field(flow: &Flow, wanted: &Wanted<'_>) -> Option<String> {
    run_nodes(flow).filter(|(_, run)| releases(run, wanted)).find_map(|(_, run)| match &run.environment {
        Some(NameOrField::Field(field)) => Some(field.field.clone()),
        _ => None,
    })
}

/// The form as far as the message says it.
fn fill_in(flow: &Flow, wanted: &Wanted<'_>) -> Draft {
    let Definition { form: fields, .. } = flow.definition();
    let mut draft = Draft::default();
    let environment = environment_field(flow, wanted);
    if let (Some(field), Some(environment)) = (&environment, wanted.environment) {
        draft.form.insert(field.clone(), environment.into());
    }
    let is_text = |field: &&Field| matches!(field.kind, FieldKind::Text | FieldKind::LongText);
    let open = |field: &&Field| is_text(field) && field.required && Some(&field.id) != environment.as_ref();
    let version = fields.iter().find(|field| field.id == "version").or_else(|| fields.iter().find(open));
    if let Some(field) = version {
        draft.form.insert(field.id.clone(), wanted.version.into());
    }
    let notes = fields.iter().filter(open).find(|field| !draft.form.contains_key(&field.id));
    if let Some(field) = notes.filter(|_| !wanted.notes.is_empty()) {
        draft.form.insert(field.id.clone(), wanted.notes.clone().into());
    }
    draft
}

impl Releases {
    /// Starts the release that a message asks for, and says so in the room. Nothing, when it is just a message.
    pub async fn said(&self, caller: &Caller, command: &Command) -> Result<Option<Ack>, Refusal> {
        let Command::Say { command, room, text, .. } = command else { return Ok(None) };
        let Some(wanted) = parse(text) else { return Ok(None) };
        let wanted = wanted?;
        self.rooms.member(caller, *room).await?;
        let flow = self.flow_for(caller, &wanted).await?;
        let (_, _, compiled) = self.orders.flow(caller, &flow, None).await?;
        let draft = fill_in(&compiled, &wanted);
        let order = self.orders.create_draft(caller, part_of(command, "draft"), &flow, draft.clone()).await?;
        let submitted = self.orders.submit(caller, order.id, part_of(command, "submit"), draft).await;
        let order = submitted.map_err(|refusal| match refusal {
            orders::Refusal::Flow(_) => Refusal::NeedsMore { draft: order.id, refusal: Box::new(refusal) },
            refusal => refusal.into(),
        })?;
        let (number, title) = (order.number.unwrap_or(0), order.title);
        let text = format!("{}\n→ [#{number} {}](/orders/{})", text.trim(), title.zh, order.id);
        self.say(caller, command.clone(), *room, text).await.map(Some)
    }

    /// The one flow that releases what is wanted.
    async fn flow_for(&self, caller: &Caller, wanted: &Wanted<'_>) -> Result<String, Refusal> {
        let mut found = Vec::new();
        for summary in self.orders.flows(caller).await? {
            let (_, _, flow) = self.orders.flow(caller, &summary.flow, None).await?;
            if run_nodes(&flow).any(|(_, run)| releases(run, wanted)) {
                found.push(summary.flow);
            }
        }
        let application = wanted.application.to_owned();
        match found.len() {
            0 => Err(Refusal::NothingReleases { application }),
            1 => Ok(found.remove(0)),
            _ => Err(Refusal::Ambiguous { application, flows: found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_what_is_released() {
        let wanted = parse("/release web v1.4 staging fixes the login").unwrap().unwrap();
        assert_eq!((wanted.application, wanted.version, wanted.environment), ("web", "v1.4", Some("staging")));
        assert_eq!(wanted.notes, "fixes the login");
        assert!(matches!(parse("/release web"), Some(Err(Refusal::HowToRelease))));
        assert!(parse("/releases web v1").is_none());
    }
}
