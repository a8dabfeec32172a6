//! Puts the built web client into the binary. Without one (a first `cargo build`), a page says how to build it.

use std::path::Path;

fn main() {
    let built = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=placeholder");
    let folder = if built.join("index.html").exists() { "../../web/dist" } else { "placeholder" };
    memory_serve::load_directory(folder);
}
