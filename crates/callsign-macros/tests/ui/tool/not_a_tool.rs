use callsign::tools;

struct Plan;

fn main() {
    let _ = tools![Plan];
}
