use countersign::accounts::{Caller, Grant, Permission, Role};
use countersign::orders::{FlowDraft, Refusal};
use futures_util::future::join_all;

use crate::team::Team;

crate::on_both_databases!(
    a_draft_is_shared_by_those_who_design_flows,
    nobody_overwrites_what_they_have_not_seen,
    one_of_eight_who_save_at_once_is_kept,
    a_save_can_be_repeated,
    a_revision_is_never_given_twice,
    a_draft_ends_when_its_text_is_published,
    only_designers_see_drafts,
    a_draft_has_bounds,
);

const FLOW: &str = "
flow: simple
name: {zh: 简单, en: Simple}
nodes:
  - {id: start, name: Start, kind: start}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: end}
";

/// A member who may design flows.
async fn designer(team: &Team, name: &str) -> Caller {
    let designer = team.person(name).await;
    let grant = Grant { permission: Permission::DesignFlows, application: None, environment: None };
    team.accounts.set_permissions(&team.admin, designer.id(), vec![grant]).await.unwrap();
    designer
}

async fn saves(team: &Team, who: &Caller, yaml: &str, base: Option<i64>) -> Result<i64, Refusal> {
    team.orders.save_flow_draft(who, "simple", yaml.to_owned(), base).await
}

async fn draft(team: &Team) -> FlowDraft {
    team.orders.flow_draft(&team.admin, "simple").await.unwrap()
}

async fn a_draft_is_shared_by_those_who_design_flows(team: Team) {
    let ann = designer(&team, "ann").await;
    let revision = saves(&team, &ann, FLOW, None).await.unwrap();
    let kept = draft(&team).await;
    assert_eq!((kept.yaml.as_str(), kept.revision, kept.saved_by), (FLOW, revision, ann.id()));
    assert_eq!((kept.base_version, kept.newest_version), (None, None));
    let next = saves(&team, &team.admin, "half a fl", Some(revision)).await.unwrap();
    assert!(next > revision);
    let listed = team.orders.flow_drafts(&ann).await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|draft| (draft.flow.as_str(), draft.revision, draft.name.is_some())).collect();
    assert_eq!(listed, [("simple", next, false)]);
    saves(&team, &ann, FLOW, Some(next)).await.unwrap();
    let listed = team.orders.flow_drafts(&ann).await.unwrap();
    assert_eq!(listed[0].name.as_ref().unwrap().in_language("zh"), "简单");
}

async fn nobody_overwrites_what_they_have_not_seen(team: Team) {
    let ann = designer(&team, "ann").await;
    let first = saves(&team, &ann, "one", None).await.unwrap();
    let second = saves(&team, &ann, "two", Some(first)).await.unwrap();
    for base in [None, Some(first), Some(second + 1), Some(0)] {
        let refused = saves(&team, &team.admin, "three", base).await.unwrap_err();
        let Refusal::DraftChanged(there) = refused else { panic!("{refused}") };
        assert_eq!((there.revision, there.by), (Some(second), Some(ann.id())));
        assert!(there.at.is_some());
    }
    let stale = team.orders.discard_flow_draft(&team.admin, "simple", Some(first)).await.unwrap_err();
    assert!(matches!(stale, Refusal::DraftChanged(_)), "{stale}");
    assert_eq!(draft(&team).await.yaml, "two");
}

async fn one_of_eight_who_save_at_once_is_kept(team: Team) {
    let first = saves(&team, &team.admin, "one", None).await.unwrap();
    let texts: Vec<String> = (0..8).map(|number| format!("text {number}")).collect();
    let saved = join_all(texts.iter().map(|text| saves(&team, &team.admin, text, Some(first)))).await;
    let kept = draft(&team).await;
    let good: Vec<_> =
        saved.iter().zip(&texts).filter_map(|(saved, text)| Some((saved.as_ref().ok()?, text))).collect();
    assert_eq!(good, [(&kept.revision, &kept.yaml)]);
    let refused = saved.into_iter().filter_map(Result::err);
    for refusal in refused {
        let Refusal::DraftChanged(there) = refusal else { panic!("{refusal}") };
        assert_eq!(there.revision, Some(kept.revision));
    }
}

async fn a_save_can_be_repeated(team: Team) {
    let first = saves(&team, &team.admin, "one", None).await.unwrap();
    assert_eq!(saves(&team, &team.admin, "one", None).await.unwrap(), first);
    let second = saves(&team, &team.admin, "two", Some(first)).await.unwrap();
    assert_eq!(saves(&team, &team.admin, "two", Some(first)).await.unwrap(), second);
    assert_eq!(draft(&team).await.revision, second);
}

async fn a_revision_is_never_given_twice(team: Team) {
    let first = saves(&team, &team.admin, "one", None).await.unwrap();
    team.orders.discard_flow_draft(&team.admin, "simple", Some(first)).await.unwrap();
    let gone = saves(&team, &team.admin, "two", Some(first)).await.unwrap_err();
    assert!(matches!(gone, Refusal::DraftChanged(there) if there.revision.is_none()));
    let anew = saves(&team, &team.admin, "three", None).await.unwrap();
    assert!(anew > first);
    assert!(saves(&team, &team.admin, "four", Some(first)).await.is_err());
    let missing = team.orders.discard_flow_draft(&team.admin, "other", None).await.unwrap_err();
    assert!(matches!(missing, Refusal::FlowDraftNotFound), "{missing}");
}

async fn a_draft_ends_when_its_text_is_published(team: Team) {
    saves(&team, &team.admin, FLOW, None).await.unwrap();
    let longer = format!("{FLOW}description: Short\n");
    team.orders.publish_flow(&team.admin, longer.clone(), "").await.unwrap();
    let kept = draft(&team).await;
    assert_eq!((kept.yaml.as_str(), kept.base_version, kept.newest_version), (FLOW, None, Some(1)), "another text");
    team.orders.publish_flow(&team.admin, FLOW.to_owned(), "").await.unwrap();
    let gone = team.orders.flow_draft(&team.admin, "simple").await.unwrap_err();
    assert!(matches!(gone, Refusal::FlowDraftNotFound), "{gone}");
    saves(&team, &team.admin, &longer, None).await.unwrap();
    assert_eq!(draft(&team).await.base_version, Some(2));
}

async fn only_designers_see_drafts(team: Team) {
    saves(&team, &team.admin, FLOW, None).await.unwrap();
    for outsider in [team.person("mia").await, team.person_with_role("guy", Role::Guest).await] {
        let refusals = [
            saves(&team, &outsider, FLOW, None).await.err(),
            team.orders.flow_draft(&outsider, "simple").await.err(),
            team.orders.flow_drafts(&outsider).await.err(),
            team.orders.discard_flow_draft(&outsider, "simple", None).await.err(),
            team.orders.editing(&outsider, "simple", None, true).await.err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Some(Refusal::NotPermitted)), "{refusal:?}");
        }
    }
    assert_eq!(draft(&team).await.yaml, FLOW);
}

async fn a_draft_has_bounds(team: Team) {
    let limit = 512 * 1024;
    assert!(saves(&team, &team.admin, &"x".repeat(limit + 1), None).await.is_err());
    assert!(saves(&team, &team.admin, "a\0b", None).await.is_err());
    saves(&team, &team.admin, &"x".repeat(limit), None).await.unwrap();
    for name in ["", "Upper", "a b", "-a", &"a".repeat(65)] {
        assert!(team.orders.save_flow_draft(&team.admin, name, "x".to_owned(), None).await.is_err(), "{name:?}");
    }
    for number in 1..200 {
        team.orders.save_flow_draft(&team.admin, &format!("flow-{number}"), "x".to_owned(), None).await.unwrap();
    }
    assert!(team.orders.save_flow_draft(&team.admin, "one-more", "x".to_owned(), None).await.is_err());
    assert_eq!(team.orders.flow_drafts(&team.admin).await.unwrap().len(), 200);
}
