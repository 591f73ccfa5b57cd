use callsign_types::finish_reason::FinishReason;
use serde_json::json;

use super::*;

fn read(logprobs: Value) -> Option<LogProbabilities> {
    let mut finished = ResponseEnd::new(FinishReason::Stop);
    finished.extra.insert("logprobs".to_owned(), logprobs);
    LogProbabilities::of_finished(&finished)
}

#[test]
fn chat_completions_format() {
    let other = json!({ "token": "Ho", "logprob": -2.5, "bytes": null });
    let logprobs = json!({ "content": [{ "token": "Hi", "logprob": -0.5, "bytes": [72, 105],
        "top_logprobs": [other] }], "refusal": null });
    let read = read(logprobs).expect("present");
    assert_eq!(read.refusal, []);
    let [token] = &read.content[..] else { panic!("{read:?}") };
    assert_eq!((&*token.token, token.log_probability), ("Hi", -0.5));
    assert_eq!(token.bytes.as_deref(), Some(&b"Hi"[..]));
    assert_eq!(token.alternatives[0].token, "Ho");
    assert!((token.probability() - 0.606).abs() < 0.001);
}

#[test]
fn legacy_completions_format() {
    let read = read(json!({ "tokens": ["a", "b"], "token_logprobs": [-0.5, -1],
        "top_logprobs": [{ "a": -0.5, "c": -3 }, null], "text_offset": [0, 1] }));
    let read = read.expect("present");
    assert_eq!(read.content.len(), 2);
    assert_eq!(read.content[0].alternatives.len(), 2);
    assert_eq!((&*read.content[1].token, read.content[1].log_probability), ("b", -1.0));
}

#[test]
fn absent_or_invalid_log_probabilities() {
    assert_eq!(read(Value::Null), None);
    assert_eq!(read(json!({ "content": null })), Some(LogProbabilities::default()));
    assert_eq!(read(json!({ "content": [{ "token": 1 }] })), Some(LogProbabilities::default()));
}
