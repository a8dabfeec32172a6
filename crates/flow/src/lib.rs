//! The rules of approval and release, as a pure engine: no clock, no input or output, no async, no server.
//!
//! A [`Flow`] is a directed graph that people design once; an [`Order`] is one run of one published version of it.
//! [`start`] and [`decide`] look at an order and answer with [`Event`]s or a [`Refusal`]; [`Order::apply`] takes events
//! in and never fails. The caller stores the events, tells the time, knows the people, and runs the scripts.
//!
//! This page is a tutorial; every example compiles and runs. The semantics and the YAML keys stand in `docs/flow.md`.
//!
//! 1. [A flow](#a-flow)
//! 2. [What is wrong with it](#what-is-wrong-with-it)
//! 3. [An order](#an-order)
//! 4. [Decisions](#decisions)
//! 5. [What somebody could do](#what-somebody-could-do)
//! 6. [Time](#time)
//! 7. [Scripts](#scripts)
//! 8. [Pictures](#pictures)
//! 9. [Designing](#designing)
//!
//! # A flow
//!
//! Flows are written as YAML, or as the same thing in JSON. [`Definition::from_yaml`] names the line and column of what
//! it can not read; [`Flow::new`] checks the graph.
//!
//! ```
//! use flow::{Definition, Flow};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let definition = Definition::from_yaml(
//!     "
//! flow: leave
//! name: {zh: 请假, en: Leave}
//! form:
//!   - {id: days, label: {zh: 天数, en: Days}, type: number, required: true, min: 0.5}
//! nodes:
//!   - {id: start, name: {zh: 开始, en: Start}, kind: start}
//!   - {id: manager, name: {zh: 主管审批, en: Manager}, kind: approve, who: [manager]}
//!   - {id: long, name: {zh: 三天以上?, en: More than three?}, kind: condition}
//!   - {id: leads, name: {zh: 负责人, en: Leads}, kind: approve, who: [{group: leads}], rule: any}
//!   - {id: end, name: {zh: 结束, en: End}, kind: end}
//! links:
//!   - {from: start, to: manager}
//!   - {from: manager, to: long}
//!   - {from: long, to: leads, when: days > 3}
//!   - {from: long, to: end, otherwise: true}
//!   - {from: leads, to: end}
//! ",
//! )?;
//! let flow = Flow::new(definition).expect("the flow has no problems");
//! assert_eq!(flow.definition().name.in_language("zh"), "请假");
//! # Ok(())
//! # }
//! ```
//!
//! # What is wrong with it
//!
//! A [`Problem`] has a stable code, the node, link or field that it is about, and words in both languages.
//!
//! ```
//! use flow::{Definition, Flow};
//!
//! let yaml = include_str!("../flows/leave.yaml").replace("otherwise: true", "when: days < 3");
//! let problems = Flow::new(Definition::from_yaml(&yaml).unwrap()).unwrap_err();
//! assert_eq!((problems[0].code.as_str(), problems[0].node.as_deref()), ("no_otherwise", Some("long")));
//! assert_eq!(problems[0].words.in_language("zh"), "节点“超过三天?”没有“其他情况”的出线");
//! ```
//!
//! [`Flow::check_people`] also looks for the people and groups that a flow names.
//!
//! # An order
//!
//! [`start`] needs the form, and a [`Context`]: the time, and a snapshot of the people as a [`Directory`]. Its events
//! are the order; [`Order::replay`] gives the state.
//!
//! ```
//! use flow::{Context, Definition, Directory, Flow, Order, Status, Submission, start};
//! # use flow::directory::DirectoryPerson;
//! # fn directory() -> Directory {
//! #     let person = |username: &str, manager| DirectoryPerson { username: username.into(), active: true, manager, administrator: false };
//! #     let people = [(1, person("zhang", Some(2))), (2, person("fu", None)), (3, person("wu", None))].into();
//! #     let groups = [("leads".to_owned(), vec![2, 3]), ("finance".to_owned(), vec![3])].into();
//! #     Directory { people, groups, delegations: vec![] }
//! # }
//! let flow = Flow::new(Definition::from_yaml(include_str!("../flows/leave.yaml")).unwrap()).unwrap();
//! let directory = directory();
//! let context = Context { now_ms: 1_795_564_800_000, directory: &directory };
//!
//! let form = serde_json::json!({"kind": "annual", "from": "2026-12-01", "to": "2026-12-02", "days": 2});
//! let form = serde_json::from_value(form).unwrap();
//! let submission = Submission { requester: 1, form, ..Submission::default() };
//! let events = start(&flow, &submission, &context).unwrap();
//! let order = Order::replay(&flow, &events);
//!
//! assert_eq!(order.status, Status::Running);
//! assert_eq!(order.title(&flow).zh, "年假 2026-12-01 – 2026-12-02");
//! assert_eq!(order.tasks[&1].people, [2], "the manager is asked");
//! ```
//!
//! [`preview`] says beforehand who would be asked.
//!
//! # Decisions
//!
//! A [`Command`] is a move and who makes it. The answer is a list of events to be stored and applied, or a [`Refusal`]
//! that says precisely why not; then nothing has changed. Two who decide on the same revision can not both be right:
//! store events only while [`Order::revision`] is what it was.
//!
//! ```
//! use flow::{Action, Command, Refusal, decide};
//! # use flow::{Context, Definition, Directory, Flow, Order, Status, Submission, start};
//! # use flow::directory::DirectoryPerson;
//! # let person = |username: &str, manager| DirectoryPerson { username: username.into(), active: true, manager, administrator: false };
//! # let people = [(1, person("zhang", Some(2))), (2, person("fu", None)), (3, person("wu", None))].into();
//! # let groups = [("leads".to_owned(), vec![2, 3]), ("finance".to_owned(), vec![3])].into();
//! # let directory = Directory { people, groups, delegations: vec![] };
//! # let flow = Flow::new(Definition::from_yaml(include_str!("../flows/leave.yaml")).unwrap()).unwrap();
//! # let context = Context { now_ms: 1_795_564_800_000, directory: &directory };
//! # let form = serde_json::json!({"kind": "annual", "from": "2026-12-01", "to": "2026-12-02", "days": 2});
//! # let form = serde_json::from_value(form).unwrap();
//! # let submission = Submission { requester: 1, form, ..Submission::default() };
//! # let mut order = Order::replay(&flow, &start(&flow, &submission, &context).unwrap());
//! let reject = Action::Reject { task: None, reason: " ".to_owned() };
//! let refusal = decide(&flow, &order, &Command::person(2, reject), &context).unwrap_err();
//! assert_eq!(refusal, Refusal::ReasonRequired {});
//!
//! let approve = Action::Approve { task: None, comment: None, form: None };
//! let events = decide(&flow, &order, &Command::person(2, approve.clone()), &context).unwrap();
//! events.iter().for_each(|event| order.apply(&flow, event));
//! assert_eq!(order.status, Status::Approved);
//!
//! let too_late = decide(&flow, &order, &Command::person(2, approve), &context).unwrap_err();
//! assert_eq!(too_late.slug(), "already_decided");
//! ```
//!
//! # What somebody could do
//!
//! [`moves`] lists exactly the moves that [`decide`] would take from a person now, each with its task, and where an
//! order can be returned to. Buttons are made from it.
//!
//! # Time
//!
//! The engine has no clock. [`Order::timers`] says what is due when; the caller makes the move [`Action::Fire`] then,
//! late if it was not running. A timer that is gone is refused, so firing twice does no harm.
//!
//! # Scripts
//!
//! A `run` node is decided here and run elsewhere. A token on it has a [`order::Run`] in the state `requested`
//! ([`Order::requested_runs`]); the caller reports `run_started`, `host_changed` and `run_ended`, each with the number
//! of the attempt, so that news of an older attempt are refused. [`Order::cancelling_runs`] are to be stopped, and
//! `cancelled_verified` says that they are.
//!
//! # Pictures
//!
//! [`diagram()`] gives nodes and links with their states, and [`diagram::Diagram::changes_since`] what has changed;
//! [`gojs`] makes model JSON of it and [`drawing::svg`] a picture for mails.
//!
//! ```
//! use flow::{Definition, Flow, diagram, drawing, gojs};
//!
//! let flow = Flow::new(Definition::from_yaml(include_str!("../flows/website.yaml")).unwrap()).unwrap();
//! let diagram = diagram(&flow, None, &|person| person.to_string());
//! assert!(drawing::svg(&diagram, "zh").contains("运维会签"));
//! assert_eq!(gojs::tree_model(&diagram, "zh").unwrap_err().nodes, ["fetch"], "two links lead to it");
//! ```
//!
//! # Designing
//!
//! [`diff`] says what has changed between two versions, [`detour`] whether an order would take another way through a
//! new one. A [`Rehearsal`] goes through a flow step by step with answers that are made up; it is decided by [`start`]
//! and [`decide`] like any order.
//!
//! ```
//! use flow::{Definition, diff};
//!
//! let older = Definition::from_yaml(include_str!("../flows/leave.yaml")).unwrap();
//! let newer = include_str!("../flows/leave.yaml").replace("days > 3", "days > 5");
//! let difference = diff(&older, &Definition::from_yaml(&newer).unwrap());
//! let text = "~ Link More than three days? → The leads approve in turn: condition days > 3 → days > 5\n";
//! assert_eq!(difference.text("en"), text);
//! ```

#![warn(missing_docs)]

pub mod command;
mod decide;
pub mod definition;
mod detour;
pub mod diagram;
pub mod difference;
pub mod directory;
pub mod drawing;
pub mod event;
pub mod expression;
pub mod form;
pub mod gojs;
pub mod graph;
mod moves;
mod note;
#[cfg(feature = "openapi")]
mod openapi;
pub mod order;
mod preview;
pub mod refusal;
pub mod rehearsal;
mod words;
pub mod yaml;
mod yaml_words;

pub use command::{Action, Command, Context, Submission};
pub use decide::{decide, start};
pub use definition::{Definition, NodeId};
pub use detour::{Detour, detour};
pub use diagram::diagram;
pub use difference::{Difference, diff};
pub use directory::{Directory, PersonId};
pub use event::{Event, Happening};
pub use graph::{Flow, Problem};
pub use moves::{LegalMove, moves};
pub use note::{Cause, Note};
pub use order::{Actor, Order, Status, TaskId};
pub use preview::{PreviewStep, preview};
pub use refusal::Refusal;
pub use rehearsal::Rehearsal;
pub use words::{EachLanguage, Words};
