#![allow(unused_variables)]

use callsign::{tool, toolset};

struct Rooms<T>(T);

#[toolset]
impl<T: Clone + Default + Send + Sync + 'static> Rooms<T> {
    /// Books rooms.
    #[tool]
    fn book(&self, #[serde(default)] rooms: Vec<T>, #[serde(rename = "t")] other: Self) {}
}

fn main() {
    let _ = Rooms(3).0;
}
