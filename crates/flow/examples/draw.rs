//! Draws a flow from its YAML: `cargo run -p flow --example draw -- crates/flow/flows/leave.yaml zh > leave.svg`

use flow::{Definition, Flow, diagram, drawing};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name a YAML file")?;
    let language = arguments.next().unwrap_or_else(|| "en".to_owned());
    let definition = Definition::from_yaml(&std::fs::read_to_string(&file)?)?;
    let flow = Flow::new(definition).map_err(|problems| {
        let words: Vec<&str> = problems.iter().map(|problem| problem.words.in_language(&language)).collect();
        words.join("\n")
    })?;
    println!("{}", drawing::svg(&diagram(&flow, None, &|_| String::new()), &language));
    Ok(())
}
