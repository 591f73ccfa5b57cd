use callsign::{tool, toolset};

struct Hotels;

struct Full;

#[toolset]
impl Hotels {
    /// Books a room.
    #[tool]
    fn book(&self, nights: u32) -> Result<u32, Full> {
        if nights > 3 { Err(Full) } else { Ok(nights) }
    }
}

fn main() {
    let _ = Hotels;
}
