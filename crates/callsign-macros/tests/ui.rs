//! What a user is told who made a mistake, and that nothing is told to one who made none.

#[test]
fn mistakes_are_told() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/data/*.rs");
    cases.compile_fail("tests/ui/derive/*.rs");
    cases.compile_fail("tests/ui/tool/*.rs");
    cases.compile_fail("tests/ui/toolset/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
