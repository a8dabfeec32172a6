//! The rules of approval and release.

pub mod command;
mod decide;
pub mod definition;
pub mod diagram;
pub mod directory;
pub mod drawing;
pub mod event;
pub mod expression;
pub mod form;
pub mod gojs;
pub mod graph;
mod moves;
#[cfg(feature = "openapi")]
mod openapi;
pub mod order;
mod preview;
pub mod refusal;
mod words;
pub mod yaml;

pub use command::{Action, Command, Context, Submission};
pub use decide::{decide, start};
pub use definition::{Definition, NodeId};
pub use diagram::diagram;
pub use directory::{Directory, PersonId};
pub use event::{Event, Happening};
pub use graph::{Flow, Problem};
pub use moves::{LegalMove, moves};
pub use order::{Actor, Order, Status, TaskId};
pub use preview::{PreviewStep, preview};
pub use refusal::Refusal;
pub use words::{EachLanguage, Words};
