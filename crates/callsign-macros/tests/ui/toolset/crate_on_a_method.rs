use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool(crate = ::callsign)]
    fn book(&self) {}
}

fn main() {
    let _ = Hotels;
}
