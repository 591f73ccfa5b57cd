use std::rc::Rc;

use callsign::{tool, tools};

async fn pause() {}

/// Holds a value that is not `Send` across an await.
#[tool]
async fn hold() -> u32 {
    let number = Rc::new(3);
    pause().await;
    *number
}

fn main() {
    let _ = tools![hold];
}
