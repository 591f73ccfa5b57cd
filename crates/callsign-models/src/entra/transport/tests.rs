use super::legible;

#[test]
fn what_entra_id_says_is_made_legible() {
    let said = br#"{"error":"invalid_client","error_codes":[7000215],"error_description":"AADSTS7000215: \"x\".\r\nTrace ID: 1"}"#;
    let expected =
        r#"{"error_codes":[7000215],"error_description":"AADSTS7000215: 'x'.  Trace ID: 1"}"#;
    assert_eq!(legible(said), expected);
    let expected = r#"{"error_codes":[],"error_description":"<p class='a'>Busy</p>"}"#;
    assert_eq!(legible(br#"<p class="a">Busy</p>"#), expected);
}
