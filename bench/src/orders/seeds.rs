//! Made-up orders: who asked, who decided, how it ended. The same for each run, so that two runs can be compared.

use super::words::{FLOWS, ITEMS, REASONS, indexed, supplier};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// All orders were made within this time.
pub const PERIOD_MS: i64 = 3 * 365 * DAY_MS;

/// How an order stands; the server makes one of each as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Draft,
    WaitsForFirst,
    WaitsForSecond,
    Approved,
    Rejected,
    Returned,
    Withdrawn,
}

impl Standing {
    pub const ALL: [Standing; 7] = [
        Standing::Draft,
        Standing::WaitsForFirst,
        Standing::WaitsForSecond,
        Standing::Approved,
        Standing::Rejected,
        Standing::Returned,
        Standing::Withdrawn,
    ];

    /// As the server calls it.
    fn status(self) -> &'static str {
        match self {
            Standing::Draft => "draft",
            Standing::WaitsForFirst | Standing::WaitsForSecond => "running",
            Standing::Approved => "approved",
            Standing::Rejected => "rejected",
            Standing::Returned => "returned",
            Standing::Withdrawn => "withdrawn",
        }
    }

    pub fn as_number(self) -> i64 {
        self as i64
    }
}

/// One order.
#[derive(Debug)]
pub struct Seed {
    pub id: i64,
    pub number: i64,
    pub flow: &'static str,
    pub standing: Standing,
    pub requester: i64,
    pub first: i64,
    pub second: i64,
    /// Nobody, mostly.
    pub copied: Option<i64>,
    /// `{"zh": …, "en": …}`.
    pub title: String,
    pub words: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Makes orders in the order of their time.
#[derive(Debug)]
pub struct Seeds {
    pub orders: i64,
    /// The id of the first order; ids go on without gaps.
    pub first_id: i64,
    /// People have the ids from this one on, without gaps.
    pub first_person: i64,
    pub people: i64,
    /// Has the second say in a tenth of all orders.
    pub busy: i64,
    pub now_ms: i64,
    pub chance: Chance,
}

impl Seeds {
    pub fn seed(&mut self, place: i64) -> Seed {
        let age = 1.0 - place as f64 / self.orders as f64;
        let created_at = self.now_ms - (age * PERIOD_MS as f64) as i64 - DAY_MS;
        let requester = self.person();
        let first = self.other_than(requester);
        let second =
            if self.chance.below(10) == 0 && requester != self.busy { self.busy } else { self.other_than(requester) };
        let copied = (self.chance.below(4) == 0).then(|| self.other_than(requester));
        let standing = self.standing(age);
        // What is asked for most comes first.
        let (flow, zh, en) = FLOWS[self.chance.below(5).min(self.chance.below(5)) as usize];
        let (item_zh, item_en) = ITEMS[self.chance.below(ITEMS.len() as u64) as usize];
        let (why_zh, why_en) = REASONS[self.chance.below(REASONS.len() as u64) as usize];
        let (count, supplier) = (1 + self.chance.below(40), supplier(self.chance.below(50_000)));
        let (title_zh, title_en) = (format!("{zh}：{item_zh} × {count}"), format!("{en}: {count} × {item_en}"));
        let number = 1_000_000 + place;
        let mut words = indexed(&format!(
            "{title_zh} {title_en} {number} {flow} 审批 approval {why_zh} {why_en} {supplier} 供应商"
        ));
        for person in self.people_of(standing, requester, first, second, copied) {
            words.push_str(&format!(" \u{e000}p{person}"));
        }
        words.push_str(&format!(" \u{e000}f{flow} \u{e000}r{requester} \u{e000}s{}", standing.status()));
        Seed {
            id: self.first_id + place,
            number,
            flow,
            standing,
            requester,
            first,
            second,
            copied,
            title: serde_json::json!({"zh": title_zh, "en": title_en}).to_string(),
            words,
            created_at,
            updated_at: created_at + 5 * MINUTE_MS + self.chance.below(DAY_MS as u64) as i64,
        }
    }

    fn people_of(&self, standing: Standing, requester: i64, first: i64, second: i64, copied: Option<i64>) -> Vec<i64> {
        let mut people = match standing {
            Standing::Draft => vec![requester],
            Standing::WaitsForFirst | Standing::Withdrawn => vec![requester, first],
            _ => vec![requester, first, second],
        };
        people.extend(copied.filter(|_| standing == Standing::Approved));
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Of the last month's orders many wait; of the others few do.
    fn standing(&mut self, age: f64) -> Standing {
        let (of_hundred, is_new) = (self.chance.below(100), age < 0.03);
        match of_hundred {
            0 => Standing::Draft,
            1..=2 => Standing::Returned,
            3..=3 => Standing::Withdrawn,
            4..=8 => Standing::Rejected,
            9..=40 if is_new => Standing::WaitsForFirst,
            41..=70 if is_new => Standing::WaitsForSecond,
            9 => Standing::WaitsForSecond,
            _ => Standing::Approved,
        }
    }

    fn person(&mut self) -> i64 {
        self.first_person + self.chance.below(self.people as u64) as i64
    }

    fn other_than(&mut self, person: i64) -> i64 {
        loop {
            let other = self.person();
            if other != person {
                return other;
            }
        }
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_the_same_each_time_and_nobody_approves_their_own() {
        let seeds = || Seeds {
            orders: 1000,
            first_id: 50,
            first_person: 2,
            people: 20,
            busy: 3,
            now_ms: 1_800_000_000_000,
            chance: Chance(1),
        };
        let (mut one, mut other) = (seeds(), seeds());
        for place in 0..1000 {
            let seed = one.seed(place);
            assert_eq!(seed.title, other.seed(place).title);
            assert!(seed.requester != seed.first && seed.requester != seed.second, "{seed:?}");
            assert!(seed.created_at < one.now_ms && seed.updated_at < one.now_ms + DAY_MS, "{seed:?}");
        }
    }
}
