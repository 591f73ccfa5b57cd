use callsign_core::words::finish::FinishReason;
use serde_json::json;

use super::*;

fn read(logprobs: Value) -> Option<LogProbabilities> {
    let mut finished = Finished::new(FinishReason::Stop);
    finished.extra.insert("logprobs".to_owned(), logprobs);
    LogProbabilities::of_finished(&finished)
}

#[test]
fn the_form_of_chat_completions() {
    let other = json!({ "token": "Ho", "logprob": -2.5, "bytes": null });
    let told = json!({ "content": [{ "token": "Hi", "logprob": -0.5, "bytes": [72, 105],
        "top_logprobs": [other] }], "refusal": null });
    let read = read(told).expect("it is told");
    assert_eq!(read.refusal, []);
    let [token] = &read.content[..] else { panic!("{read:?}") };
    assert_eq!((&*token.token, token.log_probability), ("Hi", -0.5));
    assert_eq!(token.bytes.as_deref(), Some(&b"Hi"[..]));
    assert_eq!(token.alternatives[0].token, "Ho");
    assert!((token.probability() - 0.606).abs() < 0.001);
}

#[test]
fn the_older_form() {
    let read = read(json!({ "tokens": ["a", "b"], "token_logprobs": [-0.5, -1],
        "top_logprobs": [{ "a": -0.5, "c": -3 }, null], "text_offset": [0, 1] }));
    let read = read.expect("it is told");
    assert_eq!(read.content.len(), 2);
    assert_eq!(read.content[0].alternatives.len(), 2);
    assert_eq!((&*read.content[1].token, read.content[1].log_probability), ("b", -1.0));
}

#[test]
fn nothing_is_told() {
    assert_eq!(read(Value::Null), None);
    assert_eq!(read(json!({ "content": null })), Some(LogProbabilities::default()));
    assert_eq!(read(json!({ "content": [{ "token": 1 }] })), Some(LogProbabilities::default()));
}
