use callsign::{Toolset, tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

#[toolset(part = 3)]
impl Hotels {
    /// Lists the rooms.
    #[tool]
    fn list(&self) {}
}

struct Cars;

#[toolset(part = 2)]
impl Cars {
    /// Rents a car.
    #[tool]
    fn rent(&self) {}
}

fn main() {
    let _ = Toolset::new(Hotels);
    let _ = Toolset::new(Cars);
}
