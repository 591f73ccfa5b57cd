use callsign::Toolset;

struct Hotels;

impl Hotels {
    /// Books a room.
    pub fn book(&self) {}
}

fn main() {
    let _ = Toolset::new(Hotels);
}
