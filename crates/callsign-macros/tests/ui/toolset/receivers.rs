use std::sync::Arc;

use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Changes the value.
    #[tool]
    fn changes(&mut self) {}

    /// Takes the value.
    #[tool]
    fn takes(self) {}

    /// Shares the value.
    #[tool]
    fn shares(self: Arc<Self>) {}
}

fn main() {
    let _ = Hotels;
}
