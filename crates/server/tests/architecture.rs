//! Which way imports go. What stands higher may use what stands lower, never the other way round.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From the lowest to the highest.
const LAYERS: [&str; 13] = [
    "db",
    "log",
    "tally",
    "vault",
    "audit",
    "accounts",
    "outbox",
    "inventory",
    "rooms",
    "orders",
    "releases",
    "hooks",
    "web",
];

/// What everybody may use. These know nothing of the layers.
const BASE: [&str; 7] = ["chain", "clock", "config", "outgoing", "stop", "storage", "text"];

/// What starts the product knows all of it.
const OUTERMOST: [&str; 7] = ["app", "backup", "cli", "flow_command", "lib", "local_runner", "main"];

/// A source file, the module below `src` that it belongs to, and its lines without comments.
struct Source {
    path: PathBuf,
    module: String,
    lines: Vec<String>,
}

fn sources(folder: &Path) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().map(|line| line.split("//").next().unwrap().to_owned()).collect();
                sources.push(Source { path, module, lines });
            }
        }
    }
    assert!(!sources.is_empty());
    sources
}

/// The names that follow `prefix` where it begins a path, as `log` in `crate::log::Entry`.
fn names_after<'a>(line: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(prefix).filter_map(move |(at, _)| {
        let begins = !line[..at].ends_with(|c: char| is_name(c) || c == ':');
        let rest = &line[at + prefix.len()..];
        begins.then(|| &rest[..rest.find(|c: char| !is_name(c)).unwrap_or(rest.len())])
    })
}

/// The modules that a module may use beside itself.
fn allowed(module: &str) -> BTreeSet<&str> {
    let mut allowed: BTreeSet<&str> = BASE.into();
    let height = LAYERS.iter().position(|layer| *layer == module).unwrap_or(0);
    allowed.extend(&LAYERS[..height]);
    allowed.insert(module);
    if LAYERS.contains(&module) {
        // The macro for parameters stands at the root, but it is the database's.
        allowed.insert("values");
    }
    if module == "web" {
        // Where a connection comes from is known by what accepted it.
        allowed.insert("tls");
    }
    allowed
}

#[test]
fn every_module_has_its_place() {
    for source in sources(Path::new("src")) {
        let module = source.module.as_str();
        let known = LAYERS.contains(&module) || BASE.contains(&module) || OUTERMOST.contains(&module);
        assert!(known || module == "tls", "give {} a place in this test", source.path.display());
    }
}

#[test]
fn imports_go_from_the_web_down_to_the_database_and_never_back() {
    for source in sources(Path::new("src")).iter().filter(|source| !OUTERMOST.contains(&source.module.as_str())) {
        let allowed = allowed(&source.module);
        for (number, line) in source.lines.iter().enumerate() {
            for used in names_after(line, "crate::") {
                assert!(allowed.contains(used), "{}:{} uses {used}", source.path.display(), number + 1);
            }
            assert!(!line.contains("super::super"), "{}:{} leaves its module", source.path.display(), number + 1);
        }
    }
}

#[test]
fn only_the_outermost_modules_know_http() {
    for source in sources(Path::new("src")) {
        for (number, line) in source.lines.iter().enumerate() {
            for library in ["axum", "http", "hyper", "hyper_util", "tower", "tower_http", "tokio_rustls"] {
                let uses = names_after(line, &format!("{library}::")).next().is_some();
                // A public address that is configured is read as the address that it is.
                let may = match source.module.as_str() {
                    "app" | "tls" | "web" => true,
                    "config" => library == "http",
                    _ => false,
                };
                assert!(!uses || may, "{}:{} uses {library}", source.path.display(), number + 1);
            }
        }
    }
}

#[test]
fn the_library_knows_nothing_of_the_product_or_its_database() {
    for source in sources(Path::new("../channels/src")) {
        for (number, line) in source.lines.iter().enumerate() {
            for name in ["countersign", "sea_orm", "accounts", "LogId"] {
                assert!(!line.contains(name), "{}:{} knows {name}", source.path.display(), number + 1);
            }
        }
    }
}

#[test]
fn a_path_is_seen_wherever_it_stands() {
    let names = |line| names_after(line, "crate::").collect::<Vec<_>>();
    assert_eq!(names("use crate::log::{Entry, Tx};"), ["log"]);
    assert_eq!(names("fn f(a: crate::web::Web, b: &crate::db::Sql)"), ["web", "db"]);
    assert_eq!(names("use crate::{log, web};"), [""]);
    assert_eq!(names("use mycrate::log;"), [] as [&str; 0]);
}
