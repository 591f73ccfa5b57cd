use callsign::tool;

/// A struct.
#[tool]
struct Flight;

/// An enum.
#[tool]
enum Cabin {
    Front,
}

fn main() {
    let _ = (Flight, Cabin::Front);
}
