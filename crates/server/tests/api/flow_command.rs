//! `countersign flow`, beside a server.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::orders::flow;
use crate::setup::{Server, Team};

fn countersign(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("flow").args(arguments).env_clear();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn a_flow_is_checked_without_a_database() {
    let good = countersign(&["check", "-"], &flow("mine", "leads", "any"));
    assert_eq!((good.status.code(), said(&good.stdout).as_str()), (Some(0), "-: mine is a flow\n"));
    let broken = countersign(&["check", "-"], "flow: mine\nnodes:\n  - {id: a, kind: dance}\n");
    assert_eq!(broken.status.code(), Some(1));
    assert!(said(&broken.stderr).starts_with("-:3:"), "{}", said(&broken.stderr));
    let wrong =
        countersign(&["check", "-"], &flow("mine", "leads", "any").replace("otherwise: true", "when: parts > 1"));
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong.stderr).contains("split"), "{}", said(&wrong.stderr));
    assert_eq!(countersign(&["check", "/nowhere.yaml"], "").status.code(), Some(2));
}

#[test]
fn two_texts_are_compared_as_diff_does() {
    let folder = TempDir::new().unwrap();
    let older = folder.path().join("older.yaml");
    std::fs::write(&older, flow("mine", "leads", "any")).unwrap();
    let older = older.to_string_lossy().into_owned();
    let same = countersign(&["diff", &older, "-"], &flow("mine", "leads", "any"));
    assert_eq!((same.status.code(), said(&same.stdout).as_str()), (Some(0), ""));
    let other = flow("mine", "leads", "any").replace("Ask again", "Once more");
    let english = countersign(&["diff", &older, "-"], &other);
    assert_eq!(english.status.code(), Some(1));
    assert_eq!(said(&english.stdout), "~ Node “Once more”: name Ask again → Once more\n");
    let chinese = countersign(&["diff", "--language", "zh", &older, "-"], &other);
    assert!(said(&chinese.stdout).starts_with("~ 节点“再审”的名称"), "{}", said(&chinese.stdout));
    let trouble = countersign(&["diff", &older, "-"], "flow: [");
    assert_eq!((trouble.status.code(), said(&trouble.stdout).as_str()), (Some(2), ""));
    assert!(said(&trouble.stderr).contains("-:1:"), "{}", said(&trouble.stderr));
}

#[tokio::test]
async fn a_flow_is_published_and_printed_beside_a_server() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_on(folder.path(), &[]);
    let team = Team::on(&server).await;
    let group = serde_json::json!({"name": "leads", "title": "Leads", "people": [team.admin.id]});
    team.admin.post("/api/groups", group).await.ok();
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let text = flow("mine", "leads", "any");
    for (text, version) in [(text.clone(), 1), (text.clone(), 1), (text.replace("Test", "Try"), 2)] {
        let imported = countersign(&["import", "--data", &data, "-"], &text);
        let expected = format!("-: mine is at version {version}\n");
        assert_eq!(said(&imported.stdout), expected, "{}", said(&imported.stderr));
    }
    let seen = team.admin.get("/api/flows/mine").await.ok();
    assert_eq!((&seen["summary"]["version"], &seen["summary"]["name"]["en"]), (&2.into(), &"Try".into()));
    let exported = countersign(&["export", "--data", &data, "mine", "--version", "1"], "");
    assert_eq!(said(&exported.stdout), text);
    let unknown = countersign(&["import", "--data", &data, "-"], &flow("other", "nobody", "any"));
    assert_eq!(unknown.status.code(), Some(1));
}
