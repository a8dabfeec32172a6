use countersign::accounts::Role;
use countersign::log::Range;
use countersign::rooms::{Command, Refusal, RoomKind};

use crate::team::{Team, command};

crate::on_both_databases!(
    a_message_keeps_its_entry_and_shows_its_latest_text,
    a_recalled_text_is_nowhere_any_more,
    reactions_are_counted_once_a_person,
    unread_counts_messages_and_not_reactions,
    mentions_are_counted_until_they_are_read,
    a_word_of_two_chinese_characters_is_found,
    search_goes_on_where_the_page_before_ended,
    a_private_room_that_is_not_yours_is_as_good_as_none,
    the_last_owner_who_leaves_passes_the_room_on,
    two_people_have_one_direct_room,
    a_guest_sees_only_whom_they_share_a_room_with,
    an_invitation_works_as_often_as_it_says,
    an_invitation_ends_when_its_inviter_leaves_the_room,
    the_last_administrator_stays_one,
);

async fn a_message_keeps_its_entry_and_shows_its_latest_text(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let seq = team.says(&team.admin, room, "frist").await;
    let edit =
        team.does(&team.admin, Command::Edit { command: command(), room, seq, text: "first".into() }).await.unwrap();
    let (page, states) = team.rooms.entries(&team.admin, room, Range::After(0), 100).await.unwrap();
    let original = page.entries.iter().find(|entry| entry.seq == seq).unwrap();
    assert!(original.body.get().contains("frist"));
    assert_eq!((states[0].seq, states[0].changed, states[0].edits), (seq, edit, 1));
    assert_eq!(states[0].text.as_deref(), Some("first"));
    let versions = team.rooms.history(&team.admin, room, seq).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.text.as_str()).collect::<Vec<_>>(), ["frist", "first"]);
}

async fn a_recalled_text_is_nowhere_any_more(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let seq = team.says(&team.admin, room, "a secret word").await;
    team.does(&team.admin, Command::Edit { command: command(), room, seq, text: "a secret phrase".into() }).await;
    team.does(&team.admin, Command::Recall { command: command(), room, seq }).await.unwrap();
    assert!(!team.kept_text(room).await.contains("secret"));
    assert!(team.rooms.search(&team.admin, "secret", None, None).await.unwrap().0.is_empty());
    assert!(matches!(team.rooms.history(&team.admin, room, seq).await, Err(Refusal::MessageRecalled)));
    let again = team.does(&team.admin, Command::Recall { command: command(), room, seq }).await;
    assert_eq!(again, None);
    let kinds: Vec<String> = team.entries(room).await.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, ["membership", "message", "edit", "recall"]);
}

async fn reactions_are_counted_once_a_person(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Public, &[&bob]).await;
    let seq = team.says(&team.admin, room, "vote").await;
    let react = |on| Command::React { command: command(), room, seq, emoji: "👍".into(), on };
    assert!(team.does(&team.admin, react(true)).await.is_some());
    assert!(team.does(&team.admin, react(true)).await.is_none());
    assert!(team.does(&bob, react(true)).await.is_some());
    let reactions = async || {
        let (_, states) = team.rooms.entries(&bob, room, Range::After(0), 100).await.unwrap();
        states[0].reactions.clone()
    };
    assert_eq!((reactions().await[0].count, reactions().await[0].mine), (2, true));
    assert_eq!(reactions().await[0].people, [team.admin.id(), bob.id()]);
    assert!(team.does(&bob, react(false)).await.is_some());
    assert_eq!((reactions().await[0].count, reactions().await[0].mine), (1, false));
    assert!(team.does(&team.admin, react(false)).await.is_some());
    assert!(reactions().await.is_empty());
}

async fn unread_counts_messages_and_not_reactions(team: Team) {
    let bob = team.person("bob").await;
    let room = team.room(&team.admin, RoomKind::Public, &[&bob]).await;
    let unread = async || team.rooms.room(&bob, room).await.unwrap().unread;
    assert_eq!(unread().await, 0);
    let first = team.says(&team.admin, room, "one").await;
    let react = Command::React { command: command(), room, seq: first, emoji: "👍".into(), on: true };
    team.does(&team.admin, react).await;
    let second = team.says(&team.admin, room, "two").await;
    assert_eq!(unread().await, 2);
    team.does(&bob, Command::Read { command: None, room, seq: first }).await;
    assert_eq!(unread().await, 1);
    team.does(&bob, Command::Read { command: None, room, seq: 1_000_000 }).await;
    assert_eq!((unread().await, team.rooms.room(&bob, room).await.unwrap().read_seq), (0, second));
    assert_eq!(team.does(&bob, Command::Read { command: None, room, seq: first }).await, None);
    team.says(&bob, room, "my own").await;
    assert_eq!(unread().await, 0);
}

async fn mentions_are_counted_until_they_are_read(team: Team) {
    let zhang = team.person("张坤").await;
    let room = team.room(&team.admin, RoomKind::Public, &[&zhang]).await;
    let seq = team.says(&team.admin, room, "@张坤回滚方案确认过了吗?").await;
    assert_eq!(team.rooms.room(&zhang, room).await.unwrap().mentions, 1);
    team.does(&zhang, Command::Read { command: None, room, seq }).await;
    assert_eq!(team.rooms.room(&zhang, room).await.unwrap().mentions, 0);
}

async fn a_word_of_two_chinese_characters_is_found(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    let seq = team.says(&team.admin, room, "今天上午发布到生产环境").await;
    team.says(&team.admin, room, "something about Deployments").await;
    let found = async |query: &str| {
        let (hits, _) = team.rooms.search(&team.admin, query, Some(room), None).await.unwrap();
        hits.into_iter().map(|hit| hit.seq).collect::<Vec<_>>()
    };
    for query in ["生产", "发布", "境", "上午 生产"] {
        assert_eq!(found(query).await, [seq], "{query}");
    }
    assert_eq!(found("产生").await, Vec::<i64>::new());
    assert_eq!(found("deploy").await, [seq + 1]);
    team.does(&team.admin, Command::Edit { command: command(), room, seq, text: "改到明天".into() }).await;
    assert_eq!(found("生产").await, Vec::<i64>::new());
    assert_eq!(found("明天").await, [seq]);
    let stranger = team.person("stranger").await;
    assert!(team.rooms.search(&stranger, "明天", None, None).await.unwrap().0.is_empty());
}

async fn search_goes_on_where_the_page_before_ended(team: Team) {
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    for n in 0..70 {
        team.says(&team.admin, room, &format!("word {n}")).await;
    }
    let (mut seqs, mut before) = (Vec::new(), None);
    loop {
        let (hits, next) = team.rooms.search(&team.admin, "word", None, before).await.unwrap();
        seqs.extend(hits.into_iter().map(|hit| hit.seq));
        before = next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seqs, (2..=71).rev().collect::<Vec<i64>>());
}

async fn a_private_room_that_is_not_yours_is_as_good_as_none(team: Team) {
    let bob = team.person("bob").await;
    let private = team.room(&team.admin, RoomKind::Private, &[]).await;
    let public = team.room(&team.admin, RoomKind::Public, &[]).await;
    assert!(matches!(team.try_says(&bob, private, "hi").await, Err(Refusal::RoomNotFound)));
    assert!(matches!(
        team.rooms.execute(&bob, Command::Join { command: command(), room: private }).await,
        Err(Refusal::RoomNotFound)
    ));
    assert!(matches!(team.rooms.entries(&bob, private, Range::After(0), 10).await, Err(Refusal::RoomNotFound)));
    assert!(matches!(team.try_says(&bob, public, "hi").await, Err(Refusal::NotAMember)));
    // A feed is a log, but no room.
    assert!(matches!(team.try_says(&team.admin, bob.feed, "hi").await, Err(Refusal::RoomNotFound)));
    team.does(&bob, Command::Join { command: command(), room: public }).await.unwrap();
    team.says(&bob, public, "hi").await;
}

async fn the_last_owner_who_leaves_passes_the_room_on(team: Team) {
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let room = team.room(&bob, RoomKind::Private, &[&carol]).await;
    team.does(&bob, Command::Leave { command: command(), room }).await;
    assert!(team.rooms.room(&carol, room).await.unwrap().owner);
    assert!(matches!(team.rooms.room(&bob, room).await, Err(Refusal::RoomNotFound)));
}

async fn two_people_have_one_direct_room(team: Team) {
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let first = team.rooms.direct_room(&bob, command(), carol.id()).await.unwrap();
    let second = team.rooms.direct_room(&carol, command(), bob.id()).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!((first.with, second.with), (Some(carol.id()), Some(bob.id())));
    let leave = Command::Leave { command: command(), room: first.id };
    assert!(matches!(team.rooms.execute(&bob, leave).await, Err(Refusal::DirectRoom)));
}

async fn a_guest_sees_only_whom_they_share_a_room_with(team: Team) {
    let guest = team.person_with_role("guest", Role::Guest).await;
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    team.room(&bob, RoomKind::Private, &[&guest]).await;
    let (people, _) = team.accounts.people(&guest, "", 0, 50).await.unwrap();
    assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), [guest.id(), bob.id()]);
    assert!(team.accounts.visible_person(&guest, carol.id()).await.is_err());
    assert!(team.rooms.direct_room(&guest, command(), carol.id()).await.is_err());
}

async fn an_invitation_works_as_often_as_it_says(team: Team) {
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let room = team.room(&team.admin, RoomKind::Private, &[]).await;
    let (_, secret) = team.accounts.create_invitation(&team.admin, Role::Guest, Some(room), 1, 7).await.unwrap();
    team.rooms.accept_invitation(&bob, secret.clone()).await.unwrap();
    let refused = team.rooms.accept_invitation(&carol, secret).await.unwrap_err();
    assert!(matches!(refused, Refusal::Account(countersign::accounts::Refusal::InvitationNotFound)));
    assert_eq!(team.rooms.room(&bob, room).await.unwrap().people, 2);
}

async fn the_last_administrator_stays_one(team: Team) {
    use countersign::accounts::{PersonChanges, Refusal};
    let change = PersonChanges { role: Some(Role::Member), ..PersonChanges::default() };
    let refused = team.accounts.change_person(&team.admin, team.admin.id(), change.clone()).await;
    assert!(matches!(refused, Err(Refusal::LastAdministrator)));
    team.person_with_role("second", Role::Administrator).await;
    team.accounts.change_person(&team.admin, team.admin.id(), change).await.unwrap();
}

async fn an_invitation_ends_when_its_inviter_leaves_the_room(team: Team) {
    let (bob, carol) = (team.person("bob").await, team.person("carol").await);
    let room = team.room(&team.admin, RoomKind::Private, &[&bob]).await;
    let (_, secret) = team.accounts.create_invitation(&bob, Role::Guest, Some(room), 5, 7).await.unwrap();
    assert_eq!(team.accounts.preview_invitation(&secret).await.unwrap().room, Some(room));
    team.does(&bob, Command::Leave { command: command(), room }).await;
    assert!(team.accounts.preview_invitation(&secret).await.is_err());
    assert!(team.rooms.accept_invitation(&carol, secret).await.is_err());
}
