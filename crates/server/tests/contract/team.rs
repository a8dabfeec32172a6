//! The set-up: a database of its own with people in it, and short words for what they do.

use countersign::accounts::{Accounts, Caller, NewPerson, Role};
use countersign::db::{Database, Sql};
use countersign::log::{Log, Range};
use countersign::orders::Orders;
use countersign::rooms::{Ack, Command, Presence, Refusal, RoomKind, Rooms};
use countersign::storage::Storage;
use countersign::values;
use sea_orm::{ConnectionTrait, Database as SeaDatabase};

/// A node: services on a database, with the people who use it.
pub struct Team {
    pub log: Log,
    pub accounts: Accounts,
    pub rooms: Rooms,
    pub orders: Orders,
    pub admin: Caller,
    url: Option<String>,
    folder: tempfile::TempDir,
}

impl Team {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open_sqlite(folder.path(), None).await.unwrap();
        Self::start(db, 1, None, folder).await
    }

    pub async fn on_postgres() -> Self {
        let server = std::env::var("COUNTERSIGN_TEST_POSTGRES")
            .expect("COUNTERSIGN_TEST_POSTGRES names no PostgreSQL; ./test starts one");
        let name = format!("contract_{:016x}", rand::random::<u64>());
        let connection = SeaDatabase::connect(&server).await.unwrap();
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let db = Database::open_postgres(&url, 4).await.unwrap();
        Self::start(db, 4, Some(url), tempfile::tempdir().unwrap()).await
    }

    async fn start(db: Database, writers: usize, url: Option<String>, folder: tempfile::TempDir) -> Self {
        let (log, _) = Log::start(db, writers);
        let accounts = Accounts::new(log.clone());
        let storage = Storage::folder(&folder.path().join("files")).unwrap();
        let rooms = Rooms::new(log.clone(), accounts.clone(), storage, 1024, presence(&log).await);
        accounts.create_first_administrator(Some("correct horse".into())).await.unwrap();
        let admin = accounts.caller_named("admin").await.unwrap();
        let orders = Orders::new(log.clone(), accounts.clone());
        Self { log, accounts, rooms, orders, admin, url, folder }
    }

    /// The folder of the node, for what is not in the database.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn is_postgres(&self) -> bool {
        self.url.is_some()
    }

    /// Opens the database once more, as a server does that is started later.
    pub async fn opens_again(&self) -> Database {
        match &self.url {
            Some(url) => Database::open_postgres(url, 1).await.unwrap(),
            None => Database::open_sqlite(self.folder(), None).await.unwrap(),
        }
    }

    /// Somebody with access to the database changes it past the server.
    pub async fn tampers(&self, sql: &str) {
        self.log.db().writer.execute_unprepared(sql).await.unwrap();
    }

    /// A second node on the same PostgreSQL.
    pub async fn second_node(&self) -> (Log, Rooms) {
        let db = Database::open_postgres(self.url.as_ref().unwrap(), 4).await.unwrap();
        let (log, _) = Log::start(db, 4);
        let storage = Storage::folder(&self.folder.path().join("files")).unwrap();
        let presence = presence(&log).await;
        (log.clone(), Rooms::new(log.clone(), Accounts::new(log), storage, 1024, presence))
    }

    pub async fn person(&self, username: &str) -> Caller {
        self.person_with_role(username, Role::Member).await
    }

    pub async fn person_with_role(&self, username: &str, role: Role) -> Caller {
        let (username, name) = (username.to_owned(), username.to_owned());
        let new =
            NewPerson { username: username.clone(), name, password: "correct horse".into(), role, language: None };
        self.accounts.create_person(&self.admin, new).await.unwrap();
        self.accounts.caller_named(&username).await.unwrap()
    }

    pub async fn room(&self, owner: &Caller, kind: RoomKind, people: &[&Caller]) -> i64 {
        let people = people.iter().map(|person| person.id()).collect();
        self.rooms.create_room(owner, command(), kind, "Room", "", people).await.unwrap().id
    }

    pub async fn says(&self, who: &Caller, room: i64, text: &str) -> i64 {
        self.try_says(who, room, text).await.unwrap().seq.unwrap()
    }

    pub async fn try_says(&self, who: &Caller, room: i64, text: &str) -> Result<Ack, Refusal> {
        let say = Command::Say { command: command(), room, text: text.into(), reply_to: None, files: vec![] };
        self.rooms.execute(who, say).await
    }

    pub async fn does(&self, who: &Caller, command: Command) -> Option<i64> {
        self.rooms.execute(who, command).await.unwrap().seq
    }

    /// The numbers and kinds of all entries of a log.
    pub async fn entries(&self, log: i64) -> Vec<(i64, String)> {
        let page = self.log.page(log, Range::After(0), 1000).await.unwrap();
        page.entries.into_iter().map(|entry| (entry.seq, entry.kind)).collect()
    }

    /// Everything that is kept of a room's texts, wherever it is.
    pub async fn kept_text(&self, room: i64) -> String {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            kept: String,
        }
        let sql = "SELECT body AS kept FROM entry WHERE log_id = $1 UNION ALL SELECT COALESCE(text, '') AS kept FROM message WHERE room_id = $1";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![room]).await.unwrap();
        rows.into_iter().map(|row| row.kept).collect()
    }
}

/// Presence of a node that is alone.
async fn presence(log: &Log) -> Presence {
    Presence::start(log.clone(), std::sync::Arc::new(channels::layer::MemoryLayer::default())).await.unwrap()
}

/// A command id of its own.
pub fn command() -> String {
    format!("{:032x}", rand::random::<u128>())
}
