use std::cell::Cell;

use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Counts.
    #[tool]
    fn count(&self, #[state] counter: &Cell<u32>) -> u32 {
        counter.get()
    }

    /// Counts per run.
    #[tool]
    async fn count_per_run(&self, #[context] counter: &Cell<u8>) -> u8 {
        counter.get()
    }
}

fn main() {
    let _ = Hotels;
}
