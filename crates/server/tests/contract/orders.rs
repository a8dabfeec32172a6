use countersign::accounts::{Caller, NewAbsence, PersonChanges};
use countersign::orders::{
    Cursor, Draft, Filter, Mismatch, OrderBox, OrderCommand, OrderStatus, OrderSummary, Refusal,
};
use countersign::rooms::Command;
use flow::Action;
use futures_util::future::join_all;
use serde_json::json;

use crate::team::{Team, command};

crate::on_both_databases!(
    an_order_goes_from_a_draft_to_its_approval,
    a_draft_is_seen_by_its_requester_only,
    one_of_eight_who_decide_at_once_wins,
    the_last_of_eight_signers_move_the_order_on_once,
    approving_and_withdrawing_at_once_has_one_result,
    a_command_that_is_given_twice_is_done_once,
    a_hidden_field_is_nowhere_where_it_should_not_be,
    orders_that_are_submitted_at_once_get_different_numbers,
    whoever_stands_in_for_somebody_is_asked_instead,
    a_timer_fires_by_itself,
    orders_are_found_by_words_and_only_by_those_who_have_a_part,
    a_box_goes_on_where_the_page_before_ended,
    an_order_stays_on_its_version,
    a_move_can_be_written_into_the_talk,
    the_tasks_of_a_closed_account_go_to_somebody_else,
    what_was_changed_past_the_server_is_found,
    a_run_that_never_began_is_stopped_at_once,
);

const SIMPLE: &str = r#"
flow: simple
name: {zh: 简单, en: Simple}
title: '{what}'
form:
  - {id: what, label: What, type: text, required: true}
  - {id: secret, label: Secret, type: text}
nodes:
  - {id: start, name: Start, kind: start}
  - {id: ask, name: Ask, kind: approve, who: [{group: askers}], rule: RULE, fields: {secret: hidden}}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: ask}
  - {from: ask, to: end}
"#;

/// A flow in which a group is asked, by a rule.
async fn publish(team: &Team, rule: &str, askers: &[&Caller]) {
    let people = askers.iter().map(|asker| asker.id()).collect();
    team.accounts.create_group(&team.admin, "askers", "Askers", people).await.unwrap();
    team.orders.publish_flow(&team.admin, SIMPLE.replace("RULE", rule), "").await.unwrap();
}

async fn people<const N: usize>(team: &Team) -> [Caller; N] {
    let mut people = Vec::new();
    for number in 0..N {
        people.push(team.person(&format!("p{number}")).await);
    }
    people.try_into().unwrap()
}

fn form(what: &str) -> Draft {
    let form = json!({ "what": what, "secret": "nobody's business" });
    Draft { form: serde_json::from_value(form).unwrap(), ..Draft::default() }
}

async fn submits(team: &Team, requester: &Caller, what: &str) -> OrderSummary {
    let draft = team.orders.create_draft(requester, command(), "simple", Draft::default()).await.unwrap();
    team.orders.submit(requester, draft.id, command(), form(what)).await.unwrap()
}

fn approve() -> Action {
    Action::Approve { task: None, comment: None, form: None }
}

async fn decides(team: &Team, who: &Caller, order: i64, action: Action) -> Result<Option<i64>, Refusal> {
    let decide = OrderCommand::Decide { command: command(), order, action };
    team.orders.decide(who, decide).await.map(|ack| ack.seq)
}

async fn listed(team: &Team, who: &Caller, which: OrderBox) -> Vec<i64> {
    let (orders, _) = team.orders.orders(who, which, Filter::default(), None, 50).await.unwrap();
    orders.into_iter().map(|order| order.id).collect()
}

async fn status(team: &Team, who: &Caller, order: i64) -> OrderStatus {
    team.orders.order_summary(who, order).await.unwrap().status
}

/// Everything that was kept is what the events give.
async fn nothing_is_amiss(team: &Team) {
    assert_eq!(team.orders.mismatches(10).await.unwrap(), []);
}

async fn an_order_goes_from_a_draft_to_its_approval(team: Team) {
    let [requester, first, second] = people(&team).await;
    publish(&team, "all", &[&first, &second]).await;
    let order = submits(&team, &requester, "a chair").await;
    assert_eq!((order.status, order.number, order.title.en.as_str()), (OrderStatus::Running, Some(1001), "a chair"));
    assert_eq!(order.waiting_for, [first.id(), second.id()]);
    assert_eq!(listed(&team, &first, OrderBox::Waiting).await, [order.id]);
    assert_eq!(listed(&team, &requester, OrderBox::Mine).await, [order.id]);
    decides(&team, &first, order.id, approve()).await.unwrap();
    assert_eq!(listed(&team, &first, OrderBox::Waiting).await, [0; 0]);
    assert_eq!(listed(&team, &first, OrderBox::Done).await, [order.id]);
    decides(&team, &second, order.id, approve()).await.unwrap();
    assert_eq!(status(&team, &requester, order.id).await, OrderStatus::Approved);
    let kinds: Vec<String> = team.entries(order.id).await.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, ["membership", "order", "order", "order"]);
    let feed: Vec<String> = team.entries(first.feed).await.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(feed, ["task", "task"]);
    nothing_is_amiss(&team).await;
}

async fn a_draft_is_seen_by_its_requester_only(team: Team) {
    let [requester, other] = people(&team).await;
    publish(&team, "any", &[&other]).await;
    let draft = team.orders.create_draft(&requester, command(), "simple", form("x")).await.unwrap();
    assert_eq!(team.orders.view(&requester, draft.id).await.unwrap().form["what"], "x");
    for stranger in [&other, &team.admin] {
        let refused = team.orders.view(stranger, draft.id).await.unwrap_err();
        assert!(matches!(refused, Refusal::OrderNotFound));
        let refused = team.orders.submit(stranger, draft.id, command(), form("x")).await.unwrap_err();
        assert!(matches!(refused, Refusal::OrderNotFound));
    }
    assert!(matches!(decides(&team, &requester, draft.id, approve()).await, Err(Refusal::IsDraft)));
    team.orders.discard_draft(&requester, draft.id).await.unwrap();
    assert!(matches!(team.orders.view(&requester, draft.id).await, Err(Refusal::OrderNotFound)));
    assert_eq!(listed(&team, &requester, OrderBox::Mine).await, [0; 0]);
}

async fn one_of_eight_who_decide_at_once_wins(team: Team) {
    let [requester, askers @ ..] = people::<9>(&team).await;
    publish(&team, "any", &askers.iter().collect::<Vec<_>>()).await;
    let order = submits(&team, &requester, "a race").await;
    let decisions = join_all(askers.iter().map(|asker| decides(&team, asker, order.id, approve()))).await;
    assert_eq!(decisions.iter().filter(|decision| decision.is_ok()).count(), 1);
    for refusal in decisions.into_iter().filter_map(Result::err) {
        let Refusal::Decided { name, refusal } = refusal else { panic!("{refusal}") };
        assert!(name.starts_with('p'), "{refusal}");
    }
    assert_eq!(status(&team, &requester, order.id).await, OrderStatus::Approved);
    nothing_is_amiss(&team).await;
}

async fn the_last_of_eight_signers_move_the_order_on_once(team: Team) {
    let [requester, askers @ ..] = people::<9>(&team).await;
    publish(&team, "all", &askers.iter().collect::<Vec<_>>()).await;
    let order = submits(&team, &requester, "everybody").await;
    let decisions = join_all(askers.iter().map(|asker| decides(&team, asker, order.id, approve()))).await;
    assert!(decisions.iter().all(Result::is_ok));
    assert_eq!(status(&team, &requester, order.id).await, OrderStatus::Approved);
    // One entry for the submission and one for each signer: the end came with the last of them.
    assert_eq!(team.entries(order.id).await.iter().filter(|(_, kind)| kind == "order").count(), 9);
    nothing_is_amiss(&team).await;
}

async fn approving_and_withdrawing_at_once_has_one_result(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    for _ in 0..8 {
        let order = submits(&team, &requester, "now or never").await;
        let withdraw = Action::Withdraw { reason: String::new() };
        let (approved, withdrawn) =
            tokio::join!(decides(&team, &asker, order.id, approve()), decides(&team, &requester, order.id, withdraw));
        let expected = match (approved.is_ok(), withdrawn.is_ok()) {
            (true, false) => OrderStatus::Approved,
            (false, true) => OrderStatus::Withdrawn,
            both => panic!("{both:?}"),
        };
        assert_eq!(status(&team, &requester, order.id).await, expected);
    }
    nothing_is_amiss(&team).await;
}

async fn a_command_that_is_given_twice_is_done_once(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let draft = team.orders.create_draft(&requester, command(), "simple", Draft::default()).await.unwrap();
    let id = command();
    let submit = || team.orders.submit(&requester, draft.id, id.clone(), form("twice"));
    let (first, second) = tokio::join!(submit(), submit());
    assert_eq!(first.unwrap().number, second.unwrap().number);
    let id = command();
    let decide = || {
        let decide = OrderCommand::Decide { command: id.clone(), order: draft.id, action: approve() };
        team.orders.decide(&asker, decide)
    };
    let (first, second) = tokio::join!(decide(), decide());
    assert_eq!(first.unwrap(), second.unwrap());
    nothing_is_amiss(&team).await;
}

async fn a_hidden_field_is_nowhere_where_it_should_not_be(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "a secret").await;
    let view = team.orders.view(&asker, order.id).await.unwrap();
    assert_eq!((view.form.contains_key("secret"), view.hidden), (false, vec!["secret".to_owned()]));
    assert!(!team.orders.form_version(&asker, order.id, 1).await.unwrap().0.contains_key("secret"));
    assert!(team.orders.view(&requester, order.id).await.unwrap().form.contains_key("secret"));
    assert!(!team.kept_text(order.id).await.contains("nobody's business"));
    let filter = Filter { query: Some("business".into()), ..Filter::default() };
    let (found, _) = team.orders.orders(&requester, OrderBox::All, filter, None, 50).await.unwrap();
    assert!(found.is_empty());
}

async fn orders_that_are_submitted_at_once_get_different_numbers(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let orders = join_all((0..20).map(|_| submits(&team, &requester, "many"))).await;
    let mut numbers: Vec<i64> = orders.iter().filter_map(|order| order.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1001..=1020).collect::<Vec<_>>());
}

async fn whoever_stands_in_for_somebody_is_asked_instead(team: Team) {
    let [requester, away, stand_in] = people(&team).await;
    publish(&team, "any", &[&away]).await;
    let now = countersign::clock::now_ms();
    let absence = NewAbsence {
        person: away.id(),
        to: stand_in.id(),
        flow: None,
        from_at: now - 1000,
        until_at: now + 3_600_000,
        reason: "holidays".into(),
    };
    let absence = team.accounts.create_absence(&away, absence).await.unwrap();
    let order = submits(&team, &requester, "while away").await;
    assert_eq!(order.waiting_for, [stand_in.id()]);
    team.accounts.end_absence(&away, absence.id).await.unwrap();
    assert_eq!(submits(&team, &requester, "back again").await.waiting_for, [away.id()]);
    let closed = PersonChanges { active: Some(false), ..PersonChanges::default() };
    team.accounts.change_person(&team.admin, away.id(), closed).await.unwrap();
    // Nobody stands in and nobody leads them: an administrator is asked, and the order never stands still.
    assert_eq!(submits(&team, &requester, "gone").await.waiting_for, [team.admin.id()]);
    nothing_is_amiss(&team).await;
}

async fn a_timer_fires_by_itself(team: Team) {
    let [requester] = people(&team).await;
    let yaml = "flow: simple\nname: Pause\nform: [{id: what, label: What, type: text}, {id: secret, label: S, type: text}]\nnodes: [{id: start, name: S, kind: start}, {id: pause, name: P, kind: wait, for: 1s}, {id: end, name: E, kind: end}]\nlinks: [{from: start, to: pause}, {from: pause, to: end}]\n";
    team.orders.publish_flow(&team.admin, yaml.into(), "").await.unwrap();
    let order = submits(&team, &requester, "a pause").await;
    assert_eq!(order.status, OrderStatus::Running);
    let (stopper, stop) = countersign::stop::stop();
    let mut follower = countersign::log::Follower::new(&team.log, requester.id(), requester.session);
    follower.follow_from(countersign::log::LogId::Room(order.id), 2).await.unwrap();
    let timers = tokio::spawn(team.orders.clone().fire_timers(stop));
    let fired = async {
        while status(&team, &requester, order.id).await == OrderStatus::Running {
            follower.next().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), fired).await.unwrap();
    stopper.stop();
    timers.await.unwrap();
    nothing_is_amiss(&team).await;
}

async fn orders_are_found_by_words_and_only_by_those_who_have_a_part(team: Team) {
    let [requester, asker, stranger] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "采购服务器 racks").await;
    let found = async |who: &Caller, words: &str| {
        let filter = Filter { query: Some(words.into()), ..Filter::default() };
        let (orders, _) = team.orders.orders(who, OrderBox::All, filter, None, 50).await.unwrap();
        orders.into_iter().map(|order| order.id).collect::<Vec<_>>()
    };
    for words in ["服务", "rack", "racks", "r", "1001", "Simple 采购"] {
        for who in [&requester, &asker, &team.admin] {
            assert_eq!(found(who, words).await, [order.id], "{words}");
        }
        assert_eq!(found(&stranger, words).await, [0; 0], "{words}");
    }
    assert!(matches!(team.orders.view(&stranger, order.id).await, Err(Refusal::OrderNotFound)));
    assert!(matches!(decides(&team, &stranger, order.id, approve()).await, Err(Refusal::OrderNotFound)));
    let add = Command::AddPerson { command: command(), room: order.id, person: stranger.id() };
    team.rooms.execute(&asker, add).await.unwrap();
    team.orders.joined(&asker, order.id, stranger.id()).await.unwrap();
    assert_eq!(found(&stranger, "服务").await, [order.id]);
    assert_eq!(listed(&team, &stranger, OrderBox::All).await, [order.id]);
    // To see an order is not to decide it.
    assert!(matches!(decides(&team, &stranger, order.id, approve()).await, Err(Refusal::Flow(_))));
}

async fn a_box_goes_on_where_the_page_before_ended(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let mut submitted = Vec::new();
    for number in 0..7 {
        submitted.push(submits(&team, &requester, &format!("number {number}")).await.id);
    }
    submitted.reverse();
    for (who, which) in [(&asker, OrderBox::Waiting), (&requester, OrderBox::Mine), (&team.admin, OrderBox::All)] {
        let (mut seen, mut before) = (Vec::new(), None::<Cursor>);
        loop {
            let (page, next) = team.orders.orders(who, which, Filter::default(), before, 3).await.unwrap();
            seen.extend(page.into_iter().map(|order| order.id));
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, submitted, "{which:?}");
    }
}

async fn an_order_stays_on_its_version(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "old").await;
    let newer = SIMPLE.replace("RULE", "all").replace("id: ask,", "id: question,");
    let newer = newer.replace("to: ask}", "to: question}").replace("from: ask,", "from: question,");
    let summary = team.orders.publish_flow(&team.admin, newer.clone(), "renamed").await.unwrap();
    assert_eq!(summary.version, 2);
    assert_eq!(team.orders.publish_flow(&team.admin, newer, "again").await.unwrap().version, 2);
    decides(&team, &asker, order.id, approve()).await.unwrap();
    assert_eq!(status(&team, &requester, order.id).await, OrderStatus::Approved);
    assert_eq!(submits(&team, &requester, "new").await.version, 2);
    let refused = team.orders.publish_flow(&requester, SIMPLE.replace("RULE", "any"), "").await.unwrap_err();
    assert!(matches!(refused, Refusal::NotPermitted));
    nothing_is_amiss(&team).await;
}

async fn a_move_can_be_written_into_the_talk(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "talk").await;
    let say = |text: &str| Command::Say {
        command: command(),
        room: order.id,
        text: text.into(),
        reply_to: None,
        files: vec![],
    };
    assert_eq!(team.orders.said(&asker, &say("shall we?")).await.unwrap(), None);
    assert!(matches!(team.orders.said(&asker, &say("/what")).await, Err(Refusal::UnknownSlash)));
    assert!(matches!(team.orders.said(&asker, &say("/reject")).await, Err(Refusal::Flow(_))));
    assert!(team.orders.said(&asker, &say("/reject too dear")).await.unwrap().is_some());
    assert_eq!(status(&team, &requester, order.id).await, OrderStatus::Rejected);
}

async fn the_tasks_of_a_closed_account_go_to_somebody_else(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "while they leave").await;
    let closed = PersonChanges { active: Some(false), ..PersonChanges::default() };
    team.accounts.change_person(&team.admin, asker.id(), closed).await.unwrap();
    team.orders.look_after_closed_accounts().await.unwrap();
    assert_eq!(listed(&team, &team.admin, OrderBox::Waiting).await, [order.id]);
    decides(&team, &team.admin, order.id, approve()).await.unwrap();
    nothing_is_amiss(&team).await;
}

async fn what_was_changed_past_the_server_is_found(team: Team) {
    let [requester, asker] = people(&team).await;
    publish(&team, "any", &[&asker]).await;
    let order = submits(&team, &requester, "honest").await.id;
    for (change, undo, found) in [
        (
            "UPDATE order_event SET events = replace(events, 'honest', 'crooked')",
            "UPDATE order_event SET events = replace(events, 'crooked', 'honest')",
            Mismatch::Events { order, seq: 2 },
        ),
        (
            "UPDATE order_form SET form = replace(form, 'honest', 'crooked')",
            "UPDATE order_form SET form = replace(form, 'crooked', 'honest')",
            Mismatch::Form { order, seq: 2 },
        ),
        (
            "UPDATE orders SET state = replace(state, 'honest', 'crooked')",
            "UPDATE orders SET state = replace(state, 'crooked', 'honest')",
            Mismatch::State { order },
        ),
        ("UPDATE order_event SET seq = 3", "UPDATE order_event SET seq = 2", Mismatch::Missing { order, seq: 2 }),
    ] {
        team.tampers(change).await;
        assert_eq!(team.orders.mismatches(10).await.unwrap(), [found], "{change}");
        team.tampers(undo).await;
        nothing_is_amiss(&team).await;
    }
}

async fn a_run_that_never_began_is_stopped_at_once(team: Team) {
    let [requester] = people(&team).await;
    let yaml = "flow: simple\nname: Run\nform: [{id: what, label: What, type: text}, {id: secret, label: S, type: text}]\nnodes: [{id: start, name: S, kind: start}, {id: run, name: R, kind: run, script: 'true', releasers: [requester]}, {id: end, name: E, kind: end}]\nlinks: [{from: start, to: run}, {from: run, to: end}]\n";
    team.orders.publish_flow(&team.admin, yaml.into(), "").await.unwrap();
    let first = submits(&team, &requester, "stop").await.id;
    let cancel = Action::CancelRun { node: None, reason: "not today".into() };
    decides(&team, &requester, first, cancel).await.unwrap();
    // The run failed for the releasers, who are asked how to go on.
    assert_eq!(listed(&team, &requester, OrderBox::Waiting).await, [first]);
    let second = submits(&team, &requester, "close").await.id;
    decides(&team, &team.admin, second, Action::ForceClose { reason: "not at all".into() }).await.unwrap();
    assert_eq!(status(&team, &requester, second).await, OrderStatus::Closed);
    nothing_is_amiss(&team).await;
}
