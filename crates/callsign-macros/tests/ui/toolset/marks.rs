use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Is marked twice.
    #[tool(read_only)]
    #[tool(group = "hotels")]
    fn twice(&self) {}

    /// Has settings that are none.
    #[tool = "hotels"]
    fn settings(&self) {}
}

fn main() {
    let _ = Hotels;
}
