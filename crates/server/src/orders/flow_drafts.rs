//! Drafts of flows: one for each flow, which everybody who designs flows shares. A save names the revision that it is
//! based on, so that nobody overwrites what they have not seen.

use flow::{Definition, Words};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Orders, Refusal};
use crate::accounts::{Caller, Permission};
use crate::db::Sql;
use crate::log::{Topic, Tx};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Drafts, at most.
const DRAFTS: i64 = 200;

/// Bytes of a draft, at most.
const LARGEST: usize = 512 * 1024;

/// People who are told of drafts, at most.
const DESIGNERS: i64 = 500;

/// What lets somebody write drafts. Administrators may without.
const DESIGNING: [Permission; 3] = [Permission::DesignFlows, Permission::PublishFlows, Permission::PublishRunningFlows];

/// A text that is being written; it may be no flow yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromQueryResult, ToSchema)]
pub struct FlowDraft {
    pub flow: String,
    pub yaml: String,
    /// What the next save names as its base.
    pub revision: i64,
    /// The newest version when the draft was begun; null when the flow was not published by then.
    pub base_version: Option<i64>,
    /// The newest version now.
    pub newest_version: Option<i64>,
    pub saved_by: i64,
    pub saved_at: i64,
}

/// A draft in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowDraftSummary {
    pub flow: String,
    /// Null while the text can not be read.
    pub name: Option<Words>,
    pub revision: i64,
    pub base_version: Option<i64>,
    pub newest_version: Option<i64>,
    pub saved_by: i64,
    pub saved_at: i64,
}

/// The draft that was there when somebody saved on top of another one; nothing of it when it is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangedDraft {
    /// What is there now; null when the draft was published or thrown away.
    pub revision: Option<i64>,
    pub by: Option<i64>,
    pub at: Option<i64>,
}

/// What is told once to those who design flows, and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FlowSignal {
    /// Somebody works on a flow, and on which of its nodes. It is told again and again while they do; `here` is false
    /// when they leave.
    Editing { flow: String, person: i64, node: Option<String>, here: bool },
    /// A draft was saved; without a revision it was published or thrown away.
    Draft { flow: String, revision: Option<i64>, person: i64 },
}

impl Orders {
    /// All drafts, those that were saved last first.
    pub async fn flow_drafts(&self, caller: &Caller) -> Result<Vec<FlowDraftSummary>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            flow: String,
            name: Option<String>,
            revision: i64,
            base_version: Option<i64>,
            newest_version: Option<i64>,
            saved_by: i64,
            saved_at: i64,
        }
        self.may_design(caller).await?;
        let sql = "SELECT d.flow, d.name, d.revision, d.base_version, f.version AS newest_version, d.saved_by, d.saved_at FROM flow_draft d LEFT JOIN flow f ON f.flow = d.flow ORDER BY d.revision DESC LIMIT $1";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![DRAFTS]).await?;
        let summary = |row: Row| FlowDraftSummary {
            name: row.name.and_then(|name| serde_json::from_str(&name).ok()),
            flow: row.flow,
            revision: row.revision,
            base_version: row.base_version,
            newest_version: row.newest_version,
            saved_by: row.saved_by,
            saved_at: row.saved_at,
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    /// The draft of one flow.
    pub async fn flow_draft(&self, caller: &Caller, flow: &str) -> Result<FlowDraft, Refusal> {
        self.may_design(caller).await?;
        let sql = "SELECT d.flow, d.yaml, d.revision, d.base_version, f.version AS newest_version, d.saved_by, d.saved_at FROM flow_draft d LEFT JOIN flow f ON f.flow = d.flow WHERE d.flow = $1";
        let draft: Option<FlowDraft> = self.log.db().reader.one(sql, values![flow]).await?;
        draft.ok_or(Refusal::FlowDraftNotFound)
    }

    /// Keeps a text, and answers its revision. `base` is the revision that was changed, none for the first text.
    ///
    /// The text that is there already changes nothing, so that a save can be repeated.
    pub async fn save_flow_draft(
        &self,
        caller: &Caller,
        flow: &str,
        yaml: String,
        base: Option<i64>,
    ) -> Result<i64, Refusal> {
        self.may_design(caller).await?;
        let flow = slug(flow)?;
        if yaml.len() > LARGEST {
            return Err(FieldError::new("yaml", Rule::TooLong(LARGEST)).into());
        }
        if yaml.contains('\0') {
            return Err(FieldError::new("yaml", Rule::ControlCharacters).into());
        }
        let name =
            Definition::from_yaml(&yaml).ok().and_then(|definition| serde_json::to_string(&definition.name).ok());
        let person = caller.id();
        self.log
            .work::<i64, Refusal, _>(None, move |tx| {
                let save = Save { flow: flow.clone(), yaml: yaml.clone(), name: name.clone(), base, person };
                Box::pin(save.run(tx))
            })
            .await
    }

    /// Throws a draft away; with `base` only if it is still this revision.
    pub async fn discard_flow_draft(&self, caller: &Caller, flow: &str, base: Option<i64>) -> Result<(), Refusal> {
        self.may_design(caller).await?;
        let (flow, person) = (flow.to_owned(), caller.id());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let flow = flow.clone();
                Box::pin(async move {
                    next_revision(tx).await?;
                    let kept = Kept::load(tx, &flow).await?.ok_or(Refusal::FlowDraftNotFound)?;
                    if base.is_some_and(|base| base != kept.revision) {
                        return Err(Refusal::DraftChanged(kept.changed()));
                    }
                    tx.sql().run("DELETE FROM flow_draft WHERE flow = $1", values![flow.clone()]).await?;
                    Ok(tell(tx, FlowSignal::Draft { flow, revision: None, person }).await?)
                })
            })
            .await
    }

    /// Tells the others who design flows that somebody works on one, or not any more.
    pub async fn editing(&self, caller: &Caller, flow: &str, node: Option<String>, here: bool) -> Result<(), Refusal> {
        self.may_design(caller).await?;
        let flow = slug(flow)?;
        let node = node.map(|node| text::line("node", &node, 1, flow::definition::bounds::IDENTIFIER)).transpose()?;
        let signal = FlowSignal::Editing { flow, person: caller.id(), node, here };
        for designer in designers(&self.log.db().reader).await? {
            if designer != caller.id() {
                self.log.signal(Topic::Person(designer), &signal);
            }
        }
        Ok(())
    }

    /// Only people who may design or publish flows see drafts and write them.
    pub(super) async fn may_design(&self, caller: &Caller) -> Result<(), Refusal> {
        self.permitted(caller, &DESIGNING).await
    }
}

/// A save, as a unit of work.
struct Save {
    flow: String,
    yaml: String,
    name: Option<String>,
    base: Option<i64>,
    person: i64,
}

impl Save {
    async fn run(self, tx: &mut Tx<'_>) -> Result<i64, Refusal> {
        let Self { flow, yaml, name, base, person } = self;
        let revision = next_revision(tx).await?;
        let kept = Kept::load(tx, &flow).await?;
        if let Some(same) = kept.as_ref().filter(|kept| kept.yaml == yaml) {
            return Ok(same.revision);
        }
        if kept.as_ref().map(|kept| kept.revision) != base {
            return Err(Refusal::DraftChanged(kept.map(Kept::changed).unwrap_or_default()));
        }
        let drafts = tx.sql().number("SELECT COUNT(*) FROM flow_draft", values![]).await?.unwrap_or(0);
        if kept.is_none() && drafts >= DRAFTS {
            return Err(FieldError::new("flow", Rule::TooMany(DRAFTS as usize)).into());
        }
        let sql = "INSERT INTO flow_draft (flow, yaml, name, revision, base_version, saved_by, saved_at) VALUES ($1, $2, $3, $4, (SELECT version FROM flow WHERE flow = $1), $5, $6) ON CONFLICT (flow) DO UPDATE SET yaml = excluded.yaml, name = excluded.name, revision = excluded.revision, saved_by = excluded.saved_by, saved_at = excluded.saved_at";
        tx.sql().run(sql, values![flow.clone(), yaml, name, revision, person, tx.now]).await?;
        tell(tx, FlowSignal::Draft { flow, revision: Some(revision), person }).await?;
        Ok(revision)
    }
}

/// What is there.
#[derive(FromQueryResult)]
struct Kept {
    yaml: String,
    revision: i64,
    saved_by: i64,
    saved_at: i64,
}

impl Kept {
    async fn load(tx: &Tx<'_>, flow: &str) -> Result<Option<Self>, DbErr> {
        tx.sql().one("SELECT yaml, revision, saved_by, saved_at FROM flow_draft WHERE flow = $1", values![flow]).await
    }

    fn changed(self) -> ChangedDraft {
        ChangedDraft { revision: Some(self.revision), by: Some(self.saved_by), at: Some(self.saved_at) }
    }
}

/// A flow's draft ends when its text is published.
pub(super) async fn published(tx: &mut Tx<'_>, flow: &str, yaml: &str, by: Option<i64>) -> Result<(), DbErr> {
    let sql = "DELETE FROM flow_draft WHERE flow = $1 AND yaml = $2";
    let ended = tx.sql().run(sql, values![flow, yaml]).await?.rows_affected() > 0;
    match by.filter(|_| ended) {
        Some(person) => tell(tx, FlowSignal::Draft { flow: flow.to_owned(), revision: None, person }).await,
        None => Ok(()),
    }
}

/// A number that no draft had. Whoever takes it comes after everybody who took one before: what is read next is what
/// they left.
async fn next_revision(tx: &Tx<'_>) -> Result<i64, DbErr> {
    let sql = "UPDATE counter SET value = value + 1 WHERE name = 'flow_draft' RETURNING value";
    tx.sql().number(sql, values![]).await?.ok_or(DbErr::RecordNotUpdated)
}

async fn tell(tx: &mut Tx<'_>, signal: FlowSignal) -> Result<(), DbErr> {
    for designer in designers(tx.sql()).await? {
        tx.signal(Topic::Person(designer), &signal);
    }
    Ok(())
}

/// Everybody who may see drafts.
async fn designers(sql: &impl ConnectionTrait) -> Result<Vec<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    let text = "SELECT id FROM person WHERE active AND (role = 'administrator' OR id IN (SELECT person_id FROM permission WHERE permission IN ('design_flows', 'publish_flows', 'publish_running_flows'))) ORDER BY id LIMIT $1";
    let rows: Vec<Row> = sql.all(text, values![DESIGNERS]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn slug(flow: &str) -> Result<String, FieldError> {
    match flow::graph::is_slug(flow) {
        true => Ok(flow.to_owned()),
        false => Err(FieldError::new("flow", Rule::Invalid)),
    }
}
