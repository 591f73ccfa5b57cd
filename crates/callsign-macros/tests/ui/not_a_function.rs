use callsign::tool;

/// A type.
#[tool]
struct Flight;

/// A block.
#[tool]
impl Flight {}

#[tool]
const MOST: u32 = 3;

fn main() {
    let _ = (Flight, MOST);
}
