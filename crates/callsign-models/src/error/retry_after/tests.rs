use http::{HeaderName, HeaderValue};
use serde_json::json;

use super::*;

/// A fixed time: 21 October 2026, 07:28 GMT.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_792_567_680)
}

#[track_caller]
fn check(headers: &[(&'static str, &'static str)], expected: Option<Duration>) {
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    assert_eq!(from_headers(&headers.collect(), now()), expected);
}

#[test]
fn every_header_and_format_is_read() {
    let millis = |millis| Some(Duration::from_millis(millis));
    check(&[("retry-after", "20")], millis(20_000));
    check(&[("retry-after", " 1.5 ")], millis(1500));
    check(&[("retry-after-ms", "1500")], millis(1500));
    check(&[("x-ms-retry-after-ms", "20")], millis(20));
    check(&[("retry-after", "2"), ("retry-after-ms", "1700")], millis(1700));
    check(&[("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")], millis(30_000));
    check(&[("retry-after", "Wednesday, 21-Oct-26 07:29:00 GMT")], millis(60_000));
    check(&[("retry-after", "Wed, 21 Oct 2026 07:00:00 GMT")], millis(0));
    check(&[("retry-after", "86400")], millis(86_400_000));
}

#[test]
fn invalid_values_are_ignored() {
    for value in ["", "soon", "-1", "NaN", "inf", "1e300", "Wed, 99 Oct 2026 07:28:30 GMT"] {
        check(&[("retry-after", value), ("retry-after-ms", value)], None);
    }
    check(&[], None);
    check(&[("retry-after-ms", "soon"), ("retry-after", "3")], Some(Duration::from_secs(3)));
}

#[test]
fn wait_is_read_from_a_field_or_the_message_of_a_report() {
    let google = json!({ "error": { "code": 429, "details": [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure" },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "26.5s" },
    ] } });
    assert_eq!(from_body(&google, None), Some(Duration::from_millis(26_500)));
    let azure = "Requests have exceeded the rate limit. Please retry after 6 seconds. Thanks.";
    assert_eq!(from_body(&json!({}), Some(azure)), Some(Duration::from_secs(6)));
    for vague in ["Please retry after a while.", "retry after ", "retry after 6 moons", ""] {
        assert_eq!(from_body(&json!({}), Some(vague)), None, "{vague}");
    }
}
