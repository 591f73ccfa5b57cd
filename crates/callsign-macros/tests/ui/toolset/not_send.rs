use std::rc::Rc;

use callsign::{tool, toolset};

struct Hotels;

async fn pause() {}

#[toolset]
impl Hotels {
    /// Holds a value that is not `Send` across an await.
    #[tool]
    async fn hold(&self) -> u32 {
        let number = Rc::new(3);
        pause().await;
        *number
    }
}

fn main() {
    let _ = Hotels;
}
