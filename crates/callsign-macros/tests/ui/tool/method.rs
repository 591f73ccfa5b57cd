use callsign::tool;

struct Hotels;

impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self, nights: u32) -> u32 {
        nights
    }
}

fn main() {
    Hotels.book(1);
}
