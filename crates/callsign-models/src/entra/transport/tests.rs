use super::parseable_error_body;

#[test]
fn error_bodies_become_parseable() {
    let body = br#"{"error":"invalid_client","error_codes":[7000215],"error_description":"AADSTS7000215: \"x\".\r\nTrace ID: 1"}"#;
    let expected =
        r#"{"error_codes":[7000215],"error_description":"AADSTS7000215: 'x'.  Trace ID: 1"}"#;
    assert_eq!(parseable_error_body(body), expected);
    let expected = r#"{"error_codes":[],"error_description":"<p class='a'>Busy</p>"}"#;
    assert_eq!(parseable_error_body(br#"<p class="a">Busy</p>"#), expected);
}
