use callsign::{tool, toolset};

struct Hotels;

#[toolset(sequential)]
impl Hotels {
    /// Books rooms.
    #[tool(concurrency = 2)]
    fn book(&self) {}

    /// Lists rooms.
    #[tool(concurrency = 2, sequential = false)]
    fn list(&self) {}
}

fn main() {
    let _ = Hotels;
}
