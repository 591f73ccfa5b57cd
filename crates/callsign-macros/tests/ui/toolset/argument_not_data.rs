use callsign::{tool, toolset};

struct Hotels;

struct Leg {
    from: String,
}

#[toolset]
impl Hotels {
    /// Books legs.
    #[tool]
    async fn book(&self, leg: Leg, others: Vec<Leg>) -> String {
        others.into_iter().map(|leg| leg.from).chain([leg.from]).collect()
    }
}

fn main() {
    let _ = Hotels;
}
