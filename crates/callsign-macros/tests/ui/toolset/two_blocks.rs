use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

#[toolset]
impl Hotels {
    /// Lists the rooms.
    #[tool]
    fn list(&self) {}
}

fn main() {
    let _ = Hotels;
}
