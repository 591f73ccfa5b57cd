use callsign::{tool, toolset};

struct Hotels;

#[toolset(prefx = "a", timeout = 3)]
impl Hotels {
    #[tool(nam = "x")]
    fn book(&mut self, city: &[String]) -> Option<&str> {
        let _ = city;
        None
    }

    /// Is valid.
    #[tool]
    fn valid(&self) {}
}

fn main() {
    let _ = callsign::Toolset::new(Hotels);
}
