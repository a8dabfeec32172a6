use std::time::Duration;

use countersign::db::Sql;
use countersign::inventory::Inventory;
use countersign::log::{Delivery, Follower, LogId, NewEntry, SessionKey};
use countersign::orders::{Draft, Refusal};
use countersign::releases::{Lease, Releases, Settings};
use countersign::storage::Storage;
use countersign::values;
use countersign::vault::Vault;
use flow::Action;
use flow::order::RunOutcome;
use serde_json::json;

use crate::team::{Team, command};

crate::on_both_databases!(
    one_of_two_servers_gets_an_attempt_and_the_other_when_the_lease_is_over,
    an_owner_that_lost_its_lease_writes_nothing,
    an_order_keeps_its_lock_until_nothing_is_left_to_release,
    an_output_is_for_the_people_of_its_order_and_ends_with_their_access,
    nobody_starts_what_they_may_not_release,
);

const FLOW: &str = r#"
flow: release
name: Release
form:
  - {id: environment, label: Environment, type: text, required: true}
nodes:
  - {id: start, name: Start, kind: start}
  - {id: build, name: Build, kind: run, script: 'true', application: web, environment: {field: environment}}
  - {id: ask, name: Ask, kind: approve, who: [administrators], own: true}
  - {id: push, name: Push, kind: run, script: 'true', application: web, environment: {field: environment}}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: build}
  - {from: build, to: ask}
  - {from: ask, to: push}
  - {from: push, to: end}
"#;

/// A server of this name, whose leases end after a tenth of a second. Artifacts lie in the team's folder `files`.
pub async fn server(team: &Team, name: &str) -> Releases {
    let vault = Vault::open(&team.log, &team.folder().join("vault.key")).await.unwrap();
    let inventory = Inventory::open(team.log.clone(), team.accounts.clone(), vault, None).await.unwrap();
    let storage = Storage::folder(&team.folder().join("files")).unwrap();
    let settings = Settings {
        owner: name.into(),
        lease: Duration::from_millis(100),
        max_output: 1024,
        keep_releases: 2,
        keep_artifacts: Duration::from_secs(3600),
        temporary: team.folder().join(name),
    };
    let (rooms, orders) = (team.rooms.clone(), team.orders.clone());
    Releases::new(team.log.clone(), rooms, orders, inventory, storage, settings)
}

async fn starts(team: &Team, environment: &str) -> i64 {
    let form = serde_json::from_value(json!({"environment": environment})).unwrap();
    let draft = Draft { form, ..Draft::default() };
    let order = team.orders.create_draft(&team.admin, command(), "release", draft.clone()).await.unwrap();
    team.orders.submit(&team.admin, order.id, command(), draft).await.unwrap().id
}

async fn publishes(team: &Team) {
    team.orders.publish_flow(&team.admin, FLOW.into(), "").await.unwrap();
}

/// The first attempt that nobody runs, for this server; nothing when another one is faster.
async fn claims(server: &Releases) -> Option<Lease> {
    let free = server.free_attempts(10).await.unwrap();
    server.claim(free.first()?).await.unwrap()
}

/// Claims as soon as the lease of whoever has it is over.
async fn claims_in_time(server: &Releases) -> Lease {
    let found = async {
        loop {
            if let Some(lease) = claims(server).await {
                return lease;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await.unwrap()
}

fn started(node: &str) -> Action {
    Action::RunStarted { node: node.into(), attempt: 1, hosts: Vec::new() }
}

fn succeeded(node: &str) -> Action {
    Action::RunEnded { node: node.into(), attempt: 1, outcome: RunOutcome::Succeeded, note: None }
}

async fn one_of_two_servers_gets_an_attempt_and_the_other_when_the_lease_is_over(team: Team) {
    publishes(&team).await;
    starts(&team, "test").await;
    let (one, other) = (server(&team, "one").await, server(&team, "other").await);
    let free = one.free_attempts(10).await.unwrap();
    assert_eq!(free.len(), 1);
    let (first, second) = tokio::join!(one.claim(&free[0]), other.claim(&free[0]));
    assert!(first.as_ref().unwrap().is_some() != second.as_ref().unwrap().is_some(), "{first:?} {second:?}");
    let lease = claims_in_time(&other).await;
    assert_eq!((lease.epoch, lease.node.as_str()), (2, "build"));
}

async fn an_owner_that_lost_its_lease_writes_nothing(team: Team) {
    publishes(&team).await;
    let order = starts(&team, "test").await;
    let (one, other) = (server(&team, "one").await, server(&team, "other").await);
    let stale = claims(&one).await.unwrap();
    let owner = claims_in_time(&other).await;
    let before = team.entries(order).await;
    let note = "UPDATE order_run SET note = $1";
    let refused =
        team.orders.decide_guarded(order, started("build"), stale.guard(vec![(note, values!["stale"].into())]));
    assert!(matches!(refused.await, Err(Refusal::NotTheOwner)));
    let write = stale.write(&team.log, vec![(note, values!["stale"].into())]).await;
    assert!(matches!(write, Err(Refusal::NotTheOwner)));
    assert!(matches!(stale.expire(&team.log, 0).await, Err(Refusal::NotTheOwner)));
    assert_eq!(team.entries(order).await, before);
    let noted = team.log.db().reader.number("SELECT COUNT(*) FROM order_run WHERE note IS NOT NULL", values![]);
    assert_eq!(noted.await.unwrap(), Some(0));
    // A lease that can not be renewed tells its owner before it ends.
    tokio::time::timeout(Duration::from_secs(5), stale.keep(&team.log, Duration::from_millis(100))).await.unwrap();
    team.orders.decide_guarded(order, started("build"), owner.guard(Vec::new())).await.unwrap();
    assert_eq!(team.orders.mismatches(10).await.unwrap(), []);
}

async fn an_order_keeps_its_lock_until_nothing_is_left_to_release(team: Team) {
    publishes(&team).await;
    let order = starts(&team, "test").await;
    let lock = "INSERT INTO release_lock (application, environment, order_id, taken_at) VALUES ('web', 'test', $1, 0)";
    let one = server(&team, "one").await;
    let lease = claims(&one).await.unwrap();
    lease.write(&team.log, vec![(lock, values![order].into())]).await.unwrap();
    let held = async || {
        let sql = "SELECT COUNT(*) FROM release_lock WHERE order_id = $1";
        team.log.db().reader.number(sql, values![order]).await.unwrap() == Some(1)
    };
    for (action, holds) in [(started("build"), true), (succeeded("build"), true)] {
        team.orders.decide_as_system(order, action).await.unwrap();
        assert_eq!(held().await, holds);
    }
    let approve = Action::Approve { task: None, comment: None, form: None };
    let approve = countersign::orders::OrderCommand::Decide { command: command(), order, action: approve };
    team.orders.decide(&team.admin, approve).await.unwrap();
    for (action, holds) in [(started("push"), true), (succeeded("push"), false)] {
        team.orders.decide_as_system(order, action).await.unwrap();
        assert_eq!(held().await, holds);
    }
}

async fn an_output_is_for_the_people_of_its_order_and_ends_with_their_access(team: Team) {
    let [ann, eve] = [team.person("ann").await, team.person("eve").await];
    let room = team.room(&team.admin, countersign::rooms::RoomKind::Private, &[&ann]).await;
    let output = team.log.work::<LogId, Refusal, _>(Some(room), move |tx| {
        Box::pin(async move {
            let output = tx.create_output(room).await?;
            tx.append(output, NewEntry::new(None, "output", &json!({"text": "one"}))).await?;
            Ok(output)
        })
    });
    let output = output.await.unwrap();
    assert_eq!(output.name(), format!("o{}", output.id()));
    let reads = async |person: i64, log| team.log.last_seq_for(log, person).await.unwrap();
    assert_eq!(reads(ann.id(), output).await, Some(1));
    assert_eq!(reads(eve.id(), output).await, None);
    // Neither is a room an output, nor an output a room.
    assert_eq!(reads(ann.id(), LogId::Output(room)).await, None);
    assert_eq!(reads(ann.id(), LogId::Room(output.id())).await, None);
    let mut follower = Follower::new(&team.log, ann.id(), SessionKey::Session(1));
    follower.follow_from(output, 1).await.unwrap();
    team.does(&team.admin, countersign::rooms::Command::RemovePerson { command: command(), room, person: ann.id() })
        .await;
    let ended = async {
        loop {
            if let Delivery::Ended { log, reason, .. } = follower.next().await.unwrap() {
                return (log, reason);
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap(), (output, "removed"));
    // An output has no chain, and the audit trail does not miss one.
    let report = countersign::audit::verify(&team.log.db().reader, &[], &[]).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

async fn nobody_starts_what_they_may_not_release(team: Team) {
    publishes(&team).await;
    let ann = team.person("ann").await;
    let draft = |environment: &str| {
        let form = serde_json::from_value(json!({"environment": environment})).unwrap();
        Draft { form, ..Draft::default() }
    };
    let order = team.orders.create_draft(&ann, command(), "release", Draft::default()).await.unwrap().id;
    let submits = async |environment| team.orders.submit(&ann, order, command(), draft(environment)).await;
    assert!(matches!(submits("test").await, Err(Refusal::MayNotRelease { .. })));
    let grant = json!({"permission": "start_release", "application": "web", "environment": "test"});
    let grants = vec![serde_json::from_value(grant).unwrap()];
    team.accounts.set_permissions(&team.admin, ann.id(), grants).await.unwrap();
    assert!(matches!(submits("production").await, Err(Refusal::MayNotRelease { .. })));
    submits("test").await.unwrap();
}
