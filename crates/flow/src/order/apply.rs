//! How events change an order.

use super::Order;
use crate::event::Event;
use crate::graph::Flow;

impl Order {
    /// The order that these events made.
    pub fn replay<'a>(flow: &Flow, events: impl IntoIterator<Item = &'a Event>) -> Order {
        let mut order = Order::default();
        events.into_iter().for_each(|event| order.apply(flow, event));
        order
    }

    /// Takes one event in. It never fails: what makes no sense changes nothing but the revision.
    pub fn apply(&mut self, flow: &Flow, event: &Event) {
        let _ = (flow, event);
        unimplemented!("the body follows")
    }
}
