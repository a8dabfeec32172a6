use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign::accounts::Accounts;
use countersign::hooks::{Answer, DeliveryResult, Envelope, HookKind, Hooks, NewHook, Refusal};
use countersign::log::Log;
use countersign::orders::Orders;
use countersign::vault::Vault;
use futures_util::future::join_all;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::team::Team;

crate::on_both_databases!(a_delivery_that_comes_to_all_nodes_at_once_starts_one_order);

const FLOW: &str = r#"
flow: pushed
name: {zh: 推送, en: Pushed}
title: '{what}'
form:
  - {id: what, label: What, type: text, required: true}
nodes:
  - {id: start, name: Start, kind: start}
  - {id: ask, name: Ask, kind: approve, who: [{group: askers}]}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: ask}
  - {from: ask, to: end}
"#;

/// The service on a node of the team's database.
async fn hooks(team: &Team, log: Log) -> Hooks {
    let vault = Vault::open(&log, &team.folder().join("vault.key")).await.unwrap();
    let accounts = Accounts::new(log.clone());
    Hooks::new(log.clone(), accounts.clone(), Orders::new(log, accounts), vault)
}

fn envelope(secret: &str, id: &str, body: &str) -> Envelope {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(format!("{id}.{now}.{body}")).finalize();
    Envelope {
        webhook_id: Some(id.into()),
        webhook_timestamp: Some(now.to_string()),
        webhook_signature: Some(format!("v1,{}", STANDARD.encode(mac.into_bytes()))),
        ..Envelope::default()
    }
}

async fn a_delivery_that_comes_to_all_nodes_at_once_starts_one_order(team: Team) {
    let person = team.person("ann").await;
    team.accounts.create_group(&team.admin, "askers", "Askers", vec![team.admin.id()]).await.unwrap();
    team.orders.publish_flow(&team.admin, FLOW.into(), "").await.unwrap();
    let mut nodes = vec![hooks(&team, team.log.clone()).await];
    if team.is_postgres() {
        nodes.push(hooks(&team, team.second_node().await.0).await);
    }
    let new = NewHook {
        name: "push".into(),
        kind: HookKind::Standard,
        flow: "pushed".into(),
        account: person.id(),
        filter: String::new(),
        fields: [("what".to_owned(), "payload.what".to_owned())].into(),
    };
    let (_, secret) = nodes[0].create_hook(&team.admin, new).await.unwrap();
    let body = r#"{"what": "x"}"#;
    // Several deliveries, so that nodes that stand in each other's way are tried, too.
    let ids: Vec<String> = (0..6).map(|number| format!("msg_{}", number % 3)).collect();
    let sends = ids.iter().flat_map(|id| nodes.iter().map(move |node| (id, node)));
    let answers: Vec<Result<Answer, Refusal>> =
        join_all(sends.map(|(id, node)| node.deliver("push", envelope(&secret, id, body), body.as_bytes()))).await;
    let answers: Vec<Answer> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 3);
    assert!(answers.iter().all(|answer| answer.result == DeliveryResult::Started));
    let orders: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.order).collect();
    assert_eq!(orders.len(), 3);
}
