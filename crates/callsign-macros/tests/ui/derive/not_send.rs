use std::rc::Rc;

use callsign::{Context, Tool, tools};

async fn pause() {}

/// Books rooms.
#[derive(Tool)]
struct Book {
    rooms: u32,
}

impl Book {
    async fn call(self, _: &Context) -> u32 {
        let rooms = Rc::new(self.rooms);
        pause().await;
        *rooms
    }
}

fn main() {
    let _ = tools![Book];
}
