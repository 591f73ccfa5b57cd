use callsign::{tool, toolset};

struct Hotels;

struct Desk;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}

    /// Is not a tool.
    fn helps(&self, #[state] _desk: &Desk, #[context] _tenant: &str) {}
}

fn main() {
    let _ = Hotels;
}
