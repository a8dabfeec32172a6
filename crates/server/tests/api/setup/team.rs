//! Administrators and the people that they make accounts for.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::OnceCell;

use super::person::Person;
use super::server::{ADMIN_PASSWORD, Server};

/// The password of everybody whom a test makes.
pub const PASSWORD: &str = "a good password";

/// A server as its administrator sees it.
#[derive(Debug)]
pub struct Team {
    pub admin: Person,
    pub url: String,
}

impl Team {
    /// On the server that tests share.
    pub async fn new() -> Self {
        // Signing in costs the server a password hash; a token is as good for all tests but those of passwords.
        static TOKEN: OnceCell<String> = OnceCell::const_new();
        let server = Server::shared();
        let token = TOKEN.get_or_init(|| async {
            let admin = Person::signs_in(&server.url, "admin", ADMIN_PASSWORD).await;
            admin.makes_token().await
        });
        let admin = Person::with_token(&server.url, token.await).await;
        Self { admin, url: server.url.clone() }
    }

    /// On a server of the test's own.
    pub async fn on(server: &Server) -> Self {
        let admin = Person::signs_in(&server.url, "admin", ADMIN_PASSWORD).await;
        Self { admin, url: server.url.clone() }
    }

    /// Members who are signed in.
    pub async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let people = join_all(names.map(|name| self.person(name, "member"))).await;
        people.try_into().unwrap()
    }

    pub async fn guest(&self, name: &str) -> Person {
        self.person(name, "guest").await
    }

    pub async fn administrator(&self, name: &str) -> Person {
        self.person(name, "administrator").await
    }

    async fn person(&self, name: &str, role: &str) -> Person {
        let username = unique(name);
        let new = json!({"username": username, "name": name, "password": PASSWORD, "role": role});
        self.admin.post("/api/people", new).await.ok();
        Person::signs_in(&self.url, &username, PASSWORD).await
    }

    /// Somebody who has no account.
    pub fn stranger(&self) -> Person {
        Person::nobody(&self.url)
    }
}

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{name}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
