use callsign::{tool, toolset};

struct Hotels;

#[toolset(prefix = "of_many_hotels_in_many_cities_")]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self) {}

    /// Books another.
    #[tool(name = "book")]
    fn book_another(&self) {}

    /// Has a name that is too long.
    #[tool]
    fn book_a_room_for_two_with_a_view_of_the_sea(&self) {}

    /// Has a name with a space.
    #[tool(name = "book it")]
    fn book_it(&self) {}
}

fn main() {
    let _ = Hotels;
}
