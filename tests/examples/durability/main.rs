//! What durability costs, measured: `cargo run --release -p callsign-tests --example durability`
//!
//! It prints the table at the end of `docs/durability.md`. The stores are in memory, a SQLite file
//! in the temporary folder, and the Postgres server that `CALLSIGN_POSTGRES` names, where it does.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures, and says what it found")]

mod agents;
mod counted;
mod long;
mod machine;
mod places;
mod turns;
mod waiting;

use places::Place;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let places = Place::all();
    if let Some(place) = std::env::args().nth(1) {
        return waiting::measure(&places[place.parse::<usize>().unwrap()]).await;
    }
    turns::print(&places).await;
    long::print(&places).await;
    waiting::print(&places);
}
