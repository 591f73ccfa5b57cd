use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    #[tool]
    fn book(&self) {}
}

fn main() {
    let _ = Hotels;
}
