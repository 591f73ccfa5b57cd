use callsign::{tool, toolset};

struct Hotels;

trait Books {
    fn book(&self);
}

#[toolset]
impl Books for Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}
}

fn main() {
    Hotels.book();
}
