//! Compiler messages: the errors of invalid code, and no warnings for valid code.

#[test]
fn compiler_messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/data/*.rs");
    cases.compile_fail("tests/ui/derive/*.rs");
    cases.compile_fail("tests/ui/tool/*.rs");
    cases.compile_fail("tests/ui/toolset/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
