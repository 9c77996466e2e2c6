//! Has Cargo build again when a file changes that goes into the binary as data.

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=reports/templates");
}
