use callsign::{tool, toolset};

struct Hotels;

#[toolset(prefix = "hotel.")]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

struct Rooms;

#[toolset(prefix = "")]
impl Rooms {
    /// Counts the rooms.
    #[tool]
    fn count(&self) {}
}

fn main() {
    let _ = Hotels;
}
