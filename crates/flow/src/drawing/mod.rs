//! A diagram as a stand-alone SVG, for mails and wikis.

mod layout;
mod text;

use std::fmt::Write;

use crate::diagram::{Diagram, DiagramLink, DiagramNode, LinkState, NodeState, Shape};
use crate::words::EachLanguage;
use layout::{Box, Way, layout};
use text::{escaped, fitted};

/// Draws a diagram in `zh` or `en`. The text is escaped, the picture has a white background and needs no style sheet.
pub fn svg(diagram: &Diagram, language: &str) -> String {
    let in_language = |text: &EachLanguage| if language.starts_with("zh") { text.zh.clone() } else { text.en.clone() };
    let layout = layout(diagram, &in_language);
    let (width, height) = (layout.width.max(120.0), layout.height.max(80.0));
    let mut drawing = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-family="Inter, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif" font-size="13" text-anchor="middle"><rect width="{width}" height="{height}" fill="#ffffff"/>"##
    );
    for (link, way) in diagram.links.iter().zip(&layout.links) {
        if let Some(way) = way {
            draw_link(&mut drawing, link, way, &in_language);
        }
    }
    for (node, place) in diagram.nodes.iter().zip(&layout.boxes) {
        draw_node(&mut drawing, node, *place, &in_language);
    }
    drawing.push_str("</svg>");
    drawing
}

/// The outline and the filling of a state: colours of the product's light theme.
fn colours(state: NodeState) -> (&'static str, &'static str) {
    match state {
        NodeState::Idle | NodeState::Skipped | NodeState::Cancelled => ("#8b94a5", "#f0f2f5"),
        NodeState::Waiting | NodeState::Returned | NodeState::Partly => ("#8a5a00", "#fff3d6"),
        NodeState::Running => ("#1d5fd1", "#e4eefe"),
        NodeState::Done => ("#12784a", "#e3f6ec"),
        NodeState::Rejected | NodeState::Failed => ("#b3261e", "#fde9e7"),
    }
}

/// Colour never stands alone: failures, and what was passed over, have a broken outline, too.
fn dashes(state: NodeState) -> &'static str {
    match state {
        NodeState::Rejected | NodeState::Failed => r#" stroke-dasharray="4 3""#,
        NodeState::Skipped | NodeState::Cancelled => r#" stroke-dasharray="1 3""#,
        _ => "",
    }
}

fn draw_link(drawing: &mut String, link: &DiagramLink, way: &Way, in_language: &dyn Fn(&EachLanguage) -> String) {
    let (colour, dashes) = match link.state {
        LinkState::Idle => ("#8b94a5", ""),
        LinkState::Taken => ("#12784a", ""),
        LinkState::Live => ("#1d5fd1", r#" stroke-dasharray="5 4""#),
        LinkState::Failed => ("#b3261e", ""),
    };
    let mut path = String::new();
    for (place, (x, y)) in way.corners.iter().enumerate() {
        let letter = if place == 0 { 'M' } else { 'L' };
        // Writing to a string can not fail.
        let _ = write!(path, "{letter}{x:.1} {y:.1}");
    }
    let _ = write!(
        drawing,
        r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"{dashes}/>"#
    );
    if let Some((x, y)) = way.corners.last() {
        let (left, top, bottom) = (x - 7.0, y - 4.0, y + 4.0);
        let _ = write!(
            drawing,
            r#"<path d="M{left:.1} {top:.1}L{x:.1} {y:.1}L{left:.1} {bottom:.1}" fill="none" stroke="{colour}" stroke-width="1.4"/>"#
        );
    }
    if let Some(label) = &link.text {
        let (x, y) = way.label;
        let label = escaped(&in_language(label));
        let _ = write!(
            drawing,
            r##"<text x="{x:.1}" y="{y:.1}" font-size="11" fill="#5b6475" text-anchor="start">{label}</text>"##
        );
    }
}

fn draw_node(drawing: &mut String, node: &DiagramNode, place: Box, in_language: &dyn Fn(&EachLanguage) -> String) {
    let (stroke, fill) = colours(node.state);
    let outline = outline(node.shape, place);
    let dashes = dashes(node.state);
    let _ = write!(drawing, r#"<g fill="{fill}" stroke="{stroke}" stroke-width="1.4"{dashes}>{outline}</g>"#);
    let room = place.width - if node.shape == Shape::Diamond { 48.0 } else { 12.0 };
    let text = escaped(&fitted(&in_language(&node.text), 13.0, room));
    // The lid of a cylinder needs room.
    let (x, middle) = (place.x, place.y + if node.shape == Shape::Cylinder { 4.0 } else { 0.0 });
    match &node.note {
        None => {
            let y = middle + 4.5;
            let _ = write!(drawing, r##"<text x="{x:.1}" y="{y:.1}" fill="#161b26">{text}</text>"##);
        }
        Some(note) => {
            let note = escaped(&fitted(&in_language(note), 11.0, room));
            let (first, second) = (middle - 3.0, middle + 14.0);
            let _ = write!(
                drawing,
                r##"<text x="{x:.1}" y="{first:.1}" fill="#161b26">{text}</text><text x="{x:.1}" y="{second:.1}" font-size="11" fill="#5b6475">{note}</text>"##
            );
        }
    }
}

fn outline(shape: Shape, place: Box) -> String {
    let Box { x, y, width, height } = place;
    let (left, top, right, bottom) = (x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0);
    let rectangle = |radius: f64| {
        format!(r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" rx="{radius}"/>"#)
    };
    match shape {
        Shape::Ellipse => {
            format!(r#"<ellipse cx="{x:.1}" cy="{y:.1}" rx="{:.1}" ry="{:.1}"/>"#, width / 2.0, height / 2.0)
        }
        Shape::Rounded => rectangle(10.0),
        Shape::Rectangle => rectangle(3.0),
        Shape::Bar => rectangle(17.0),
        Shape::Diamond => {
            format!(r#"<path d="M{left:.1} {y:.1}L{x:.1} {top:.1}L{right:.1} {y:.1}L{x:.1} {bottom:.1}Z"/>"#)
        }
        Shape::Hexagon => {
            let (inner_left, inner_right) = (left + 14.0, right - 14.0);
            format!(
                r#"<path d="M{left:.1} {y:.1}L{inner_left:.1} {top:.1}H{inner_right:.1}L{right:.1} {y:.1}L{inner_right:.1} {bottom:.1}H{inner_left:.1}Z"/>"#
            )
        }
        Shape::Document => {
            let wave = bottom - 7.0;
            format!(
                r#"<path d="M{left:.1} {top:.1}H{right:.1}V{wave:.1}Q{:.1} {:.1} {x:.1} {wave:.1}T{left:.1} {wave:.1}Z"/>"#,
                (x + right) / 2.0,
                wave - 9.0
            )
        }
        Shape::Clock => {
            let (hand_x, hand_y) = (left + 13.0, top + 13.0);
            format!(
                r#"{}<circle cx="{hand_x:.1}" cy="{hand_y:.1}" r="7"/><path d="M{hand_x:.1} {:.1}V{hand_y:.1}H{:.1}" fill="none"/>"#,
                rectangle(22.0),
                hand_y - 4.5,
                hand_x + 3.5
            )
        }
        Shape::Cylinder => {
            let (upper, lower) = (top + 6.0, bottom - 6.0);
            let radius = width / 2.0;
            format!(
                r#"<path d="M{left:.1} {upper:.1}A{radius:.1} 6 0 0 1 {right:.1} {upper:.1}V{lower:.1}A{radius:.1} 6 0 0 1 {left:.1} {lower:.1}Z"/><path d="M{left:.1} {upper:.1}A{radius:.1} 6 0 0 0 {right:.1} {upper:.1}" fill="none"/>"#
            )
        }
        Shape::Club => {
            let (side, radius) = (height / 4.0, height / 4.6);
            format!(
                r#"<path d="M{x:.1} {y:.1}L{:.1} {bottom:.1}H{:.1}Z"/><circle cx="{x:.1}" cy="{:.1}" r="{radius:.1}"/><circle cx="{:.1}" cy="{y:.1}" r="{radius:.1}"/><circle cx="{:.1}" cy="{y:.1}" r="{radius:.1}"/>"#,
                x - side / 2.0,
                x + side / 2.0,
                top + radius,
                x - side,
                x + side
            )
        }
    }
}
