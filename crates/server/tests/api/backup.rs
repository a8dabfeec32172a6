//! A whole site in a file, and back: made while people work, and restored into the other database each time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::backup::COPIED;
use countersign::db::{Database, Sql};
use countersign::values;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::orders::{decision, publishes, submits};
use crate::setup::{PASSWORD, Person, Server, Site, Team, in_time};

const FAST: [&str; 2] = ["--commands-per-second", "100000"];

/// A place of a site: a data folder, and a database if it is not in there.
struct Place {
    data: PathBuf,
    database: Option<String>,
}

impl Place {
    fn on_sqlite(data: PathBuf) -> Self {
        Self { data, database: None }
    }

    fn options(&self) -> Vec<String> {
        let mut options = vec!["--data".to_owned(), self.data.display().to_string()];
        options.extend(self.database.iter().flat_map(|url| ["--database".to_owned(), url.clone()]));
        options
    }

    async fn open(&self) -> DatabaseConnection {
        match &self.database {
            Some(url) => Database::read_postgres(url).await.unwrap(),
            None => Database::read_sqlite(&self.data).await.unwrap(),
        }
    }

    /// How many rows each table has that is copied.
    async fn counts(&self) -> Vec<(&'static str, i64)> {
        let db = self.open().await;
        let tables = countersign::backup::names(&db).await.unwrap();
        let mut counts = Vec::new();
        for table in COPIED.iter().copied().filter(|table| tables.iter().any(|known| known == table)) {
            let sql = format!("SELECT COUNT(*) FROM \"{table}\"");
            counts.push((table, db.number(&sql, values![]).await.unwrap().unwrap()));
        }
        counts
    }

    fn backs_up(&self, file: &Path) -> Output {
        program("backup", file, &self.options(), "a long passphrase").output().unwrap()
    }

    fn restores(&self, file: &Path, passphrase: &str) -> Output {
        program("restore", file, &self.options(), passphrase).output().unwrap()
    }

    /// Whether chains, checkpoints and orders fit. Answers what was read.
    fn verifies(&self) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["audit", "verify", "--json", "--anchors"])
            .arg(self.data.join("audit-checkpoints.jsonl"))
            .args(self.options())
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(output.status.success() && report["clean"] == true, "{report}");
        report
    }
}

fn program(verb: &str, file: &Path, options: &[String], passphrase: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg(verb).arg(file).args(options).env_clear().env("COUNTERSIGN_PASSPHRASE", passphrase);
    command
}

#[track_caller]
fn is_well(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn failed_with(output: &Output, words: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains(words), "{error}");
}

/// Somebody who talks and has orders decided until it is over.
async fn works(requester: Person, asker: Person, flow: String, room: i64, over: Arc<AtomicBool>) {
    while !over.load(Ordering::Relaxed) {
        requester.says(room, "工作 goes on").await;
        let order = submits(&requester, &flow, "a chair").await;
        asker.does(decision(order, json!({"move": "approve"}))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_is_backed_up_while_people_work_and_goes_to_the_other_database_and_back() {
    let (folder, site) = (TempDir::new().unwrap(), Site::new().await);
    let first = Place::on_sqlite(folder.path().join("data"));
    let server = Server::start_on(folder.path(), &FAST);
    let team = Team::on(&server).await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let flow = publishes(&team, "any", &[&bob]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let upload = ann.uploads(room, "plan.txt", b"the plan").await.ok();
    let say = json!({"type": "say", "room": room, "text": "看这个 plan", "files": [upload["id"]]});
    ann.does(say).await;
    let secret = json!({"name": "x", "url": "https://hooks.example.com/", "events": ["order.ended"]});
    team.admin.post("/api/webhooks", secret).await.ok();
    let over = Arc::new(AtomicBool::new(false));
    let work = tokio::spawn(works(ann.clone(), bob.clone(), flow.clone(), room, over.clone()));
    let file = folder.path().join("first.backup");
    let backup = tokio::task::spawn_blocking({
        let (data, file) = (first.data.clone(), file.clone());
        move || Place::on_sqlite(data).backs_up(&file)
    });
    is_well(&backup.await.unwrap());
    over.store(true, Ordering::Relaxed);
    work.await.unwrap();
    server.stop();
    failed_with(&first.backs_up(&file), "is there already");

    let second = Place { data: folder.path().join("second"), database: Some(site.database.clone()) };
    is_well(&second.restores(&file, "a long passphrase"));
    let report = second.verifies();
    assert!(report["entries"].as_i64() > Some(3) && report["checkpoints"].as_i64() > Some(0), "{report}");
    failed_with(&second.restores(&file, "a long passphrase"), "is not empty");

    let (other, third) = (folder.path().join("second.backup"), folder.path().join("third"));
    is_well(&second.backs_up(&other));
    std::fs::create_dir(&third).unwrap();
    let third = Place::on_sqlite(third.join("data"));
    is_well(&third.restores(&other, "a long passphrase"));
    assert_eq!(third.verifies()["entries"], report["entries"]);
    assert_eq!(third.counts().await, second.counts().await);

    // People go on where they were, and nothing gets a number that was given before.
    let server = Server::start_on(&folder.path().join("third"), &FAST);
    let ann = Person::signs_in(&server.url, &ann.username, PASSWORD).await;
    assert_eq!(ann.searches("看这").await, ["看这个 plan"]);
    let download = ann.get(&format!("/api/files/{}", upload["id"].as_str().unwrap())).await;
    assert_eq!(download.text(), "the plan");
    let orders = ann.get("/api/orders?box=mine&q=chair").await.ok();
    let last = orders["orders"].as_array().unwrap().iter().map(|order| order["number"].as_i64().unwrap()).max();
    let order = submits(&ann, &flow, "a lamp").await;
    let order = ann.get(&format!("/api/orders/{order}")).await.ok();
    assert_eq!(order["summary"]["number"].as_i64().unwrap(), last.unwrap() + 1, "{order}");
    let admin = Person::signs_in(&server.url, "admin", crate::setup::ADMIN_PASSWORD).await;
    let webhooks = admin.get("/api/webhooks").await.ok();
    let test = format!("/api/webhooks/{}/test", webhooks["webhooks"][0]["id"]);
    // The key came with it: a message can be signed, though nobody is there to get it.
    admin.post(&test, json!({})).await.ok();
    server.stop();
    third.verifies();
}

/// Messages of a small site, with so much in them that it fills several blocks of the file.
const MESSAGES: i64 = 200;

/// A small site in a file.
async fn backup(folder: &TempDir) -> PathBuf {
    let server = Server::start_on(folder.path(), &FAST);
    let team = Team::on(&server).await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("public", &[]).await;
    for _ in 0..MESSAGES {
        let text: String = (0..80).map(|_| format!("{:032x} ", rand::random::<u128>())).collect();
        ann.says(room, &text).await;
    }
    let file = folder.path().join("site.backup");
    is_well(&Place::on_sqlite(folder.path().join("data")).backs_up(&file));
    file
}

/// What stands in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_wrong_passphrase_or_a_damaged_file_is_said_and_leaves_nothing() {
    let (folder, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let file = backup(&folder).await;
    let place = Place::on_sqlite(target.path().join("data"));
    failed_with(&place.restores(&file, "another passphrase"), "the passphrase does not open");
    let whole = std::fs::read(&file).unwrap();
    assert!(!String::from_utf8_lossy(&whole).contains("username"));
    let damaged = folder.path().join("damaged.backup");
    std::fs::write(&damaged, &whole[..whole.len() - 100]).unwrap();
    failed_with(&place.restores(&damaged, "a long passphrase"), "nothing was restored");
    std::fs::write(&damaged, "something else").unwrap();
    failed_with(&place.restores(&damaged, "a long passphrase"), "is no backup");
    failed_with(&place.backs_up(&folder.path().join("none.backup")), "can not open the SQLite database");
    assert_eq!(names(target.path()), [] as [&str; 0]);
    failed_with(&place.backs_up(&place.data.join("inside.backup")), "can not be part of itself");
    is_well(&place.restores(&file, "a long passphrase"));
    assert_eq!(names(target.path()), ["data"]);
}

/// A restore that reads from a pipe, and so waits for what is not written to it.
fn restores_from_pipe(place: &Place, pipe: &Path) -> Child {
    let mut command = program("restore", pipe, &place.options(), "a long passphrase");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_nothing_half_in_either_database() {
    let (folder, target, site) = (TempDir::new().unwrap(), TempDir::new().unwrap(), Site::new().await);
    let file = backup(&folder).await;
    let whole = std::fs::read(&file).unwrap();
    let pipe = target.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for database in [None, Some(site.database.clone())] {
        let data = target.path().join(if database.is_some() { "postgres" } else { "sqlite" });
        let place = Place { data, database };
        let mut child = restores_from_pipe(&place, &pipe);
        let mut input = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        input.write_all(&whole[..whole.len() / 2]).unwrap();
        let beside = target.path().join(format!("{}.restoring", place.data.file_name().unwrap().to_str().unwrap()));
        let begun = async {
            while !beside.exists() {
                tokio::task::yield_now().await
            }
        };
        in_time(begun).await;
        child.kill().unwrap();
        child.wait().unwrap();
        drop(input);
        assert!(!place.data.exists());
        let again = place.restores(&file, "a long passphrase");
        is_well(&again);
        assert!(String::from_utf8_lossy(&again.stderr).contains("an earlier restore was interrupted"));
        assert!(place.data.exists() && !beside.exists());
        let db = place.open().await;
        assert_eq!(db.number("SELECT COUNT(*) FROM message", values![]).await.unwrap(), Some(MESSAGES));
    }
}
