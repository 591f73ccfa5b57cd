use std::rc::Rc;

use callsign::{tool, tools};

async fn pause() {}

/// Holds what may not change threads while it waits.
#[tool]
async fn hold() -> u32 {
    let number = Rc::new(3);
    pause().await;
    *number
}

fn main() {
    let _ = tools![hold];
}
