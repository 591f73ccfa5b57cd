use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Has the attribute twice.
    #[tool(read_only)]
    #[tool(group = "hotels")]
    fn twice(&self) {}

    /// Has settings without parentheses.
    #[tool = "hotels"]
    fn settings(&self) {}
}

fn main() {
    let _ = Hotels;
}
