//! Measures how long hostile inputs of 64 KiB, 256 KiB and 1 MiB take:
//! `cargo run --release --example timing [part of a name]`.

#[path = "../tests/patterns/mod.rs"]
mod patterns;

use std::time::Instant;

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];

fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    println!(
        "{:34}{:>9}{:>9}{:>9}{:>10}  ms, and KiB of HTML",
        "input", "64 KiB", "256 KiB", "1 MiB", "HTML"
    );
    let names: Vec<_> = patterns::all(1 << 14).into_iter().map(|(name, _)| name).collect();
    for (nth, name) in names.into_iter().enumerate() {
        if !name.contains(&filter) {
            continue;
        }
        print!("{name:34}");
        let mut html = 0;
        for size in SIZES {
            let (_, input) = patterns::all(size).swap_remove(nth);
            let start = Instant::now();
            html = richtext::render(&input).html.len() >> 10;
            print!("{:9.0}", start.elapsed().as_secs_f64() * 1e3);
        }
        println!("{html:10}");
    }
}
