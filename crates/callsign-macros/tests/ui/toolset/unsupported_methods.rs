use callsign::{tool, toolset};

struct Hotels;

#[toolset]
impl Hotels {
    /// Is generic.
    #[tool]
    fn generic<T: Into<String>>(&self, text: T) -> String {
        text.into()
    }

    /// Is unsafe.
    #[tool]
    unsafe fn not_safe(&self) {}

    /// Returns a future.
    #[tool]
    fn future(&self) -> impl Future<Output = u32> {
        async { 1 }
    }
}

fn main() {
    let _ = Hotels;
}
