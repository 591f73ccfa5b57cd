use callsign::{tool, toolset};

struct Hotels;

struct Room;

#[toolset]
impl Hotels {
    /// Returns a room.
    #[tool]
    fn room(&self) -> Room {
        Room
    }

    /// Returns a room or an error.
    #[tool]
    async fn find(&self) -> Result<Room, String> {
        Ok(Room)
    }
}

fn main() {
    let _ = Hotels;
}
