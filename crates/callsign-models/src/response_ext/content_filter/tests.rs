use callsign_types::error::ErrorKind;
use callsign_types::event::ModelEvent;
use serde_json::json;

use super::*;
use crate::wire::assembler::{EndOfInput, ResponseAssembler};

/// Returns the end of the response to these chunks.
fn finished(chunks: &[Value]) -> ResponseEnd {
    let mut assembler = ResponseAssembler::new([].into());
    let mut events = Vec::new();
    for chunk in chunks {
        assembler.push_event("message", &chunk.to_string(), &mut events).expect("valid chunk");
    }
    assembler.finish(EndOfInput::ConnectionClosed, false, &mut events).expect("complete response");
    let Some(ModelEvent::Finished(finished)) = events.pop() else { panic!("no end") };
    *finished
}

#[test]
fn results_for_prompt_and_response_of_a_stream() {
    let safe = json!({ "hate": { "filtered": false, "severity": "safe" } });
    let found = json!({ "hate": { "filtered": true, "severity": "medium" },
        "protected_material_text": { "filtered": false, "detected": true },
        "error": { "code": "content_filter_error", "message": "m" } });
    let finished = finished(&[
        json!({ "choices": [], "prompt_filter_results": [
            { "prompt_index": 0, "content_filter_results": safe }] }),
        json!({ "choices": [{ "index": 0, "delta": { "content": "a" }, "content_filter_results": safe }] }),
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "content_filter",
            "content_filter_results": found }] }),
        json!({ "choices": [{ "index": 0, "content_filter_results": safe }] }),
    ]);
    let results = ContentFilterResults::of_finished(&finished);
    assert_eq!(results.prompt.len(), 1);
    assert!(!results.prompt[0].is_filtered());
    assert_eq!(
        results.prompt[0].get("hate").map(|it| it.severity.clone()),
        Some(Some(Severity::Safe))
    );
    assert!(results.is_filtered() && results.completion.is_filtered());
    let text = results.completion.get("protected_material_text").expect("category present");
    assert_eq!((text.filtered, text.detected, &text.severity), (false, Some(true), &None));
    assert_eq!(results.completion.get("error"), None);
}

#[test]
fn older_field_names_and_error_details() {
    let found = json!({ "jailbreak": { "filtered": true, "detected": true } });
    let finished = finished(&[json!({
        "prompt_annotations": [{ "prompt_index": 0, "content_filter_result": found }],
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop", "content_filter_result": {
            "violence": { "severity": "odd" } } }],
    })]);
    let results = ContentFilterResults::of_finished(&finished);
    assert!(results.prompt[0].is_filtered());
    let odd = Severity::Other("odd".to_owned());
    assert_eq!(results.completion.get("violence").and_then(|it| it.severity.clone()), Some(odd));
    let error = Error::new(ErrorKind::ContentFiltered, "m").with_details(found.clone());
    assert_eq!(ContentFilterResults::of_error(&error).prompt, results.prompt);
    let other = Error::new(ErrorKind::InvalidRequest, "m").with_details(found);
    assert_eq!(ContentFilterResults::of_error(&other), ContentFilterResults::default());
}
