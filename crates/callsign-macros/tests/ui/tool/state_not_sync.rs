use std::cell::Cell;

use callsign::{tool, tools};

trait Clock {
    fn now(&self) -> u64;
}

/// Counts.
#[tool]
fn count(#[state] counter: &Cell<u32>) -> u32 {
    counter.get()
}

/// Returns the time.
#[tool]
async fn now(#[state] clock: &dyn Clock) -> u64 {
    clock.now()
}

fn main() {
    let _ = tools![count, now];
}
