use callsign::toolset;

struct Hotels;

#[toolset]
impl Hotels {
    /// Books a room.
    fn book(&self) {}
}

fn main() {
    Hotels.book();
}
