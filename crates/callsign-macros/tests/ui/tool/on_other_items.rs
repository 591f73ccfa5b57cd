use callsign::tool;

#[tool]
const MAX: u32 = 3;

#[tool]
trait Clock {}

fn main() {
    let _ = MAX;
}
