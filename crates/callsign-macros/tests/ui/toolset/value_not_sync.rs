use std::cell::Cell;

use callsign::{tool, toolset};

struct Hotels {
    booked: Cell<u32>,
}

#[toolset]
impl Hotels {
    /// Counts.
    #[tool]
    fn count(&self) -> u32 {
        self.booked.get()
    }
}

fn main() {
    let _ = Hotels { booked: Cell::new(1) }.count();
}
