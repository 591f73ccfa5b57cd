use callsign::{Context, Tool, tools};

struct Full;

/// Books rooms.
#[derive(Tool)]
struct Book {
    rooms: u32,
}

impl Book {
    fn call(self, _: &Context) -> Result<u32, Full> {
        if self.rooms > 3 { Err(Full) } else { Ok(self.rooms) }
    }
}

fn main() {
    let _ = tools![Book];
}
