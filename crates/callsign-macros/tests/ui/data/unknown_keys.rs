use callsign::data;

#[data(rename_all = "camelCase")]
struct Serde {
    name: String,
}

#[data(crat = callsign)]
struct Near {
    name: String,
}

#[data(strict)]
struct Far {
    name: String,
}

fn main() {}
