use callsign::{tool, tools};

struct Leg {
    from: String,
}

/// Books legs.
#[tool]
fn book(leg: Leg, others: Vec<Leg>) -> String {
    others.into_iter().map(|leg| leg.from).chain([leg.from]).collect()
}

fn main() {
    let _ = tools![book];
}
