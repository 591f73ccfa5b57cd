use callsign::{Toolset, tool, tools, toolset};

struct Db;

#[toolset]
impl Db {
    /// Finds a row.
    #[tool]
    fn find(&self) {}
}

mod nested {
    pub(crate) struct Db;
}

fn main() {
    let _ = Toolset::new(Db);
    let _ = tools![Db::find];
    let _ = tools![nested::Db::find, crate::Db::find];
}
