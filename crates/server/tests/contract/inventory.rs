use countersign::accounts::AdminEventFilter;
use countersign::inventory::{Inventory, NewHost, NewSecret, Refusal, SecretChanges, SecretGrant};
use countersign::log::Log;
use countersign::vault::{Failure, Vault};

use crate::team::Team;

crate::on_both_databases!(
    a_secret_is_given_to_what_it_was_granted_to_and_to_nothing_else,
    a_vault_opens_with_its_own_key_only,
    nodes_that_start_at_once_share_a_key_and_an_identity,
    the_hosts_of_a_group_come_by_name,
    a_change_and_the_event_that_tells_of_it_are_one,
);

async fn vault(team: &Team) -> Vault {
    Vault::open(&team.log, &team.folder().join("keys/vault.key")).await.unwrap()
}

async fn inventory(team: &Team) -> Inventory {
    Inventory::open(team.log.clone(), team.accounts.clone(), vault(team).await, None).await.unwrap()
}

fn grant(application: &str, environment: &str) -> SecretGrant {
    SecretGrant { application: application.into(), environment: environment.into() }
}

fn secret(name: &str, value: &str, grants: Vec<SecretGrant>) -> NewSecret {
    NewSecret { name: name.into(), value: value.into(), note: String::new(), grants }
}

async fn a_secret_is_given_to_what_it_was_granted_to_and_to_nothing_else(team: Team) {
    let inventory = inventory(&team).await;
    let both = vec![grant("web", "staging"), grant("api", "*")];
    let id = inventory.create_secret(&team.admin, secret("TOKEN", "first value", both)).await.unwrap().id;
    inventory.create_secret(&team.admin, secret("OTHER", "other value", vec![grant("*", "*")])).await.unwrap();
    let given = async |application, environment| {
        let names = ["TOKEN".to_owned(), "OTHER".to_owned()];
        inventory.secrets_for(application, environment, &names).await
    };
    let values = given(Some("web"), Some("staging")).await.unwrap();
    let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(values, [value("TOKEN", "first value"), value("OTHER", "other value")]);
    assert!(given(Some("api"), Some("production")).await.is_ok());
    for (application, environment) in [(Some("web"), Some("production")), (Some("web"), None), (None, None)] {
        let refused = given(application, environment).await.unwrap_err();
        assert!(matches!(&refused, Refusal::SecretNotGranted { name, .. } if name == "TOKEN"), "{refused}");
    }
    let changes = SecretChanges { value: Some("second value".into()), ..SecretChanges::default() };
    inventory.change_secret(&team.admin, id, changes).await.unwrap();
    assert_eq!(given(Some("web"), Some("staging")).await.unwrap()[0].1, "second value");
    inventory.delete_secret(&team.admin, id).await.unwrap();
    let refused = given(Some("web"), Some("staging")).await.unwrap_err();
    assert!(matches!(refused, Refusal::SecretNotFound { name } if name == "TOKEN"));
}

async fn a_vault_opens_with_its_own_key_only(team: Team) {
    let first = vault(&team).await;
    let sealed = first.seal("a", b"value").unwrap();
    assert!(matches!(first.unseal("b", &sealed), Err(Failure::Damaged(name)) if name == "b"));
    assert_eq!(vault(&team).await.unseal("a", &sealed).unwrap(), b"value");
    // A lost key is not replaced by a new one.
    let path = team.folder().join("elsewhere/vault.key");
    assert!(matches!(Vault::open(&team.log, &path).await, Err(Failure::Missing(_))));
    assert!(!path.exists());
    let path = team.folder().join("other.key");
    std::fs::write(&path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert!(matches!(Vault::open(&team.log, &path).await, Err(Failure::WrongKey(_))));
}

async fn nodes_that_start_at_once_share_a_key_and_an_identity(team: Team) {
    let nodes = if team.is_postgres() { 4 } else { 1 };
    let mut logs = vec![team.log.clone()];
    for _ in 1..nodes {
        logs.push(Log::start(team.opens_again().await, 1).0);
    }
    let path = team.folder().join("keys/vault.key");
    let open = |log: Log| {
        let (accounts, path) = (team.accounts.clone(), path.clone());
        async move {
            let vault = Vault::open(&log, &path).await.unwrap();
            Inventory::open(log, accounts, vault, None).await.unwrap()
        }
    };
    let inventories = futures_util::future::join_all(logs.into_iter().map(open)).await;
    let mut lines = Vec::new();
    for inventory in inventories {
        lines.push(inventory.public_line(&team.admin).await.unwrap());
    }
    assert!(lines[0].starts_with("ssh-ed25519 ") && lines.iter().all(|line| *line == lines[0]));
}

fn host(name: &str, address: &str) -> NewHost {
    NewHost {
        name: name.into(),
        address: address.into(),
        port: 22,
        username: "deploy".into(),
        labels: vec![],
        note: String::new(),
        groups: vec!["web".into()],
    }
}

async fn the_hosts_of_a_group_come_by_name(team: Team) {
    let inventory = inventory(&team).await;
    assert!(matches!(inventory.hosts_in("web").await, Err(Refusal::NoSuchGroup { group }) if group == "web"));
    inventory.create_host_group(&team.admin, "web", "Web", vec![]).await.unwrap();
    assert!(matches!(inventory.hosts_in("web").await, Err(Refusal::GroupEmpty { group }) if group == "web"));
    for name in ["web-2", "web-10", "web-1"] {
        inventory.create_host(&team.admin, host(name, "192.0.2.1")).await.unwrap();
    }
    let hosts = inventory.hosts_in("web").await.unwrap();
    assert_eq!(hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["web-1", "web-10", "web-2"]);
    assert!(matches!(inventory.host_target("web-3").await, Err(Refusal::NoSuchHost { .. })));
    inventory.create_host(&team.admin, host("here", "local")).await.unwrap();
    assert!(matches!(inventory.hosts_in("web").await, Err(Refusal::LocalRunnerOff)));
}

async fn a_change_and_the_event_that_tells_of_it_are_one(team: Team) {
    let inventory = inventory(&team).await;
    let person = team.person("ann").await;
    inventory.create_host_group(&team.admin, "web", "Web", vec![]).await.unwrap();
    inventory.create_host(&team.admin, host("web-1", "192.0.2.1")).await.unwrap();
    inventory.create_host(&team.admin, host("web-1", "192.0.2.2")).await.unwrap_err();
    inventory.create_host(&person, host("web-2", "192.0.2.2")).await.unwrap_err();
    let events = async |filter: AdminEventFilter| {
        let (events, has_more) = team.accounts.admin_events(&team.admin, filter).await.unwrap();
        let what = |event: countersign::accounts::AdminEvent| (event.what, event.subject, event.id);
        (events.into_iter().map(what).collect::<Vec<_>>(), has_more)
    };
    let of = |what: &str| AdminEventFilter { what: Some(what.into()), ..AdminEventFilter::default() };
    assert_eq!(events(of("host")).await.0.len(), 1);
    assert_eq!(events(of("host.deleted")).await.0.len(), 0);
    let (all, has_more) = events(AdminEventFilter::default()).await;
    let names: Vec<_> = all.iter().map(|(what, subject, _)| (what.as_str(), subject.as_str())).collect();
    let [host, group, person, admin] = names[..] else { panic!("{names:?}") };
    assert_eq!((host, group), (("host.created", "web-1"), ("host_group.created", "web")));
    assert_eq!((person, admin, has_more), (("person.created", "ann"), ("person.created", "admin"), false));
    let page = AdminEventFilter { before: Some(all[0].2), limit: Some(2), ..AdminEventFilter::default() };
    let (page, has_more) = events(page).await;
    assert_eq!((page, has_more), (all[1..3].to_vec(), true));
    let mine = AdminEventFilter { who: Some(team.admin.id()), from: Some(0), ..AdminEventFilter::default() };
    assert_eq!(events(mine).await.0.len(), 3);
    assert_eq!(events(AdminEventFilter { until: Some(1), ..AdminEventFilter::default() }).await.0.len(), 0);
}
