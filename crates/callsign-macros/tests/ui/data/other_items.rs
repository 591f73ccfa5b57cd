use callsign::data;

#[data]
union Bits {
    float: f32,
    bits: u32,
}

#[data]
fn flight() {}

fn main() {
    flight();
}
