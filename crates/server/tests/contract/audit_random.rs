//! Whatever people do fits, and whatever single byte is changed is found.

use countersign::accounts::Caller;
use countersign::audit::{Place, verify};
use countersign::db::Sql;
use countersign::rooms::{Command, RoomKind};
use countersign::values;
use futures_util::future::join_all;
use rand::Rng;
use rand::rngs::StdRng;
use rand::{SeedableRng, seq::IndexedRandom};
use sea_orm::Value;

use crate::audit::report;
use crate::team::{Team, command};

crate::on_both_databases!(random_commands_fit_and_any_changed_byte_is_found);

/// Commands, and changes of a byte after them.
fn budget() -> (usize, usize) {
    if std::env::var_os("COUNTERSIGN_TEST_LONG").is_some() { (2000, 3000) } else { (150, 200) }
}

fn any_command(random: &mut StdRng, room: i64) -> Command {
    let seq = random.random_range(1..40);
    let text = format!("words {}", random.random::<u32>());
    let emoji = (*["👍", "🎉", "❤️"].choose(random).unwrap()).into();
    match random.random_range(0..10) {
        0..4 => Command::Say { command: command(), room, text, reply_to: None, files: vec![] },
        4..6 => Command::Edit { command: command(), room, seq, text },
        6 => Command::Recall { command: command(), room, seq },
        7 => Command::React { command: command(), room, seq, emoji, on: random.random() },
        8 => Command::Leave { command: command(), room },
        _ => Command::Join { command: command(), room },
    }
}

/// A stored byte, and the value that its column has after the byte was changed.
struct Change {
    room: i64,
    seq: i64,
    column: &'static str,
    before: Value,
    after: Value,
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    log_id: i64,
    seq: i64,
    at: i64,
    author_id: Option<i64>,
    kind: String,
    target: Option<i64>,
    command: Option<String>,
    body: String,
    hash: Option<Vec<u8>>,
    erased: Option<Vec<u8>>,
}

fn any_change(random: &mut StdRng, rows: &[Row]) -> Change {
    loop {
        let row = rows.choose(random).unwrap();
        let number =
            |random: &mut StdRng, number: i64| (number.into(), (number ^ (1 << random.random_range(0..63))).into());
        // Another ASCII character, so that the text stays one.
        let text = |random: &mut StdRng, text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii()).collect();
            let at = *places.choose(random)?;
            bytes[at] = (bytes[at] - b' ' + random.random_range(1..95)) % 95 + b' ';
            Some((text.into(), String::from_utf8(bytes).ok()?.into()))
        };
        let bytes = |random: &mut StdRng, bytes: &[u8]| {
            let mut changed = bytes.to_vec();
            changed[random.random_range(0..32)] ^= random.random_range(1..=255);
            (bytes.to_vec().into(), changed.into())
        };
        let (column, change): (_, Option<(Value, Value)>) = match random.random_range(0..8) {
            0 => ("at", Some(number(random, row.at))),
            1 => ("author_id", row.author_id.map(|author| number(random, author))),
            2 => ("kind", text(random, &row.kind)),
            3 => ("target", row.target.map(|target| number(random, target))),
            4 => ("command", row.command.as_deref().and_then(|command| text(random, command))),
            5 => ("body", text(random, &row.body)),
            6 => ("hash", row.hash.as_deref().map(|hash| bytes(random, hash))),
            _ => ("erased", row.erased.as_deref().map(|erased| bytes(random, erased))),
        };
        if let Some((before, after)) = change {
            return Change { room: row.log_id, seq: row.seq, column, before, after };
        }
    }
}

async fn set(team: &Team, change: &Change, value: &Value) {
    let sql = format!("UPDATE entry SET {} = $3 WHERE log_id = $1 AND seq = $2", change.column);
    let set = team.log.db().writer.run(&sql, [change.room.into(), change.seq.into(), value.clone()]).await;
    assert_eq!(set.unwrap().rows_affected(), 1);
}

async fn random_commands_fit_and_any_changed_byte_is_found(team: Team) {
    let (commands, changes) = budget();
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let people: Vec<Caller> = [team.admin.clone(), team.person("bob").await, team.person("carol").await].into();
    let everybody: Vec<&Caller> = people.iter().collect();
    let rooms = [
        team.room(&people[0], RoomKind::Public, &everybody).await,
        team.room(&people[1], RoomKind::Public, &everybody).await,
    ];
    for _ in 0..commands / 10 {
        let mut any = |_| {
            let room = rooms[random.random_range(0..2)];
            (people.choose(&mut random).unwrap(), any_command(&mut random, room))
        };
        let together: Vec<_> = (0..10).map(&mut any).collect();
        // Many are refused, as recalling what is no message.
        let _ = join_all(together.into_iter().map(|(person, command)| team.rooms.execute(person, command))).await;
    }
    let fits = report(&team).await;
    assert!(fits.is_clean(), "{fits:?}");
    let sql = "SELECT log_id, seq, at, author_id, kind, target, command, body, hash, erased FROM entry WHERE log_id IN ($1, $2)";
    let rows: Vec<Row> = team.log.db().reader.all(sql, values![rooms[0], rooms[1]]).await.unwrap();
    assert_eq!(fits.entries, rows.len() as u64);
    for _ in 0..changes {
        let change = any_change(&mut random, &rows);
        set(&team, &change, &change.after).await;
        let report = report(&team).await;
        let [finding] = &report.findings[..] else { panic!("{}: {report:?}", change.column) };
        assert_eq!(finding.place, Place::Entry { room: change.room, seq: change.seq }, "{}", change.column);
        set(&team, &change, &change.before).await;
    }
    assert!(report(&team).await.is_clean());
}

/// SQLite keeps any bytes in any column; what no server writes is named and does not stop the verification.
#[tokio::test]
async fn bytes_that_are_no_text_and_text_that_is_no_number_are_found() {
    let team = Team::on_sqlite().await;
    let room = team.room(&team.admin, RoomKind::Public, &[]).await;
    for n in 0..300 {
        team.says(&team.admin, room, &n.to_string()).await;
    }
    for change in ["body = CAST(x'7bff7d' AS TEXT)", "at = 'yesterday'", "hash = 'none'", "kind = x'00'"] {
        team.tampers("CREATE TABLE kept AS SELECT * FROM entry").await;
        team.tampers(&format!("UPDATE entry SET {change} WHERE log_id = {room} AND seq = 250")).await;
        let report = verify(&team.log.db().reader, &[], &[]).await.unwrap();
        assert_eq!(report.findings.len(), 1, "{change}");
        assert!(report.findings[0].to_string().starts_with(&format!("Room {room}, entry 250: ")), "{change}");
        team.tampers("DELETE FROM entry; INSERT INTO entry SELECT * FROM kept; DROP TABLE kept").await;
    }
}
