//! What an attempt needs before anything is touched: where it runs, with which values and files.

use std::collections::BTreeMap;
use std::time::Duration;

use flow::definition::Run as RunNode;
use flow::order::Run;
use machines::{ArtifactFile, LocalTarget, Place, Target};
use tempfile::TempDir;

use super::cause::Cause;
use super::lease::Lease;
use super::{Refusal, Releases};
use crate::inventory;
use crate::log::Refusal as _;
use crate::orders::Releasing;

/// How long a script may take when its node does not say.
const TIME_LIMIT: Duration = Duration::from_secs(3600);

/// Everything about an attempt that its hosts share.
#[derive(Debug)]
pub(super) struct Plan {
    pub script: String,
    pub health: Option<String>,
    pub time_limit: Duration,
    pub place: Place,
    /// Parameters and secrets, and what every script is told.
    variables: BTreeMap<String, String>,
    pub secrets: Vec<(String, String)>,
    /// Where it runs, by name and in the order of the batches; without a name on this machine.
    pub targets: Vec<(String, Target)>,
    /// What earlier steps left, and under which name it is kept on a machine.
    pub artifacts: Vec<ArtifactFile>,
    pub release: String,
    /// The names of what it leaves itself.
    pub leaves: Vec<String>,
    /// Holds the artifacts here.
    pub folder: TempDir,
}

/// Why an attempt can not run: a cause for people, or a failure after which it is tried again.
pub(super) enum NoPlan {
    Cause(Cause),
    Failure(Refusal),
}

impl<E: Into<Refusal>> From<E> for NoPlan {
    fn from(error: E) -> Self {
        let refusal = match error.into() {
            // The database comes back: that is no reason to give up what runs.
            Refusal::Inventory(inventory::Refusal::Database(error)) => Refusal::Database(error),
            refusal => refusal,
        };
        match refusal {
            // What the inventory says of hosts and secrets is for the people who look after them.
            Refusal::Inventory(inner) if inner.failure().is_none() => NoPlan::Cause(Cause::Inventory(inner)),
            Refusal::Storage(_) | Refusal::File(_) => NoPlan::Cause(Cause::Other { error: refusal.to_string() }),
            refusal => NoPlan::Failure(refusal),
        }
    }
}

impl Plan {
    pub async fn make(
        releases: &Releases,
        lease: &Lease,
        releasing: &Releasing,
        node: &RunNode,
        run: &Run,
    ) -> Result<Self, NoPlan> {
        let targets = targets(releases, run).await?;
        let (application, environment) = (run.application.as_deref(), run.environment.as_deref());
        let secrets = releases.inventory.secrets_for(application, environment, &node.secrets).await?;
        let place = place(application.unwrap_or(&releasing.flow.definition().flow), environment.unwrap_or("default"));
        let folder = releases.temporary_folder()?;
        let artifacts = releases.fetch_artifacts(lease.order, &lease.node, folder.path()).await?;
        let told = [
            ("ORDER", releasing.number.to_string()),
            ("NODE", lease.node.clone()),
            ("ATTEMPT", lease.attempt.to_string()),
            ("APPLICATION", application.unwrap_or_default().to_owned()),
            ("ENVIRONMENT", environment.unwrap_or_default().to_owned()),
        ];
        let mut variables: BTreeMap<String, String> =
            told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        variables.extend(run.parameters.clone());
        variables.extend(secrets.iter().cloned());
        let limit = |span: &flow::definition::Span| Duration::from_millis(span.ms.max(1_000) as u64);
        Ok(Self {
            script: node.script.clone(),
            health: node.health.clone(),
            time_limit: node.timeout.as_ref().map_or(TIME_LIMIT, limit),
            place,
            variables,
            secrets,
            targets,
            release: super::artifacts::release_name(releasing.number, &artifacts),
            artifacts,
            leaves: node.artifacts.clone(),
            folder,
        })
    }

    /// The environment of the script on one host. What the flow's author named wins.
    pub fn variables(&self, host: &str, artifacts: &str) -> Vec<(String, String)> {
        let mut variables = self.variables.clone();
        for (name, value) in [("HOST", host), ("ARTIFACTS", artifacts)] {
            variables.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        variables.into_iter().collect()
    }

    pub fn target(&self, host: &str) -> Option<&Target> {
        self.targets.iter().find(|(name, _)| name == host).map(|(_, target)| target)
    }
}

/// Where the attempt runs: on the hosts of its group, or those of them that are tried again; else on this machine.
async fn targets(releases: &Releases, run: &Run) -> Result<Vec<(String, Target)>, NoPlan> {
    let Some(group) = &run.group else { return Ok(vec![(String::new(), here(releases)?)]) };
    let hosts = releases.inventory.hosts_in(group).await?;
    let wanted = |name: &String| run.only_hosts.is_empty() || run.only_hosts.contains(name);
    let targets = hosts.into_iter().map(|host| (host.name, host.target)).filter(|(name, _)| wanted(name));
    Ok(targets.collect())
}

/// This machine, when scripts may run on it.
pub(super) fn here(releases: &Releases) -> Result<Target, inventory::Refusal> {
    let machine = releases.inventory.local_machine().ok_or(inventory::Refusal::LocalRunnerOff)?;
    Ok(Target::Local(LocalTarget { folder: machine.folder.clone(), user: machine.user, limits: machine.limits }))
}

/// The folder of an application and environment on a machine. A name that can not be a folder's is told by its hash.
fn place(application: &str, environment: &str) -> Place {
    let named = |text: &str| match Place::new(text, "default") {
        Ok(_) => text.to_owned(),
        Err(_) => format!("x-{}", &super::artifacts::sha256(text.as_bytes())[..24]),
    };
    Place::new(&named(application), &named(environment)).expect("a hash is a folder's name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_tried_again_after_a_failure_of_the_database_below_the_inventory() {
        let gone = inventory::Refusal::Database(sea_orm::DbErr::Custom("gone".into()));
        assert!(matches!(NoPlan::from(gone), NoPlan::Failure(Refusal::Database(_))));
        assert!(!matches!(NoPlan::from(inventory::Refusal::LocalRunnerOff), NoPlan::Failure(_)));
    }
}
