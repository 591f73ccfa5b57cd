use callsign::{Context, Tool, tools};

struct Leg;

/// Books a leg.
#[derive(Tool)]
struct Book {
    leg: Leg,
}

impl Book {
    async fn call(self, _: &Context) {
        let _ = self.leg;
    }
}

fn main() {
    let _ = tools![Book];
}
