//! Recorded requests to single providers, serialized again with the profiles of those providers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::requests::{KNOWN_DIFFERENCES, differences, request_of};
use super::{Interaction, interactions};
use crate::endpoint::profile::Profile;
use crate::wire::encode::RequestBody;

/// Known differences of single providers, in addition to [`KNOWN_DIFFERENCES`], and the reasons.
const PROVIDER_DIFFERENCES: [(&str, &str); 9] = [
    ("DeepSeek .messages.assistant.content: null → empty", BOTH_ACCEPTED),
    ("DeepSeek .stream_options: added", BOTH_ACCEPTED),
    ("Mistral .messages.assistant.tool_calls.*.id: text → text", REPLACED_ID),
    ("Mistral .messages.tool.tool_call_id: text → text", REPLACED_ID),
    ("OpenRouter .max_completion_tokens: number missing", BOTH_ACCEPTED),
    ("OpenRouter .max_tokens: added", BOTH_ACCEPTED),
    ("OpenRouter .messages.assistant.content: added", BOTH_ACCEPTED),
    ("OpenRouter .messages.assistant.content: null → empty", BOTH_ACCEPTED),
    ("OpenRouter .stream_options: added", BOTH_ACCEPTED),
];

const BOTH_ACCEPTED: &str = "other recordings show that the provider accepts this too";
const REPLACED_ID: &str = "the recorder replaced the real ID";

/// Returns the profiles of providers, with their names in the recordings.
fn profiles() -> [(Profile, [&'static str; 2]); 3] {
    [
        (Profile::mistral(), ["mistral", "api.mistral.ai"]),
        (Profile::deepseek(), ["deepseek", "api.deepseek.com"]),
        (Profile::openrouter(), ["openrouter", "openrouter.ai"]),
    ]
}

/// Returns the recorded body and our body for the same request.
fn bodies(it: &Interaction, profile: &Profile) -> (Value, Value) {
    let recorded: Value = serde_json::from_str(&it.request).expect("JSON");
    let fields = recorded.as_object().expect("an object");
    let request = request_of(fields);
    let streaming = recorded["stream"] == true;
    let stream_options = profile.stream_options;
    let model = fields["model"].as_str();
    let body = RequestBody { request: &request, profile, model, streaming, stream_options };
    let mut ours = serde_json::to_value(&body).expect("JSON");
    if recorded["stream"] == false {
        // `"stream": false` is the default, which we omit.
        ours["stream"] = Value::Bool(false);
    }
    (recorded, ours)
}

#[test]
fn accepted_requests_are_serialized_unchanged_with_the_profile() {
    let Some(all) = interactions("accepted_requests_are_serialized_unchanged_with_the_profile")
    else {
        return;
    };
    let mut differing = BTreeMap::new();
    for (profile, names) in profiles() {
        for it in with_status(&all, &names, 200) {
            let (recorded, ours) = bodies(it, &profile);
            let mut found = Vec::new();
            differences(&recorded, &ours, "", &mut found);
            found.retain(|(at, _)| KNOWN_DIFFERENCES.iter().all(|(known, _)| known != at));
            for (at, how) in found {
                let at = format!("{} {at}", profile.name);
                differing.entry(at).or_insert((0, format!("{} {how:.300}", it.id))).0 += 1;
            }
        }
    }
    for (at, (count, how)) in &differing {
        let reason = PROVIDER_DIFFERENCES.iter().find(|(known, _)| known == at);
        let reason = reason.map_or("UNEXPLAINED", |(_, reason)| reason);
        println!("{count} × {at}: {reason}\n    for example {how}");
    }
    let known = PROVIDER_DIFFERENCES.map(|(known, _)| known);
    assert_eq!(differing.keys().collect::<Vec<_>>(), known);
}

/// Returns the recordings of the provider `names` with this status.
fn with_status<'a>(
    all: &'a [Interaction],
    names: &'a [&'static str],
    status: u16,
) -> impl Iterator<Item = &'a Interaction> {
    all.iter().filter(move |it| it.status == status && names.contains(&&*it.provider))
}

#[test]
fn mistral_streams_report_usage_and_call_ids_have_nine_characters() {
    let Some(all) = interactions("mistral_streams_report_usage_and_call_ids_have_nine_characters")
    else {
        return;
    };
    let [(profile, names), ..] = profiles();
    let (mut streams, mut ids) = (0, 0);
    for it in with_status(&all, &names, 200) {
        let (recorded, ours) = bodies(it, &profile);
        assert_eq!(recorded.get("stream_options"), None, "{}", it.id);
        if it.streamed {
            assert!(it.response.contains("\"usage\":"), "{}", it.id);
            streams += 1;
        }
        for message in ours["messages"].as_array().expect("a list") {
            let Some(id) = message["tool_call_id"].as_str() else { continue };
            assert!(id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
            ids += 1;
        }
    }
    assert_eq!((streams, ids), (92, 78));
}

/// Returns the number of messages with tool calls whose `field` is not empty.
fn with_calls(body: &Value, field: &str) -> usize {
    let messages = body["messages"].as_array().into_iter().flatten();
    let messages = messages.filter(|message| message["tool_calls"].is_array());
    messages
        .filter(|message| !matches!(&message[field], Value::Null) && message[field] != "")
        .count()
}

#[test]
fn reasoning_is_returned_as_in_the_recordings() {
    let Some(all) = interactions("reasoning_is_returned_as_in_the_recordings") else { return };
    let [_, deepseek, openrouter] = profiles();
    for ((profile, names), field, count) in
        [(deepseek, "reasoning_content", 10), (openrouter, "reasoning_details", 5)]
    {
        let both = with_status(&all, &names, 200).map(|it| bodies(it, &profile));
        let both =
            both.map(|(recorded, ours)| (with_calls(&recorded, field), with_calls(&ours, field)));
        let both = both.filter(|(recorded, ours)| *recorded > 0 || *ours > 0).collect::<Vec<_>>();
        assert!(both.iter().all(|(recorded, ours)| recorded == ours), "{field}: {both:?}");
        assert_eq!(both.iter().map(|(recorded, _)| recorded).sum::<usize>(), count, "{field}");
    }
}

#[test]
fn recordings_confirm_other_provider_settings() {
    let Some(all) = interactions("recordings_confirm_other_provider_settings") else { return };
    let [_, (_, deepseek), (_, openrouter)] = profiles();
    let rejected = with_status(&all, &deepseek, 400);
    let forced = rejected.filter(|it| it.response.contains("does not support this tool_choice"));
    let forced = forced.filter(|it| !it.request.contains("\"disabled\""));
    assert_eq!(forced.count(), 2);
    let strict = with_status(&all, &openrouter, 200).filter(|it| {
        let recorded: Value = serde_json::from_str(&it.request).expect("JSON");
        let mut tools = recorded["tools"].as_array().into_iter().flatten();
        tools.any(|tool| tool["function"]["strict"] == true)
    });
    assert_eq!(strict.count(), 8);
}
