use callsign::data;

#[data]
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
struct Flight {
    #[serde(rename = "class")]
    cabin: String,
}

fn main() {
    let flight = Flight { cabin: String::new() };
    let _ = flight.clone();
}
