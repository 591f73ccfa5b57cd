use std::rc::Rc;

use callsign::{Toolset, tool, toolset};

struct Rooms<T>(Vec<T>);

#[toolset]
impl<T> Rooms<T> {
    /// Counts the rooms.
    #[tool]
    fn count(&self) -> usize {
        self.0.len()
    }
}

fn main() {
    let _ = Toolset::new(Rooms(vec![3]));
    let _ = Toolset::new(Rooms(vec![Rc::new(3)]));
}
