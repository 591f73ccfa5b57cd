#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use super::*;

fn secrets(headers: &[(&str, &str)], address: &str) -> Secrets {
    Secrets::new(headers.iter().copied(), &Url::parse(address).expect("an address"))
}

/// Checks that `text` is redacted to `expected`.
#[track_caller]
fn check(secrets: &Secrets, text: &str, expected: &str) {
    assert_eq!(secrets.redact(text), expected);
}

#[test]
fn last_word_of_a_header_is_redacted() {
    let headers = [("Authorization", "Bearer sk-sesame"), ("Cookie", "a=b; session=open-up; c=d")];
    let secrets = secrets(&headers, "http://localhost");
    check(&secrets, "not Bearer sk-sesame", "not [redacted]");
    check(&secrets, "Incorrect key: sk-sesame.", "Incorrect key: [redacted].");
    check(&secrets, "no session open-up", "no session [redacted]");
    check(&secrets, "Bearer is an ordinary word", "Bearer is an ordinary word");
}

#[test]
fn query_values_are_redacted_except_the_api_version() {
    let address = "http://localhost/v1?api-version=2024-10-21&code=se%2Fsame&n=1&op%65n-up";
    let secrets = secrets(&[], address);
    check(&secrets, "code se/same", "code [redacted]");
    check(&secrets, "?code=se%2Fsame&n=1", "?code=[redacted]&n=1");
    check(&secrets, "open-up", "[redacted]");
    check(&secrets, "of 2024-10-21", "of 2024-10-21");
}

#[test]
fn escaped_forms_of_a_secret_are_redacted() {
    let secrets = secrets(&[("x", "ab+/\"é<cd")], "http://localhost");
    for form in [
        r#"ab+/"é<cd"#,
        r#"ab+/\"é<cd"#,
        r#"ab+\/\"é<cd"#,
        r#"ab\u002B/\"\u00E9\u003Ccd"#,
        r#"ab\u002b/\"\u00e9\u003ccd"#,
        "ab%2B%2F%22%C3%A9%3Ccd",
    ] {
        check(&secrets, &format!("-{form}-"), "-[redacted]-");
    }
}

#[test]
fn secrets_with_unusual_json_escapes_are_redacted() {
    let secrets = secrets(&[("x", "sesame-7")], "http://localhost");
    let odd = r#"{"a":["\u0073esame-7",{"\u0073esame-7":1}]}"#;
    assert_eq!(secrets.redact_body(odd), r#"{"a":["[redacted]",{"[redacted]":1}]}"#);
    let plain = r#"{ "a" : "b" }"#;
    assert_eq!(secrets.redact_body(plain), plain, "a body without secrets is unchanged");
}

#[test]
fn secret_that_contains_another_is_redacted_as_a_whole() {
    let secrets = secrets(&[("a", "sesame"), ("b", "open-sesame-now")], "http://localhost");
    check(&secrets, "open-sesame-now, sesame", "[redacted], [redacted]");
}

#[test]
fn latest_tokens_are_redacted() {
    let secrets = secrets(&[], "http://localhost");
    for number in 0..10 {
        secrets.add_token(&SecretString::from(format!("token+{number}")));
        secrets.add_token(&SecretString::from(format!("token+{number}")));
    }
    check(
        &secrets,
        "token+9 token\\u002B8 token+6 token+5",
        "[redacted] [redacted] [redacted] token+5",
    );
    assert!(!format!("{secrets:?}").contains("token+"));
}

#[test]
fn token_is_redacted_without_surrounding_space() {
    let secrets = Secrets::default();
    secrets.add_token(&SecretString::from("eyJ-sesame\n"));
    check(&secrets, "no good: eyJ-sesame.", "no good: [redacted].");
}
