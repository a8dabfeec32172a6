//! Who there is: a snapshot of people, groups and absences that the caller loads for each decision.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A person, as the server numbers them.
pub type PersonId = i64;

/// The people, groups and absences at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Directory {
    /// Everybody, the disabled included.
    pub people: BTreeMap<PersonId, DirectoryPerson>,
    /// The members of each group by its name, in order.
    pub groups: BTreeMap<String, Vec<PersonId>>,
    /// Who acts for whom while they are away.
    pub delegations: Vec<Delegation>,
}

/// What the engine has to know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DirectoryPerson {
    /// The name that flows use.
    pub username: String,
    /// Whether they can sign in.
    pub active: bool,
    /// Who leads them.
    pub manager: Option<PersonId>,
    /// Whether they administer the server.
    pub administrator: bool,
}

/// An absence: `to` acts for `from` in `[from_ms, until_ms)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Who is away.
    pub from: PersonId,
    /// Who acts for them.
    pub to: PersonId,
    /// Only for orders of this flow; for all when it is absent.
    pub flow: Option<String>,
    /// When it begins, in milliseconds since 1970.
    pub from_ms: i64,
    /// When it is over, in milliseconds since 1970.
    pub until_ms: i64,
}

/// The longest chain of delegates, or of managers, that is followed.
const CHAIN: usize = 10;

/// Whom a task goes to in place of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Substitute {
    /// Who gets the task.
    pub person: PersonId,
    /// Whose task it was, when it is not their own.
    pub instead_of: Option<PersonId>,
}

impl Directory {
    /// Whether this person exists and can sign in.
    pub fn is_active(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|person| person.active)
    }

    /// Whether this person is an administrator who can sign in.
    pub fn is_administrator(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|person| person.active && person.administrator)
    }

    /// All administrators who can sign in.
    pub fn administrators(&self) -> Vec<PersonId> {
        let active = self.people.iter().filter(|(_, person)| person.active && person.administrator);
        active.map(|(id, _)| *id).collect()
    }

    /// The person with this username, the disabled included.
    pub fn by_username(&self, username: &str) -> Option<PersonId> {
        self.people.iter().find(|(_, person)| person.username == username).map(|(id, _)| *id)
    }

    /// The person's manager.
    pub fn manager_of(&self, person: PersonId) -> Option<PersonId> {
        self.people.get(&person)?.manager
    }

    /// The groups that the person is in.
    pub fn groups_of(&self, person: PersonId) -> Vec<&str> {
        let groups = self.groups.iter().filter(|(_, members)| members.contains(&person));
        groups.map(|(name, _)| name.as_str()).collect()
    }

    /// Who acts for `person` now. Somebody who is away is replaced by their delegate; somebody who is disabled by
    /// their delegate, else by their manager, else (`None`) by the administrators. People in `excluded` are never the
    /// answer: an absent person who can only be replaced by one of them keeps the task.
    pub(crate) fn substitute(
        &self,
        person: PersonId,
        flow: &str,
        now_ms: i64,
        excluded: &BTreeSet<PersonId>,
    ) -> Option<Substitute> {
        let own = Substitute { person, instead_of: None };
        let replaced = |person| Some(Substitute { person, instead_of: Some(own.person) });
        if let Some(delegate) = self.delegate(person, flow, now_ms).filter(|delegate| !excluded.contains(delegate)) {
            return replaced(delegate);
        }
        if self.is_active(person) {
            return (!excluded.contains(&person)).then_some(own);
        }
        let mut seen = BTreeSet::from([person]);
        let mut above = self.manager_of(person);
        while let Some(manager) = above.filter(|manager| seen.len() <= CHAIN && seen.insert(*manager)) {
            let stand_in = self.delegate(manager, flow, now_ms).filter(|stand_in| !excluded.contains(stand_in));
            match stand_in {
                Some(stand_in) => return replaced(stand_in),
                None if self.is_active(manager) && !excluded.contains(&manager) => return replaced(manager),
                None => above = self.manager_of(manager),
            }
        }
        None
    }

    /// The last active person of the chain of delegates that begins at `person`.
    fn delegate(&self, person: PersonId, flow: &str, now_ms: i64) -> Option<PersonId> {
        let mut seen = BTreeSet::from([person]);
        let (mut at, mut answer) = (person, None);
        while seen.len() <= CHAIN {
            let in_time = |delegation: &&Delegation| {
                let flow = delegation.flow.as_deref().is_none_or(|only| only == flow);
                delegation.from == at && flow && delegation.from_ms <= now_ms && now_ms < delegation.until_ms
            };
            match self.delegations.iter().find(in_time) {
                Some(next) if seen.insert(next.to) => at = next.to,
                _ => break,
            }
            if self.is_active(at) {
                answer = Some(at);
            }
        }
        answer
    }
}
