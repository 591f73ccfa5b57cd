use callsign::{Context, Tool, tools};

struct Room;

/// Books rooms.
#[derive(Tool)]
struct Book {
    rooms: u32,
}

impl Book {
    async fn call(self, _: &Context) -> Vec<Room> {
        (0..self.rooms).map(|_| Room).collect()
    }
}

fn main() {
    let _ = tools![Book];
}
