use callsign::{tool, toolset};

struct Hotels;

struct Room;

#[toolset]
impl Hotels {
    /// Gives a room.
    #[tool]
    fn room(&self) -> Room {
        Room
    }

    /// Gives a room or fails.
    #[tool]
    async fn find(&self) -> Result<Room, String> {
        Ok(Room)
    }
}

fn main() {
    let _ = Hotels;
}
