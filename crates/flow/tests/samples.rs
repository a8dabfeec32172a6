//! The sample flows that come with the product are sound.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::{Definition, Flow};
use support::*;

#[test]
fn every_sample_flow_is_valid_and_survives_yaml() {
    for (name, text) in SAMPLES {
        let definition = Definition::from_yaml(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let again = Definition::from_yaml(&definition.to_yaml()).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(again, definition, "{name}");
        let json = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition, "{name}");
        let flow = Flow::new(definition).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(flow.check_people(&directory()), []);
    }
}
