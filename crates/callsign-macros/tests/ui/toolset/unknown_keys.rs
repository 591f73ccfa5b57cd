use callsign::{tool, toolset};

struct Hotels;

#[toolset(name = "hotels", example = "{}", prefixx = "a", retries = 3)]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

fn main() {
    let _ = Hotels;
}
