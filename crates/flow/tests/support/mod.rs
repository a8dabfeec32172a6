//! A small company, and a short way to say what happens.
#![allow(dead_code, clippy::unwrap_used)]

pub mod random;

use std::collections::BTreeMap;

use flow::command::{Action, Command, Context, Submission};
use flow::directory::{Directory, DirectoryPerson, PersonId};
use flow::form::Values;
use flow::order::{Order, TaskId};
use flow::{Definition, Event, Flow, Refusal, decide, start};

pub const SAMPLES: [(&str, &str); 4] = [
    ("leave", include_str!("../../flows/leave.yaml")),
    ("purchase", include_str!("../../flows/purchase.yaml")),
    ("access", include_str!("../../flows/access.yaml")),
    ("website", include_str!("../../flows/website.yaml")),
];

pub const ZHANG: PersonId = 1;
pub const FU: PersonId = 2;
pub const JIA: PersonId = 3;
pub const WU: PersonId = 4;
pub const LI: PersonId = 5;
pub const ROOT: PersonId = 9;
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// Zhang's manager is Fu, whose manager is Wu. Jia, Fu and Li are in `ops`.
pub fn directory() -> Directory {
    let person = |username: &str, manager: Option<PersonId>, administrator: bool| DirectoryPerson {
        username: username.to_owned(),
        active: true,
        manager,
        administrator,
    };
    let people = BTreeMap::from([
        (ZHANG, person("zhang", Some(FU), false)),
        (FU, person("fu", Some(WU), false)),
        (JIA, person("jia", Some(WU), false)),
        (WU, person("wu", None, false)),
        (LI, person("li", Some(FU), false)),
        (ROOT, person("root", None, true)),
    ]);
    let groups = BTreeMap::from([
        ("ops".to_owned(), vec![JIA, FU, LI]),
        ("finance".to_owned(), vec![JIA, WU, LI]),
        ("leads".to_owned(), vec![FU, WU]),
    ]);
    Directory { people, groups, delegations: Vec::new() }
}

/// An order on its way: every accepted move is applied, and the log is kept.
pub struct Story {
    pub flow: Flow,
    pub directory: Directory,
    pub order: Order,
    pub log: Vec<Event>,
    pub now_ms: i64,
}

pub fn flow_of(yaml: &str) -> Flow {
    let definition = Definition::from_yaml(yaml).unwrap_or_else(|problem| panic!("{problem}"));
    Flow::new(definition).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A flow with a form of `days`, from its nodes between `start` and `end` and its links, in short YAML.
pub fn short(nodes: &[&str], links: &[&str], rules: &str) -> String {
    let mut yaml = "flow: test\nname: Test\nform:\n  - {id: days, label: Days, type: number}\nnodes:\n".to_owned();
    yaml.push_str("  - {id: start, name: Start, kind: start}\n  - {id: end, name: End, kind: end}\n");
    for node in nodes {
        yaml.push_str(&format!("  - {{name: N, {node}}}\n"));
    }
    yaml.push_str("links:\n");
    for link in links {
        let mut parts = link.splitn(3, ' ');
        let (from, to, rest) = (parts.next().unwrap(), parts.next().unwrap(), parts.next());
        yaml.push_str(&format!(
            "  - {{from: {from}, to: {to}{}}}\n",
            rest.map(|rest| format!(", {rest}")).unwrap_or_default()
        ));
    }
    if !rules.is_empty() {
        yaml.push_str(&format!("rules: {{{rules}}}\n"));
    }
    yaml
}

pub fn values(json: serde_json::Value) -> Values {
    json.as_object().unwrap().clone().into_iter().collect()
}

impl Story {
    pub fn begin(yaml: &str) -> Story {
        Story::begin_with(yaml, directory(), Submission { requester: ZHANG, ..Submission::default() })
    }

    pub fn begin_with(yaml: &str, directory: Directory, submission: Submission) -> Story {
        let flow = flow_of(yaml);
        let context = Context { now_ms: 1_000, directory: &directory };
        let log = start(&flow, &submission, &context).unwrap_or_else(|refusal| panic!("{refusal}"));
        let order = Order::replay(&flow, &log);
        Story { flow, directory, order, log, now_ms: 1_000 }
    }

    pub fn try_command(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.now_ms += 1_000;
        let context = Context { now_ms: self.now_ms, directory: &self.directory };
        let events = decide(&self.flow, &self.order, &command, &context)?;
        events.iter().for_each(|event| self.order.apply(&self.flow, event));
        self.log.extend(events.clone());
        assert_eq!(Order::replay(&self.flow, &self.log), self.order);
        Ok(events)
    }

    pub fn try_by(&mut self, person: PersonId, action: Action) -> Result<Vec<Event>, Refusal> {
        self.try_command(Command::person(person, action))
    }

    #[track_caller]
    pub fn by(&mut self, person: PersonId, action: Action) -> Vec<Event> {
        let name = action.name();
        self.try_by(person, action).unwrap_or_else(|refusal| panic!("{person} {name}: {refusal}"))
    }

    #[track_caller]
    pub fn system(&mut self, action: Action) -> Vec<Event> {
        let name = action.name();
        self.try_command(Command::system(action)).unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    #[track_caller]
    pub fn refused(&mut self, person: PersonId, action: Action) -> Refusal {
        let before = self.order.clone();
        let name = action.name();
        let refusal = self.try_by(person, action).expect_err(name);
        assert_eq!(self.order, before);
        refusal
    }

    #[track_caller]
    pub fn approve(&mut self, people: &[PersonId]) {
        for person in people {
            self.by(*person, approve());
        }
    }

    /// Lets time pass, and fires what is due.
    pub fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
        while let Some((timer, at_ms)) = self.order.next_timer().filter(|(_, at_ms)| *at_ms <= self.now_ms + 1_000) {
            let _ = at_ms;
            let timer = timer.clone();
            self.system(Action::Fire { timer });
        }
    }

    pub fn at(&self) -> Vec<&str> {
        self.order.current_nodes().map(String::as_str).collect()
    }

    pub fn open(&self) -> Vec<(TaskId, Vec<PersonId>)> {
        self.order.open_tasks().map(|task| (task.id, task.people.clone())).collect()
    }

    pub fn context(&self) -> Context<'_> {
        Context { now_ms: self.now_ms, directory: &self.directory }
    }
}

pub fn approve() -> Action {
    Action::Approve { task: None, comment: None, form: None }
}

pub fn reject() -> Action {
    Action::Reject { task: None, reason: "no".to_owned() }
}

pub fn give_back(to: Option<&str>) -> Action {
    Action::Return { task: None, to: to.map(str::to_owned), reason: "again".to_owned() }
}

pub fn resubmit() -> Action {
    Action::Resubmit { task: None, form: None }
}

pub fn handle() -> Action {
    Action::Handle { task: None, comment: None, form: None }
}

pub fn withdraw() -> Action {
    Action::Withdraw { reason: String::new() }
}
