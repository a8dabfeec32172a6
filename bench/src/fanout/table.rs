//! The figures as Markdown: CPU as in a table of servers, speed and delays, and how our own stand to the goals.

use std::collections::BTreeSet;

use super::peer::Peer;
use super::{Figures, Part};
use crate::report::{self, Row, milliseconds, row};

pub fn print(figures: &[Figures]) {
    print_cpu(figures);
    print_speed(figures);
    let goals = goals(figures);
    if !goals.is_empty() {
        println!();
        report::print(&goals);
    }
}

fn print_cpu(figures: &[Figures]) {
    let counts: BTreeSet<usize> = figures.iter().map(|figures| figures.receivers).collect();
    print!("| server CPU per delivery, µs |");
    counts.iter().for_each(|count| print!(" {count} receivers, one at a time | {count}, 64 in flight |"));
    print!(" KiB per idle connection |\n|---|");
    (0..=counts.len() * 2).for_each(|_| print!("---|"));
    println!();
    let mut peers: Vec<Peer> = Vec::new();
    for figures in figures {
        if !peers.contains(&figures.peer) {
            peers.push(figures.peer);
        }
    }
    for peer in peers {
        print!("| {} |", peer.title());
        for &count in &counts {
            let here = find(figures, peer, count);
            print!(" {} |", cpu(here.map(|here| &here.one_at_a_time)));
            print!(" {} |", cpu(here.and_then(|here| here.in_flight.as_ref())));
        }
        // With the most connections, what the server takes once weighs least.
        let most = counts.iter().rev().find_map(|&count| find(figures, peer, count));
        println!(" {:.1} |", most.map_or(0.0, |most| most.kib_per_connection));
    }
}

fn print_speed(figures: &[Figures]) {
    println!(
        "\n| receivers | server | one at a time: deliveries a second | to the last, p50 / p99 \
         | 64 in flight: deliveries a second | to the last, p50 / p99 |\n|---|---|---|---|---|---|"
    );
    for figures in figures {
        let (one, loaded) = (speed(Some(&figures.one_at_a_time)), speed(figures.in_flight.as_ref()));
        println!("| {} | {} | {one} | {loaded} |", figures.receivers, figures.peer.title());
    }
}

fn cpu(part: Option<&Part>) -> String {
    part.map_or("–".to_owned(), |part| format!("{:.2}", part.cpu_us))
}

fn speed(part: Option<&Part>) -> String {
    part.map_or("– | –".to_owned(), |part| {
        let (p50, p99) = (milliseconds(part.delay_p50), milliseconds(part.delay_p99));
        format!("{:.0} | {p50} / {p99}", part.deliveries_per_second)
    })
}

/// What is not measured has no row.
fn goals(figures: &[Figures]) -> Vec<Row> {
    let mut rows = Vec::new();
    for own in figures.iter().filter(|figures| figures.peer == Peer::Own) {
        let (name, count) = (own.peer.title(), own.receivers);
        let mut ratio = |other: &Figures, what: &str, part: fn(&Figures) -> Option<&Part>, goal: &'static str| {
            if let (Some(own), Some(cpu)) = (part(own), part(other)) {
                let (other, ratio) = (other.peer.title(), format!("{:.2}", cpu.cpu_us / own.cpu_us));
                rows.push(row(format!("{other} ÷ {name}, {count} receivers, {what}"), ratio, goal));
            }
        };
        for other in figures.iter().filter(|figures| figures.receivers == count) {
            match other.peer {
                Peer::Raw => {
                    ratio(other, "one at a time", one_at_a_time, "0.85 or more");
                    ratio(other, "64 in flight", in_flight, "more than 10");
                }
                Peer::RawBatched => ratio(other, "64 in flight", in_flight, ""),
                Peer::Node => ratio(other, "64 in flight", in_flight, "10 or more"),
                peer if peer.is_django() => ratio(other, "one at a time", one_at_a_time, django_goal(count)),
                _ => {}
            }
        }
        let memory = format!("{:.1} KiB", own.kib_per_connection);
        rows.push(row(format!("{name}, memory per idle connection of {count}"), memory, "4 KiB or less"));
    }
    rows
}

fn django_goal(receivers: usize) -> &'static str {
    match receivers {
        20 => "10 or more",
        1000 => "25 or more",
        5000 => "50 or more",
        _ => "",
    }
}

fn one_at_a_time(figures: &Figures) -> Option<&Part> {
    Some(&figures.one_at_a_time)
}

fn in_flight(figures: &Figures) -> Option<&Part> {
    figures.in_flight.as_ref()
}

fn find(figures: &[Figures], peer: Peer, receivers: usize) -> Option<&Figures> {
    figures.iter().find(|figures| figures.peer == peer && figures.receivers == receivers)
}
