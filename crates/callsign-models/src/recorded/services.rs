//! What services of their own took, written again under their profiles; and what they refused.

use std::collections::BTreeMap;

use serde_json::Value;

use super::requests::{REASONS, differences, request_of};
use super::{Interaction, interactions};
use crate::endpoint::profile::Profile;
use crate::wire::encode::Body;

/// Where a request may differ from one that the service took, beside [`REASONS`], and why.
const OWN_REASONS: [(&str, &str); 9] = [
    ("DeepSeek .messages.assistant.content: null → nothing", EITHER),
    ("DeepSeek .stream_options: added", EITHER),
    ("Mistral .messages.assistant.tool_calls.*.id: text → text", HIDDEN),
    ("Mistral .messages.tool.tool_call_id: text → text", HIDDEN),
    ("OpenRouter .max_completion_tokens: number left out", EITHER),
    ("OpenRouter .max_tokens: added", EITHER),
    ("OpenRouter .messages.assistant.content: added", EITHER),
    ("OpenRouter .messages.assistant.content: null → nothing", EITHER),
    ("OpenRouter .stream_options: added", EITHER),
];

const EITHER: &str = "other recordings show that it takes this as well";
const HIDDEN: &str = "the recorder has put an id of its own in place of a real one";

/// The profiles of services, by the names that recordings have for them.
fn profiles() -> [(Profile, [&'static str; 2]); 3] {
    [
        (Profile::mistral(), ["mistral", "api.mistral.ai"]),
        (Profile::deepseek(), ["deepseek", "api.deepseek.com"]),
        (Profile::openrouter(), ["openrouter", "openrouter.ai"]),
    ]
}

/// The request as we write it for the service.
fn written(it: &Interaction, profile: &Profile) -> (Value, Value) {
    let seen: Value = serde_json::from_str(&it.request).expect("JSON");
    let fields = seen.as_object().expect("an object");
    let request = request_of(fields);
    let streaming = seen["stream"] == true;
    let stream_options = profile.stream_options;
    let model = fields["model"].as_str();
    let body = Body { request: &request, profile, model, streaming, stream_options };
    let mut ours = serde_json::to_value(&body).expect("JSON");
    if seen["stream"] == false {
        // It says what goes without saying.
        ours["stream"] = Value::Bool(false);
    }
    (seen, ours)
}

#[test]
fn what_a_service_took_is_written_so_under_its_profile() {
    let Some(all) = interactions("what_a_service_took_is_written_so_under_its_profile") else {
        return;
    };
    let mut differing = BTreeMap::new();
    for (profile, names) in profiles() {
        for it in of(&all, &names, 200) {
            let (seen, ours) = written(it, &profile);
            let mut found = Vec::new();
            differences(&seen, &ours, "", &mut found);
            found.retain(|(at, _)| REASONS.iter().all(|(known, _)| known != at));
            for (at, how) in found {
                let at = format!("{} {at}", profile.name);
                differing.entry(at).or_insert((0, format!("{} {how:.300}", it.id))).0 += 1;
            }
        }
    }
    for (at, (count, how)) in &differing {
        let reason = OWN_REASONS.iter().find(|(known, _)| known == at);
        let reason = reason.map_or("UNEXPLAINED", |(_, reason)| reason);
        println!("{count} × {at}: {reason}\n    such as {how}");
    }
    let known = OWN_REASONS.map(|(known, _)| known);
    assert_eq!(differing.keys().collect::<Vec<_>>(), known);
}

/// What of these recordings this service answered with this status.
fn of<'a>(
    all: &'a [Interaction],
    names: &'a [&'static str],
    status: u16,
) -> impl Iterator<Item = &'a Interaction> {
    all.iter().filter(move |it| it.status == status && names.contains(&&*it.service))
}

#[test]
fn mistral_tells_its_usage_unasked_and_gets_ids_as_it_wants_them() {
    let Some(all) = interactions("mistral_tells_its_usage_unasked") else { return };
    let [(profile, names), ..] = profiles();
    let (mut streams, mut ids) = (0, 0);
    for it in of(&all, &names, 200) {
        let (seen, ours) = written(it, &profile);
        assert_eq!(seen.get("stream_options"), None, "{}", it.id);
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

/// How many of the messages with calls say something in this field.
fn with_calls(body: &Value, field: &str) -> usize {
    let messages = body["messages"].as_array().into_iter().flatten();
    let messages = messages.filter(|message| message["tool_calls"].is_array());
    messages
        .filter(|message| !matches!(&message[field], Value::Null) && message[field] != "")
        .count()
}

#[test]
fn reasoning_goes_back_where_it_went_back() {
    let Some(all) = interactions("reasoning_goes_back_where_it_went_back") else { return };
    let [_, deepseek, openrouter] = profiles();
    for ((profile, names), field, count) in
        [(deepseek, "reasoning_content", 10), (openrouter, "reasoning_details", 5)]
    {
        let both = of(&all, &names, 200).map(|it| written(it, &profile));
        let both = both.map(|(seen, ours)| (with_calls(&seen, field), with_calls(&ours, field)));
        let both = both.filter(|(seen, ours)| *seen > 0 || *ours > 0).collect::<Vec<_>>();
        assert!(both.iter().all(|(seen, ours)| seen == ours), "{field}: {both:?}");
        assert_eq!(both.iter().map(|(seen, _)| seen).sum::<usize>(), count, "{field}");
    }
}

#[test]
fn what_is_said_of_services_beside_their_fields() {
    let Some(all) = interactions("what_is_said_of_services_beside_their_fields") else { return };
    let [_, (_, deepseek), (_, openrouter)] = profiles();
    let refused = of(&all, &deepseek, 400);
    let forced = refused.filter(|it| it.response.contains("does not support this tool_choice"));
    let forced = forced.filter(|it| !it.request.contains("\"disabled\""));
    assert_eq!(forced.count(), 2);
    let strict = of(&all, &openrouter, 200).filter(|it| {
        let seen: Value = serde_json::from_str(&it.request).expect("JSON");
        let mut tools = seen["tools"].as_array().into_iter().flatten();
        tools.any(|tool| tool["function"]["strict"] == true)
    });
    assert_eq!(strict.count(), 8);
}
