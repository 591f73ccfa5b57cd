use callsign::toolset;

struct Hotels;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

fn main() {
    let _ = Hotels;
}
