use callsign::{tool, toolset};

struct Hotels(String);

#[toolset]
impl Hotels {
    /// Names the city.
    #[tool]
    fn city(&self) -> &str {
        &self.0
    }
}

fn main() {
    let _ = Hotels(String::new()).city();
}
