//! Whether a host can be reached, and which key it has to show.

use serde_json::json;

use super::hosts::Row;
use super::model::LOCAL;
use super::{CheckStep, Host, HostCheck, Inventory, Refusal, administrators_only, machine};
use crate::accounts::{Caller, note};
use crate::db::Sql;
use crate::values;

impl Inventory {
    /// Tests the connection to a host, step by step, and keeps what came of it.
    pub async fn test_host(&self, caller: &Caller, id: i64) -> Result<Host, Refusal> {
        self.may_manage_hosts(caller).await?;
        let host = Row::load(&self.log.db().reader, id).await?;
        let check = if host.address == LOCAL { self.test_here(&host).await } else { self.test_there(&host).await };
        let result = json!(check).to_string();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let result = result.clone();
                Box::pin(async move {
                    let sql = "UPDATE host SET checked_at = $2, check_result = $3 WHERE id = $1";
                    tx.sql().run(sql, values![id, tx.now, result]).await?;
                    Ok(())
                })
            })
            .await?;
        self.host(caller, id).await
    }

    async fn test_here(&self, host: &Row) -> HostCheck {
        let (code, note) = match self.target(host) {
            Ok(host) => match machines::Machine::connect(&host.target).await {
                Ok(_) => (None, String::new()),
                Err(error) => (Some(error.code().to_owned()), error.to_string()),
            },
            Err(refusal) => (Some("local_runner_off".to_owned()), refusal.to_string()),
        };
        let ok = code.is_none();
        HostCheck { ok, steps: vec![CheckStep { name: "local".into(), ok, code, note }], fingerprint: None }
    }

    async fn test_there(&self, host: &Row) -> HostCheck {
        let examination = self.examine(&self.remote(host)).await;
        let step = |step: machines::Step| {
            let machines::Step { name, ok, code, note } = step;
            CheckStep { name: name.to_owned(), ok, code: code.map(str::to_owned), note }
        };
        let steps: Vec<CheckStep> = examination.steps.into_iter().map(step).collect();
        let fingerprint = examination.found_key.map(|key| key.fingerprint());
        HostCheck { ok: steps.iter().all(|step| step.ok), steps, fingerprint }
    }

    /// A few at a time: each takes a connection, and a host that is away takes its whole time.
    async fn examine(&self, target: &machines::RemoteTarget) -> machines::Examination {
        let _permit = self.tests.acquire().await;
        machines::examine(target).await
    }

    /// Confirms the key that a host shows, for the first time or in place of another one. The administrator has seen
    /// `fingerprint`; a host that shows another one meanwhile is not confirmed.
    pub async fn pin_host(&self, caller: &Caller, id: i64, fingerprint: &str) -> Result<Host, Refusal> {
        administrators_only(caller)?;
        let host = Row::load(&self.log.db().reader, id).await?;
        if host.address == LOCAL {
            return Err(Refusal::NoHostKey { note: "this machine is reached without one".into() });
        }
        let unconfirmed = machines::RemoteTarget { host_key: None, ..self.remote(&host) };
        let examination = self.examine(&unconfirmed).await;
        let Some(found) = examination.found_key else {
            let failed = examination.steps.iter().find(|step| !step.ok);
            return Err(Refusal::NoHostKey { note: failed.map(|step| step.note.clone()).unwrap_or_default() });
        };
        if found.fingerprint() != fingerprint {
            return Err(Refusal::OtherHostKey { found: found.fingerprint() });
        }
        let (by, key, fingerprint) = (caller.id(), found.to_string(), fingerprint.to_owned());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (key, fingerprint) = (key.clone(), fingerprint.clone());
                Box::pin(async move {
                    let before = Row::load(tx.sql(), id).await?;
                    tx.sql().run("UPDATE host SET host_key = $2 WHERE id = $1", values![id, key]).await?;
                    let was = before.host_key.as_deref().and_then(machine::fingerprint);
                    let pinned = json!({ "address": before.address, "fingerprint": fingerprint, "before": was });
                    Ok(note(tx, Some(by), "host.pinned", &before.name, &pinned).await?)
                })
            })
            .await?;
        self.host(caller, id).await
    }
}
