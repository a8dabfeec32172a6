//! What people ask of lists.

use super::seeds::{Chance, PERIOD_MS};
use super::words::{FLOWS, ITEMS, supplier};

/// Somebody who asks; places in the list of colleagues.
#[derive(Debug, Clone, Copy)]
pub enum Asker {
    Administrator,
    /// Has the second say in a tenth of all orders.
    Busy,
    /// Has a part in about as many orders as everybody else.
    Member,
}

/// Requests that are alike.
#[derive(Debug)]
pub struct Question {
    pub name: String,
    /// Who asks, by place, and the path.
    pub requests: Vec<(usize, String)>,
}

impl Question {
    /// Few orders are like this, so that somebody may have none.
    pub fn is_narrow(&self) -> bool {
        self.requests.iter().all(|(_, path)| path.contains("status=") || path.contains("from="))
    }
}

/// What the questions are about.
#[derive(Debug)]
pub struct Ground {
    /// Requests of each question.
    pub requests: usize,
    /// How many can sign in, the administrator and the busy one included.
    pub colleagues: usize,
    pub first_id: i64,
    pub orders: i64,
    pub people: i64,
    pub now_ms: i64,
}

const MONTH_MS: i64 = 30 * 24 * 3_600_000;

impl Ground {
    pub fn questions(&self) -> Vec<Question> {
        let mut chance = Chance(2);
        let mut questions = Vec::new();
        for asker in [Asker::Member, Asker::Busy, Asker::Administrator] {
            for (name, path) in Self::paths(asker) {
                let requests = (0..self.requests).map(|_| (self.place(asker, &mut chance), path(self, &mut chance)));
                questions.push(Question { name: format!("{}: {name}", asker.name()), requests: requests.collect() });
            }
        }
        questions
    }

    fn place(&self, asker: Asker, chance: &mut Chance) -> usize {
        match asker {
            Asker::Administrator => 0,
            Asker::Busy => 1,
            Asker::Member => 2 + chance.below(self.colleagues as u64 - 2) as usize,
        }
    }

    fn paths(asker: Asker) -> Vec<(&'static str, Path)> {
        let boxes: [(&str, Path); 5] = [
            ("waiting for me", |_, _| list("waiting", "")),
            ("asked for by me", |_, _| list("mine", "")),
            ("done by me", |_, _| list("done", "")),
            ("copied to me", |_, _| list("copied", "")),
            ("how many wait", |_, _| "/api/orders/counts".to_owned()),
        ];
        let all: [(&str, Path); 10] = [
            ("all", |_, _| list("all", "")),
            ("all, deep page", |ground, chance| list("all", &format!("&before={}", ground.cursor(chance)))),
            ("all, rejected", |_, _| list("all", "&status=rejected")),
            ("all, withdrawn of a flow", |_, chance| list("all", &format!("&status=withdrawn&flow={}", flow(chance)))),
            ("all, of a month", |ground, chance| list("all", &ground.month(chance))),
            ("all, rejected of a flow and a month", |ground, chance| {
                list("all", &format!("&status=rejected&flow={}{}", flow(chance), ground.month(chance)))
            }),
            ("search, a common word", |_, _| list("all", "&q=purchase")),
            ("search, two Chinese characters", |_, chance| list("all", &format!("&q={}", chinese_pair(chance)))),
            ("search, two common words", |_, chance| list("all", &format!("&q=采购 {}", item(chance)))),
            ("search, the beginning of a number", |_, _| list("all", "&q=10")),
        ];
        let everything: [(&str, Path); 5] = [
            ("all, of a requester", |ground, chance| {
                list("all", &format!("&requester={}", 1 + chance.below(ground.people as u64)))
            }),
            ("search, a rare word", |_, chance| list("all", &format!("&q={}", supplier(chance.below(50_000))))),
            ("search, a number", |ground, chance| {
                list("all", &format!("&q={}", 1_000_000 + chance.below(ground.orders as u64)))
            }),
            ("search, a common word among the rejected of a flow", |_, chance| {
                list("all", &format!("&q=approval&status=rejected&flow={}", flow(chance)))
            }),
            ("search, a common word in a month", |ground, chance| {
                list("all", &format!("&q=approval{}", ground.month(chance)))
            }),
        ];
        match asker {
            Asker::Member | Asker::Busy => boxes.into_iter().chain(all).collect(),
            Asker::Administrator => all.into_iter().chain(everything).collect(),
        }
    }

    /// The end of a page somewhere among all orders.
    fn cursor(&self, chance: &mut Chance) -> String {
        let place = chance.below(self.orders as u64) as i64;
        let ago = (PERIOD_MS as f64 * (1.0 - place as f64 / self.orders as f64)) as i64;
        format!("{}_{}", self.now_ms - ago, self.first_id + place)
    }

    fn month(&self, chance: &mut Chance) -> String {
        let from = self.now_ms - PERIOD_MS + chance.below((PERIOD_MS - MONTH_MS) as u64) as i64;
        format!("&from={from}&to={}", from + MONTH_MS)
    }
}

type Path = fn(&Ground, &mut Chance) -> String;

impl Asker {
    fn name(self) -> &'static str {
        match self {
            Asker::Administrator => "administrator",
            Asker::Busy => "busy approver",
            Asker::Member => "member",
        }
    }
}

fn list(part: &str, more: &str) -> String {
    format!("/api/orders?box={part}{more}")
}

fn flow(chance: &mut Chance) -> &'static str {
    FLOWS[chance.below(FLOWS.len() as u64) as usize].0
}

fn item(chance: &mut Chance) -> &'static str {
    let (_, english) = ITEMS[chance.below(ITEMS.len() as u64) as usize];
    english.split(' ').next().unwrap_or(english)
}

fn chinese_pair(chance: &mut Chance) -> String {
    let (chinese, _) = ITEMS[chance.below(ITEMS.len() as u64) as usize];
    chinese.chars().take(2).collect()
}
