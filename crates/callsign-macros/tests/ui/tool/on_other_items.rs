use callsign::tool;

#[tool]
const MOST: u32 = 3;

#[tool]
trait Clock {}

fn main() {
    let _ = MOST;
}
