use callsign::{tool, toolset};

struct Hotels;

#[toolset(part = 1)]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

struct Cars<T>(T);

#[toolset(part = 2)]
impl<T: Send + Sync + 'static> Cars<T> {
    /// Rents a car.
    #[tool]
    fn rent(&self) {}
}

struct Trains;

#[toolset(part = "two")]
impl Trains {
    /// Books a seat.
    #[tool]
    fn book(&self) {}
}

fn main() {
    let _ = (Hotels, Cars(1), Trains);
}
