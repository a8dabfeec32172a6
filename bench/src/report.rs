//! Rows of the table, and the arithmetic behind them.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Command, FromArgMatches};

/// A line of the table.
pub struct Row {
    what: String,
    figure: String,
    goal: &'static str,
}

/// `goal` is empty where there is none.
pub fn row(what: impl Into<String>, figure: impl Display, goal: &'static str) -> Row {
    let (what, figure) = (what.into(), figure.to_string());
    eprintln!("{what}: {figure}");
    Row { what, figure, goal }
}

pub fn print(rows: &[Row]) {
    println!("| what | measured | goal |\n|---|---|---|");
    for Row { what, figure, goal } in rows {
        println!("| {what} | {figure} | {goal} |");
    }
}

/// A subcommand's options as they are when none is given.
pub fn defaults<T: Args + FromArgMatches>() -> Result<T> {
    let matches = T::augment_args(Command::new("bench")).get_matches_from(["bench"]);
    T::from_arg_matches(&matches).context("every option has a default")
}

/// The value below which the given share of all values lies. `values` may not be empty.
pub fn percentile<T: Copy + PartialOrd>(values: &mut [T], share: f64) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("times and rates are comparable"));
    let index = (values.len() as f64 * share) as usize;
    values[index.min(values.len() - 1)]
}

pub fn median<T: Copy + PartialOrd>(values: &mut [T]) -> T {
    percentile(values, 0.5)
}

pub fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let mut values: Vec<u32> = (1..=100).rev().collect();
        assert_eq!((median(&mut values), percentile(&mut values, 0.99), percentile(&mut values, 1.0)), (51, 100, 100));
        assert_eq!(median(&mut [7]), 7);
    }
}
