//! What a user is told who made a mistake, and that nothing is told to one who made none.

#[test]
fn mistakes_are_told() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
