use callsign::{tool, toolset};

struct Hotels<'a>(&'a str);

#[toolset]
impl<'a> Hotels<'a> {
    /// Names the city.
    #[tool]
    fn city(&self) -> String {
        self.0.to_owned()
    }
}

fn main() {
    let _ = Hotels("Porto").city();
}
