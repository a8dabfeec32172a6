//! Orders: how many decisions a second, how soon others see them, and lists when there are a million of them.

pub mod decisions;
mod filling;
pub mod lists;
mod questions;
pub mod repaint;
mod seeds;
pub mod staff;
mod words;
