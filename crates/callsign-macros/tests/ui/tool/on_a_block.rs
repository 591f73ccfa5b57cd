use callsign::tool;

struct Flight;

#[tool]
impl Flight {}

fn main() {
    let _ = Flight;
}
