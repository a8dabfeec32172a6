//! Where nodes and links stand: layers from left to right, wrapped into bands like lines of text.
//!
//! Links leave a node at its right and enter at its left. They turn only in the gaps between columns and in the lanes
//! between bands, so that no link crosses a node.

use std::collections::BTreeMap;

use super::text::width_of;
use crate::diagram::{Diagram, Shape};
use crate::words::EachLanguage;

/// The widest that a band becomes before the next one begins.
const BAND_WIDTH: f64 = 1_300.0;
const MARGIN: f64 = 28.0;
const ROW_GAP: f64 = 22.0;
const COLUMN_GAP: f64 = 46.0;
const LANE: f64 = 12.0;

/// A node with its place: the middle, and the size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Box {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A drawing with places for everything.
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<Box>,
    /// For each link its corners, and where its text begins.
    pub links: Vec<Option<Way>>,
}

pub(super) struct Way {
    pub corners: Vec<(f64, f64)>,
    pub label: (f64, f64),
}

pub(super) fn layout(diagram: &Diagram, text: &dyn Fn(&EachLanguage) -> String) -> Layout {
    let index: BTreeMap<&str, usize> =
        diagram.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), place)).collect();
    let ends: Vec<Option<(usize, usize)>> = diagram
        .links
        .iter()
        .map(|link| Some((*index.get(link.from.as_str())?, *index.get(link.to.as_str())?)))
        .collect();
    let labels: Vec<f64> =
        diagram.links.iter().map(|link| link.text.as_ref().map_or(0.0, |label| width_of(&text(label), 11.0))).collect();
    let mut boxes: Vec<Box> = diagram
        .nodes
        .iter()
        .map(|node| {
            let note = node.note.as_ref().map_or(0.0, |note| width_of(&text(note), 11.0));
            size(node.shape, width_of(&text(&node.text), 13.0).max(note))
        })
        .collect();
    let columns = columns(diagram.nodes.len(), &ends);
    let mut placer =
        Placer { ends, labels, boxes: std::mem::take(&mut boxes), columns, gaps: Vec::new(), bands: Vec::new() };
    placer.place();
    placer.finish()
}

fn size(shape: Shape, text: f64) -> Box {
    let (width, height) = match shape {
        Shape::Ellipse => ((text + 36.0).max(76.0), 44.0),
        Shape::Diamond => ((text + 64.0).max(110.0), 62.0),
        Shape::Bar => ((text + 20.0).max(56.0), 34.0),
        Shape::Hexagon | Shape::Club => ((text + 48.0).max(118.0), 48.0),
        _ => ((text + 30.0).max(112.0), 48.0),
    };
    Box { x: 0.0, y: 0.0, width: width.min(260.0), height }
}

/// Puts each node one layer after the last node that leads to it; links that go back do not count.
fn columns(nodes: usize, ends: &[Option<(usize, usize)>]) -> Vec<Vec<usize>> {
    let mut onwards = vec![Vec::new(); nodes];
    let mut has_incoming = vec![false; nodes];
    for (from, to) in ends.iter().flatten() {
        onwards[*from].push(*to);
        has_incoming[*to] = true;
    }
    let order = finishing_order(&onwards, &has_incoming);
    let mut position = vec![0; nodes];
    order.iter().enumerate().for_each(|(place, node)| position[*node] = place);
    let mut layer = vec![0_usize; nodes];
    for node in &order {
        for target in onwards[*node].iter().filter(|target| position[**target] > position[*node]) {
            layer[*target] = layer[*target].max(layer[*node] + 1);
        }
    }
    let mut columns = vec![Vec::new(); layer.iter().max().map_or(0, |last| last + 1)];
    order.iter().for_each(|node| columns[layer[*node]].push(*node));
    columns.retain(|column: &Vec<usize>| !column.is_empty());
    columns
}

/// The nodes such that only links of cycles lead backwards: a depth-first search without recursion, reversed.
fn finishing_order(onwards: &[Vec<usize>], has_incoming: &[bool]) -> Vec<usize> {
    let mut seen = vec![false; onwards.len()];
    let mut finished = Vec::new();
    let roots = (0..onwards.len()).filter(|node| !has_incoming[*node]).chain(0..onwards.len());
    // Roots are taken from the last to the first, as the list is reversed at the end.
    for root in roots.collect::<Vec<_>>() {
        let mut stack = vec![(root, 0)];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        while let Some((node, next)) = stack.pop() {
            // Later links first, so that the first link ends up on top.
            match onwards[node].len().checked_sub(next + 1).map(|place| onwards[node][place]) {
                Some(target) => {
                    stack.push((node, next + 1));
                    if !std::mem::replace(&mut seen[target], true) {
                        stack.push((target, 0));
                    }
                }
                None => finished.push(node),
            }
        }
    }
    finished.reverse();
    finished
}

/// The width of bands that are as narrow as they can be without becoming more, so that the last one is no orphan.
fn balanced(widths: &[f64]) -> f64 {
    let bands_within = |most: f64| {
        let (mut bands, mut x) = (1, 0.0);
        for width in widths {
            if x > 0.0 && x + width > most {
                (bands, x) = (bands + 1, 0.0);
            }
            x += width;
        }
        bands
    };
    let fewest = bands_within(BAND_WIDTH);
    let mut most = BAND_WIDTH;
    while most > 200.0 && bands_within(most - 20.0) == fewest {
        most -= 20.0;
    }
    most
}

/// One line of columns.
struct Band {
    columns: std::ops::Range<usize>,
    top: f64,
    bottom: f64,
    lanes_below: usize,
}

struct Placer {
    ends: Vec<Option<(usize, usize)>>,
    labels: Vec<f64>,
    boxes: Vec<Box>,
    columns: Vec<Vec<usize>>,
    /// For each column: the left edge of the gap before it, and the gap's width.
    gaps: Vec<(f64, f64)>,
    bands: Vec<Band>,
}

impl Placer {
    fn place(&mut self) {
        let column_of = self.column_of();
        let width =
            |column: &Vec<usize>, boxes: &[Box]| column.iter().map(|node| boxes[*node].width).fold(0.0, f64::max);
        let gap_before: Vec<f64> = (0..self.columns.len()).map(|column| self.gap_before(column, &column_of)).collect();
        let widths: Vec<f64> =
            self.columns.iter().zip(&gap_before).map(|(column, gap)| gap + width(column, &self.boxes)).collect();
        let most = balanced(&widths);
        let mut x = MARGIN;
        let mut first = 0;
        for (column, gap) in gap_before.into_iter().enumerate() {
            let wide = width(&self.columns[column], &self.boxes);
            if column > first && x + gap + wide > MARGIN + most {
                self.bands.push(Band { columns: first..column, top: 0.0, bottom: 0.0, lanes_below: 0 });
                (first, x) = (column, MARGIN);
            }
            self.gaps.push((x, gap));
            x += gap;
            for node in &self.columns[column] {
                self.boxes[*node].x = x + wide / 2.0;
            }
            x += wide;
        }
        self.bands.push(Band { columns: first..self.columns.len(), top: 0.0, bottom: 0.0, lanes_below: 0 });
        self.order_rows(&column_of);
        self.place_bands(&column_of);
    }

    fn column_of(&self) -> Vec<usize> {
        let mut column_of = vec![0; self.boxes.len()];
        for (column, nodes) in self.columns.iter().enumerate() {
            nodes.iter().for_each(|node| column_of[*node] = column);
        }
        column_of
    }

    fn gap_before(&self, column: usize, column_of: &[usize]) -> f64 {
        let labels = self.ends.iter().zip(&self.labels).filter_map(|(ends, label)| {
            let (_, to) = (*ends)?;
            (column_of[to] == column).then_some(*label)
        });
        COLUMN_GAP + labels.fold(0.0, f64::max)
    }

    /// Sorts each column by where its neighbours to the left stand, a few times over.
    fn order_rows(&mut self, column_of: &[usize]) {
        for _ in 0..4 {
            let mut row_of = vec![0.0; self.boxes.len()];
            for column in 0..self.columns.len() {
                let mut keyed: Vec<(f64, usize)> = Vec::new();
                for (row, node) in self.columns[column].iter().enumerate() {
                    let before: Vec<f64> = self
                        .ends
                        .iter()
                        .flatten()
                        .filter(|(from, to)| to == node && column_of[*from] < column)
                        .map(|(from, _)| row_of[*from])
                        .collect();
                    let mean = before.iter().sum::<f64>() / before.len().max(1) as f64;
                    keyed.push((if before.is_empty() { row as f64 } else { mean }, *node));
                }
                keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
                let middle = (keyed.len() as f64 - 1.0) / 2.0;
                keyed.iter().enumerate().for_each(|(row, (_, node))| row_of[*node] = row as f64 - middle);
                self.columns[column] = keyed.into_iter().map(|(_, node)| node).collect();
            }
        }
    }

    fn place_bands(&mut self, column_of: &[usize]) {
        let mut top = MARGIN;
        for band in 0..self.bands.len() {
            let columns = self.bands[band].columns.clone();
            let height_of = |placer: &Placer, column: usize| {
                let heights = placer.columns[column].iter().map(|node| placer.boxes[*node].height + ROW_GAP);
                heights.sum::<f64>() - ROW_GAP
            };
            let height = columns.clone().map(|column| height_of(self, column)).fold(0.0, f64::max);
            for column in columns.clone() {
                let mut y = top + (height - height_of(self, column)) / 2.0;
                for node in self.columns[column].clone() {
                    self.boxes[node].y = y + self.boxes[node].height / 2.0;
                    y += self.boxes[node].height + ROW_GAP;
                }
            }
            let lanes = self.ends.iter().flatten().filter(|(from, to)| {
                let (from, to) = (column_of[*from], column_of[*to]);
                columns.contains(&from) && !(to == from + 1 && columns.contains(&to))
            });
            let lanes = lanes.count();
            self.bands[band].lanes_below = lanes;
            self.bands[band].top = top;
            self.bands[band].bottom = top + height;
            top += height + ROW_GAP + LANE * (lanes as f64 + 1.0);
        }
    }

    fn finish(self) -> Layout {
        let column_of = self.column_of();
        let mut lanes = vec![0_usize; self.bands.len()];
        let mut back = 0_usize;
        let links: Vec<Option<Way>> =
            (0..self.ends.len()).map(|link| self.way(link, &column_of, &mut lanes, &mut back)).collect();
        let right = self.boxes.iter().map(|node| node.x + node.width / 2.0).fold(0.0, f64::max);
        let corners = links.iter().flatten().flat_map(|way| way.corners.iter());
        let right = corners.map(|(x, _)| *x).fold(right, f64::max);
        let bottom = self.bands.last().map_or(0.0, |band| band.bottom + LANE * band.lanes_below as f64);
        Layout { width: (right + MARGIN).ceil(), height: (bottom + MARGIN).ceil(), boxes: self.boxes, links }
    }

    fn way(&self, link: usize, column_of: &[usize], lanes: &mut [usize], back: &mut usize) -> Option<Way> {
        let (from, to) = self.ends[link]?;
        let (source, target) = (self.boxes[from], self.boxes[to]);
        let begin = (source.x + source.width / 2.0, source.y);
        let end = (target.x - target.width / 2.0, target.y);
        let (gap_left, _) = self.gaps[column_of[to]];
        let last_turn = gap_left + 16.0;
        let label = (last_turn + 6.0, end.1 - 5.0);
        let band_of = |column: usize| self.bands.iter().position(|band| band.columns.contains(&column)).unwrap_or(0);
        let (source_band, target_band) = (band_of(column_of[from]), band_of(column_of[to]));
        if source_band == target_band && column_of[to] == column_of[from] + 1 {
            let corners = match (begin.1 - end.1).abs() < 0.5 {
                true => vec![begin, end],
                false => vec![begin, (last_turn, begin.1), (last_turn, end.1), end],
            };
            return Some(Way { corners, label });
        }
        lanes[source_band] += 1;
        let lane = self.bands[source_band].bottom + ROW_GAP / 2.0 + LANE * lanes[source_band] as f64;
        // The gap after the widest node of the source's column, so that the link passes its neighbours.
        let first_turn = self.columns[column_of[from]]
            .iter()
            .map(|node| self.boxes[*node])
            .map(|node| node.x + node.width / 2.0)
            .fold(begin.0, f64::max)
            + 8.0;
        let mut corners = vec![begin, (first_turn, begin.1), (first_turn, lane)];
        // Its text stands on the lane, where no other link ends.
        let label = (first_turn + 6.0, lane - 4.0);
        if target_band != source_band && target_band != source_band + 1 {
            *back += 1;
            let margin = MARGIN - 4.0 - (*back % 5) as f64 * 4.0;
            let above = self.bands[target_band].top - ROW_GAP / 2.0;
            corners.extend([(margin, lane), (margin, above), (last_turn, above)]);
        } else {
            corners.push((last_turn, lane));
        }
        corners.extend([(last_turn, end.1), end]);
        Some(Way { corners, label })
    }
}
