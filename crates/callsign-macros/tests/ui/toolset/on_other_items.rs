use callsign::toolset;

/// A function.
#[toolset]
fn book() {}

#[toolset]
struct Rooms {
    number: u32,
}

#[toolset]
const MAX: u32 = 3;

fn main() {
    let _ = (book(), Rooms { number: MAX }.number);
}
