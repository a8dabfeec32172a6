//! Failed sign-ins become slower without locking anyone out.
//!
//! One address that fails for one account has to wait, longer each time; one address that fails for many accounts, too.
//! An account that fails from many addresses answers late, but it answers: nobody can lock another one out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures are forgotten after this long without another one.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Keys that are remembered, at most; the oldest go first.
const REMEMBERED: usize = 20_000;

#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<Key, Failures>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, IpAddr),
    Address(IpAddr),
    Account(String),
}

#[derive(Debug)]
struct Failures {
    count: u32,
    last: Instant,
}

/// What a sign-in has to do first.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try, after this delay.
    Proceed(Duration),
    /// Do not try before this time has passed.
    Wait(Duration),
}

impl Throttle {
    pub fn check(&self, account: &str, address: IpAddr) -> Verdict {
        self.check_at(account, address, Instant::now())
    }

    fn check_at(&self, account: &str, address: IpAddr, now: Instant) -> Verdict {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |key: Key| failures.get(&key).filter(|f| now - f.last < FORGOTTEN_AFTER).map(|f| (f.count, f.last));
        // Five failures are free; then 1, 2, 4 … up to 60 s between two attempts.
        let pair =
            count(Key::Pair(account.to_owned(), address)).map_or(Duration::ZERO, |(n, last)| rest(n, 5, last, now));
        let whole = count(Key::Address(address)).map_or(Duration::ZERO, |(n, last)| rest(n, 50, last, now));
        let wait = pair.max(whole);
        if wait > Duration::ZERO {
            return Verdict::Wait(wait);
        }
        let delay = count(Key::Account(account.to_owned())).map_or(0, |(n, _)| n.saturating_sub(10).min(20) * 100);
        Verdict::Proceed(Duration::from_millis(delay.into()))
    }

    pub fn failed(&self, account: &str, address: IpAddr) {
        self.failed_at(account, address, Instant::now());
    }

    fn failed_at(&self, account: &str, address: IpAddr, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() + 3 > REMEMBERED {
            failures.retain(|_, f| now - f.last < FORGOTTEN_AFTER);
        }
        if failures.len() + 3 > REMEMBERED {
            let mut times: Vec<Instant> = failures.values().map(|f| f.last).collect();
            let (_, median, _) = times.select_nth_unstable(REMEMBERED / 2);
            let median = *median;
            failures.retain(|_, f| f.last > median);
        }
        let account = account.to_owned();
        for key in [Key::Pair(account.clone(), address), Key::Address(address), Key::Account(account)] {
            let entry = failures.entry(key).or_insert(Failures { count: 0, last: now });
            entry.count = if now - entry.last < FORGOTTEN_AFTER { entry.count + 1 } else { 1 };
            entry.last = now;
        }
    }

    pub fn succeeded(&self, account: &str, address: IpAddr) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Key::Pair(account.to_owned(), address));
    }
}

fn rest(count: u32, free: u32, last: Instant, now: Instant) -> Duration {
    if count < free {
        return Duration::ZERO;
    }
    let wait = Duration::from_secs(1 << (count - free).min(6)).min(Duration::from_secs(60));
    wait.saturating_sub(now - last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn the_sixth_attempt_of_an_address_on_an_account_waits_and_longer_each_time() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.check_at("a", AWAY, now), Verdict::Proceed(Duration::ZERO));
            throttle.failed_at("a", AWAY, now);
        }
        assert_eq!(throttle.check_at("a", AWAY, now), Verdict::Wait(Duration::from_secs(1)));
        throttle.failed_at("a", AWAY, now);
        assert_eq!(throttle.check_at("a", AWAY, now), Verdict::Wait(Duration::from_secs(2)));
    }

    #[test]
    fn an_attack_from_elsewhere_delays_the_owner_but_never_locks_them_out() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..1000 {
            throttle.failed_at("a", AWAY, now);
        }
        assert_eq!(throttle.check_at("a", HOME, now), Verdict::Proceed(Duration::from_secs(2)));
        assert_eq!(throttle.check_at("b", HOME, now), Verdict::Proceed(Duration::ZERO));
    }

    #[test]
    fn failures_are_forgotten() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..9 {
            throttle.failed_at("a", AWAY, now);
        }
        assert_eq!(throttle.check_at("a", AWAY, now + FORGOTTEN_AFTER), Verdict::Proceed(Duration::ZERO));
    }

    #[test]
    fn a_flood_of_names_takes_bounded_memory() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..REMEMBERED {
            throttle.failed_at(&n.to_string(), AWAY, now + Duration::from_millis(n as u64));
        }
        assert!(throttle.failures.lock().unwrap().len() <= REMEMBERED);
    }
}
