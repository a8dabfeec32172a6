//! A server, hosts behind real sshd processes, and releases to them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use machines::testing::Sshd;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Person, Server, Site, Team, unique};

/// Releases take longer than a message; what takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// Which database the servers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Sqlite,
    Postgres,
}

pub struct Fleet {
    pub admin: Person,
    pub hosts: Vec<Sshd>,
    pub server: Option<Server>,
    site: Option<Site>,
    /// Everything of the server that stays when it is killed, where another user gets in.
    folder: TempDir,
}

/// A run node as YAML: its script, and what else it says.
pub fn step(id: &str, script: &str, more: &str) -> String {
    let script: String = script.lines().map(|line| format!("      {line}\n")).collect();
    let more: String = more.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "  - id: {id}\n    name: {id}\n    kind: run\n    application: web\n    environment: {{field: environment}}\n    releasers: [requester]\n    script: |\n{script}{more}"
    )
}

impl Fleet {
    pub async fn start(place: Where) -> Self {
        Self::with_lease(place, 15_000).await
    }

    /// Attempts of a server that is gone are another one's after so many milliseconds.
    pub async fn with_lease(place: Where, lease_ms: u64) -> Self {
        let site = match place {
            Where::Sqlite => None,
            Where::Postgres => Some(Site::new().await),
        };
        let folder = tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let server = launch(folder.path(), site.as_ref(), "first", lease_ms);
        Self::on(server, site, folder).await
    }

    /// A server that runs nothing on its own machine.
    pub async fn without_local_runner() -> Self {
        let folder = TempDir::new().unwrap();
        Self::on(Server::start_on(folder.path(), &[]), None, folder).await
    }

    async fn on(server: Server, site: Option<Site>, folder: TempDir) -> Self {
        let admin = Team::on(&server).await.admin;
        Self { admin, hosts: Vec::new(), server: Some(server), site, folder }
    }

    /// Ends the server as a power cut would, and starts it again on what it left.
    pub async fn is_killed(&mut self) {
        self.server.take().unwrap().kill();
        let server = launch(self.folder.path(), self.site.as_ref(), "first", 15_000);
        self.admin = self.admin.at(&server.url);
        self.server = Some(server);
    }

    /// A second server on the same database.
    pub fn second_server(&self) -> Server {
        launch(self.folder.path(), self.site.as_ref(), "second", 15_000)
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Makes hosts `web-01` … in the group `web`, whose keys are confirmed.
    pub async fn gets_hosts(&mut self, count: usize) {
        let line = self.admin.get("/api/inventory/identity").await.ok()["public_key"].as_str().unwrap().to_owned();
        self.admin.post("/api/host-groups", json!({"name": "web", "title": "Web"})).await.ok();
        for number in 1..=count {
            let sshd = Sshd::start();
            sshd.authorize(&line);
            let username = sshd.target().user;
            let new = json!({"name": format!("web-{number:02}"), "address": "127.0.0.1", "port": sshd.port(), "username": username, "groups": ["web"]});
            let host = self.admin.post("/api/hosts", new).await.ok();
            let pin = json!({"fingerprint": sshd.host_key().fingerprint()});
            self.admin.post(&format!("/api/hosts/{}/pin", host["id"]), pin).await.ok();
            self.hosts.push(sshd);
        }
    }

    /// Where the application's files are on a host.
    pub fn place(&self, host: usize) -> PathBuf {
        self.hosts[host].home().join("countersign/web/staging")
    }

    /// The home of scripts that run where the server runs.
    pub fn runner(&self) -> PathBuf {
        self.folder.path().join("first-runner")
    }

    /// Publishes a flow of these steps, one after the other, behind nothing; answers its name.
    pub async fn publishes(&self, steps: &[String]) -> String {
        self.publishes_behind("", &["start"], steps).await
    }

    /// The same behind other nodes.
    pub async fn publishes_behind(&self, nodes: &str, way: &[&str], steps: &[String]) -> String {
        let name = unique("release");
        let id = |step: &String| step.lines().next().unwrap().trim_start_matches("  - id: ").to_owned();
        let mut ids: Vec<String> = way.iter().map(|id| (*id).to_owned()).collect();
        ids.extend(steps.iter().map(id));
        ids.push("end".into());
        let links: String =
            ids.windows(2).map(|pair| format!("  - {{from: {}, to: {}}}\n", pair[0], pair[1])).collect();
        let yaml = format!(
            "flow: {name}\nname: {name}\ntitle: '{{version}}'\nform:\n  - {{id: version, label: Version, type: text, required: true}}\n  - {{id: environment, label: Environment, type: text, required: true}}\nnodes:\n  - {{id: start, name: Start, kind: start}}\n{nodes}{}  - {{id: end, name: End, kind: end}}\nlinks:\n{links}rules: {{withdraw: anytime}}\n",
            steps.concat()
        );
        self.admin.post("/api/flows", json!({"yaml": yaml})).await.ok();
        name
    }

    /// Submits an order and answers its id.
    pub async fn starts(&self, flow: &str, version: &str) -> i64 {
        let new = json!({"command": unique("draft"), "flow": flow});
        let order = self.admin.post("/api/orders", new).await.ok()["id"].as_i64().unwrap();
        let form = json!({"version": version, "environment": "staging"});
        let submit = json!({"command": unique("submit"), "form": form});
        self.admin.post(&format!("/api/orders/{order}/submit"), submit).await.ok();
        order
    }

    pub async fn runs(&self, order: i64) -> Value {
        self.admin.get(&format!("/api/orders/{order}/runs")).await.ok()
    }

    /// The latest attempt of a node.
    pub async fn run(&self, order: i64, node: &str) -> Value {
        let runs = self.runs(order).await;
        runs["runs"].as_array().unwrap().iter().find(|run| run["node"] == node).cloned().unwrap_or_default()
    }

    pub async fn decides(&self, order: i64, action: Value) {
        self.admin.does(json!({"type": "decide", "order": order, "move": action})).await;
    }

    /// Waits until a node's latest attempt is as wanted, and answers it.
    pub async fn until(&self, order: i64, node: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            let mut after = 0;
            loop {
                let run = self.run(order, node).await;
                if wanted(&run) {
                    return run;
                }
                let path = format!("/api/orders/{order}/diagram/changes?after={after}&wait=1");
                let changes = self.admin.get(&path).await.ok();
                after = changes["last_seq"].as_i64().unwrap();
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(run) => run,
            Err(_) => {
                panic!("{node} did not get there: {:#}\n{}", self.run(order, node).await, self.server().own_log())
            }
        }
    }

    /// Waits until a node's latest attempt is in this state.
    pub async fn gets(&self, order: i64, node: &str, state: &str) -> Value {
        self.until(order, node, |run| run["state"] == state).await
    }

    /// Waits until the order has ended, and answers how.
    pub async fn ends(&self, order: i64) -> String {
        let ended = async {
            let mut after = 0;
            loop {
                let view = self.admin.get(&format!("/api/orders/{order}")).await.ok();
                let status = view["summary"]["status"].as_str().unwrap().to_owned();
                if !["running", "returned", "cancelling"].contains(&status.as_str()) {
                    return status;
                }
                let path = format!("/api/orders/{order}/diagram/changes?after={after}&wait=1");
                after = self.admin.get(&path).await.ok()["last_seq"].as_i64().unwrap();
            }
        };
        match tokio::time::timeout(PATIENCE, ended).await {
            Ok(status) => status,
            Err(_) => panic!("the order did not end: {:#}\n{}", self.runs(order).await, self.server().own_log()),
        }
    }

    /// Everything that a host of an attempt wrote; the only one, or the one of this name.
    pub async fn text(&self, run: &Value, host: Option<&str>) -> String {
        let hosts = run["hosts"].as_array().unwrap();
        let host = hosts.iter().find(|known| host.is_none() || known["host"].as_str() == host).unwrap();
        let log = host["output"]["log"].as_str().unwrap();
        let request = self.admin.request(http::Method::GET, &format!("/api/outputs/{log}/text"));
        request.send().await.unwrap().text().await.unwrap()
    }
}

fn launch(folder: &Path, site: Option<&Site>, name: &str, lease_ms: u64) -> Server {
    let lease_ms = lease_ms.to_string();
    let local = folder.join(format!("{name}-runner"));
    let local = local.to_str().unwrap();
    let mut options =
        vec!["--local-runner", "--local-folder", local, "--lease-ms", &lease_ms, "--commands-per-second", "100000"];
    let shared = site.map(Site::options);
    let shared = shared.iter().flatten().map(String::as_str);
    options.extend(shared);
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    Server::start_on(&folder, &options)
}
