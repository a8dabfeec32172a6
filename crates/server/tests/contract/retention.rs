use countersign::clock::now_ms;
use countersign::db::Sql;
use countersign::orders::{Draft, OrderCommand};
use countersign::releases::{Refusal, Releases};
use countersign::stop::stop;
use countersign::values;
use flow::Action;
use flow::order::{RunOutcome, RunState};
use sea_orm::FromQueryResult;

use crate::releases::server;
use crate::team::{Team, command};

crate::on_both_databases!(
    artifacts_go_when_no_release_could_need_them,
    bytes_go_a_day_after_the_last_artifact_that_has_them,
    nothing_is_brought_back_of_which_the_artifacts_are_gone,
    what_is_brought_back_has_its_artifacts_although_a_server_died_meanwhile,
);

const FLOW: &str = "
flow: site
name: Site
nodes:
  - {id: start, name: Start, kind: start}
  - {id: build, name: Build, kind: run, script: 'true', application: web, artifacts: [built]}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: build}
  - {from: build, to: end}
";

const HOUR: i64 = 3_600_000;

/// A site that keeps the last two releases, and other artifacts for an hour.
async fn site(team: &Team) -> Releases {
    team.orders.publish_flow(&team.admin, FLOW.into(), "").await.unwrap();
    server(team, "one").await
}

async fn starts(team: &Team) -> i64 {
    let order = team.orders.create_draft(&team.admin, command(), "site", Draft::default()).await.unwrap();
    team.orders.submit(&team.admin, order.id, command(), Draft::default()).await.unwrap().id
}

/// The order's build leaves an artifact with these bytes.
async fn builds(team: &Team, order: i64, bytes: &str) {
    let folder = team.folder().join("files/artifacts").join(&bytes[..2]);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(bytes), bytes).unwrap();
    team.tampers(&format!("INSERT INTO artifact (order_id, node, name, sha256, size, folder, stored, at) VALUES ({order}, 'build', 'built', '{bytes}', 1, FALSE, '{bytes}', 0)")).await;
}

async fn ends(team: &Team, order: i64, outcome: RunOutcome) {
    let (node, attempt) = ("build".to_owned(), 1);
    let started = Action::RunStarted { node: node.clone(), attempt, hosts: Vec::new() };
    team.orders.decide_as_system(order, started).await.unwrap();
    let ended = Action::RunEnded { node: node.clone(), attempt, outcome, note: None };
    team.orders.decide_as_system(order, ended).await.unwrap();
    if outcome != RunOutcome::Succeeded {
        let action = Action::CancelRun { node: Some(node), reason: "it is no good".into() };
        team.orders.decide(&team.admin, OrderCommand::Decide { command: command(), order, action }).await.unwrap();
    }
}

async fn releases(team: &Team, bytes: &str) -> i64 {
    let order = starts(team).await;
    builds(team, order, bytes).await;
    ends(team, order, RunOutcome::Succeeded).await;
    order
}

/// The orders whose artifacts can be had.
async fn kept(team: &Team) -> Vec<i64> {
    #[derive(FromQueryResult)]
    struct Row {
        order_id: i64,
    }
    let sql = "SELECT order_id FROM artifact WHERE swept_at IS NULL ORDER BY order_id";
    let rows: Vec<Row> = team.log.db().reader.all(sql, values![]).await.unwrap();
    rows.into_iter().map(|row| row.order_id).collect()
}

/// The files that are stored for artifacts.
fn files(team: &Team) -> Vec<String> {
    let folders = std::fs::read_dir(team.folder().join("files/artifacts")).unwrap();
    let inside = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let mut names: Vec<String> = inside.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn artifacts_go_when_no_release_could_need_them(team: Team) {
    let site = site(&team).await;
    let running = starts(&team).await;
    builds(&team, running, "running").await;
    let failed = starts(&team).await;
    builds(&team, failed, "failed").await;
    ends(&team, failed, RunOutcome::Failed).await;
    let mut released = Vec::new();
    for bytes in ["first", "second", "third"] {
        released.push(releases(&team, bytes).await);
    }
    site.sweep_artifacts(now_ms()).await.unwrap();
    assert_eq!(kept(&team).await, [vec![running, failed], released.clone()].concat(), "nothing ended an hour ago");

    // The first one is being brought back: it stays until that is over.
    let back = site.roll_back(&team.admin, released[2], command(), released[0], "slow").await.unwrap().id;
    site.sweep_artifacts(now_ms() + 2 * HOUR).await.unwrap();
    assert_eq!(kept(&team).await, [vec![running], released.clone()].concat());
    ends(&team, back, RunOutcome::Failed).await;
    site.sweep_artifacts(now_ms() + 2 * HOUR).await.unwrap();
    assert_eq!(kept(&team).await, [running, released[1], released[2]]);

    let gone = site.artifact(&team.admin, failed, "failed").await;
    assert!(matches!(gone, Err(Refusal::ArtifactNotFound)));
    drop(site.artifact(&team.admin, running, "running").await.unwrap());
    let page = site.runs(&team.admin, failed).await.unwrap();
    assert_eq!((page.runs[0].artifacts[0].sha256.as_str(), &page.runs[0].artifacts[0].url), ("failed", &None));
}

async fn bytes_go_a_day_after_the_last_artifact_that_has_them(team: Team) {
    let site = site(&team).await;
    for bytes in ["alone", "shared", "shared"] {
        releases(&team, bytes).await;
    }
    std::fs::write(team.folder().join("files/artifacts/al/also-nobodys"), "").unwrap();
    let other = "files/files/al";
    std::fs::create_dir_all(team.folder().join(other)).unwrap();
    std::fs::write(team.folder().join(other).join("alone"), "no artifact").unwrap();
    site.sweep_artifacts(now_ms() + 2 * HOUR).await.unwrap();
    assert_eq!(kept(&team).await.len(), 2);
    assert_eq!(files(&team), ["alone", "also-nobodys", "shared"], "whoever found them just now may need them");
    site.sweep_artifacts(now_ms() + 27 * HOUR).await.unwrap();
    assert_eq!(files(&team), ["shared"]);
    assert!(team.folder().join(other).join("alone").exists());
}

async fn nothing_is_brought_back_of_which_the_artifacts_are_gone(team: Team) {
    let site = site(&team).await;
    let mut released = Vec::new();
    for bytes in ["first", "second", "third"] {
        released.push(releases(&team, bytes).await);
    }
    site.sweep_artifacts(now_ms() + 2 * HOUR).await.unwrap();
    let page = site.runs(&team.admin, released[2]).await.unwrap();
    let targets: Vec<i64> = page.rollback.targets.into_iter().map(|target| target.order).collect();
    assert_eq!(targets, [released[1]]);
    let back = site.roll_back(&team.admin, released[2], command(), released[0], "slow").await;
    assert!(matches!(back, Err(Refusal::NoRollback)));
}

async fn what_is_brought_back_has_its_artifacts_although_a_server_died_meanwhile(team: Team) {
    let site = site(&team).await;
    let (first, second) = (releases(&team, "first").await, releases(&team, "second").await);
    let back = site.roll_back(&team.admin, second, command(), first, "slow").await.unwrap().id;
    // A server said that it begins, and nothing more.
    let begun = Action::RunStarted { node: "build".into(), attempt: 1, hosts: Vec::new() };
    team.orders.decide_as_system(back, begun).await.unwrap();
    let (stopper, stopped) = stop();
    let other = tokio::spawn(site.clone().run(stopped));
    let mut decisions = team.orders.decisions();
    let ended = async {
        loop {
            let state = team.orders.releasing(back).await.unwrap().state.runs["build"].state;
            if !state.is_live() {
                return state;
            }
            decisions.changed().await.unwrap();
        }
    };
    let state = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
    stopper.stop();
    other.await.unwrap();
    assert_eq!((state, kept(&team).await), (RunState::Succeeded, vec![first, second, back]));
}
