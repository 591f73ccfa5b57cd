use callsign::{Tool, tools};

/// Books rooms.
#[derive(Tool)]
struct Book {
    rooms: u32,
}

impl Book {
    async fn call(self) -> u32 {
        self.rooms
    }
}

fn main() {
    let _ = tools![Book];
}
