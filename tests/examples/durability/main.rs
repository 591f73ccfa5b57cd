//! Measures the cost of durability: `cargo run --release -p callsign-tests --example durability`
//!
//! It prints the tables at the end of `docs/durability.md`. The stores are memory, a SQLite file in
//! the temporary folder and, if `CALLSIGN_POSTGRES` is set, the PostgreSQL server at that URL.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that prints its results")]

mod agents;
mod counting_store;
mod long_conversations;
mod paused;
mod process;
mod stores;
mod turns;

use stores::StoreKind;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let stores = StoreKind::all();
    // `paused` runs this program again for each store, with the index of the store.
    if let Some(index) = std::env::args().nth(1) {
        return paused::measure(&stores[index.parse::<usize>().unwrap()]).await;
    }
    turns::print(&stores).await;
    long_conversations::print(&stores).await;
    paused::print(&stores);
}
