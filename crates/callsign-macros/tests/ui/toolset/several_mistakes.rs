use callsign::{tool, toolset};

struct Hotels;

#[toolset(prefx = "a", timeout = 3)]
impl Hotels {
    #[tool(nam = "x")]
    fn book(&mut self, city: &[String]) -> Option<&str> {
        let _ = city;
        None
    }

    /// Is fine.
    #[tool]
    fn fine(&self) {}
}

fn main() {
    let _ = callsign::Toolset::of(Hotels);
}
