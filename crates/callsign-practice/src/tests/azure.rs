//! Azure features: media, content filter, extra parameters, log probabilities, and base paths.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::http::{model, post, send, streamed};
use super::{respond, text};
use crate::PracticeModel;
use crate::request::ChatRequest;

fn user(content: &Value) -> Value {
    json!({"messages": [{"role": "user", "content": content}]})
}

fn image(url: &str) -> Value {
    json!({"type": "image_url", "image_url": {"url": url}})
}

fn data_url(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

#[test]
fn media_are_named_in_the_text() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(2_100, 0);
    let sound = BASE64_STANDARD.encode(b"RIFF\0\0\0\0WAVE");
    let parts = json!([
        {"type": "text", "text": "Which conclusion can be extracted from the following chart?"},
        image(&data_url("image/jpg", &png)),
        image("https://example.com/a/chart.webp?size=2"),
        {"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}},
    ]);
    let completion = respond(&user(&parts));
    let expected =
        "You sent an image (PNG, 3 kB), an image at example.com and audio (WAV, 12 bytes). ";
    assert!(text(&completion).starts_with(expected), "{completion:?}");
    assert!(text(&completion).contains("not a language model"), "{completion:?}");
}

#[test]
fn malformed_media_are_rejected() {
    let cases = [
        (image("data:image/png;base64,0xABCDFGHIJ..."), "no valid base64"),
        (image(&data_url("image/png", b"%PDF")), "not PNG"),
        (image(&data_url("text/plain", b"\x89PNG\r\n\x1a\n")), "data:image/"),
        (image("chart.png"), "neither an http URL"),
        (json!({"type": "image_url"}), "image_url.url"),
        (
            json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "ogg"}}),
            "'ogg'",
        ),
        (
            json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}}),
            "not mp3",
        ),
        (json!({"type": "video"}), "'video' is not a known content part type."),
        (json!({"text": "a"}), "needs a type"),
    ];
    for (part, why) in cases {
        let error = ChatRequest::parse(&user(&json!([part]))).unwrap_err();
        let message = error.to_json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(error.status, 400);
        assert!(message.contains(why), "{part} gave {message}");
    }
}

#[tokio::test]
async fn filtered_phrase_is_blocked() {
    let model = model().await;
    let sentence = "Chopping tomatoes is a great way to Practice your knife skills.";
    for content in [json!(sentence), json!([{"type": "text", "text": sentence}])] {
        let (status, body) = post(&model, &user(&content)).await;
        let error = &body["error"];
        assert_eq!((status, &error["status"]), (400, &json!(400)));
        assert_eq!((&error["code"], &error["param"]), (&json!("content_filter"), &json!("prompt")));
        assert_eq!(error["innererror"]["code"], "ResponsibleAIPolicyViolation");
        let result = &error["innererror"]["content_filter_result"];
        assert_eq!(result["violence"], json!({"filtered": true, "severity": "medium"}));
        assert_eq!(result["hate"], json!({"filtered": false, "severity": "safe"}));
    }
    assert!(sentence.to_lowercase().contains(PracticeModel::FILTERED));
}

#[tokio::test]
async fn header_controls_extra_parameters() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["logprobs"] = json!(true);
    let post_with = async |header: &str, body: &Value| {
        let path = "/chat/completions";
        let (status, text) = send(&model, "POST", path, header, &body.to_string()).await;
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    let (status, rejected) = post_with("extra-parameters: error\r\n", &body).await;
    assert_eq!((status, &rejected["code"]), (422, &json!("parameter_not_supported")));
    assert_eq!(rejected["detail"], json!({"loc": ["body", "logprobs"], "input": true}));
    let (status, dropped) = post_with("extra-parameters: drop\r\n", &body).await;
    assert_eq!((status, &dropped["choices"][0]["logprobs"]), (200, &Value::Null));
    let (status, passed) = post_with("extra-parameters: pass-through\r\n", &body).await;
    let logprobs = &passed["choices"][0]["logprobs"]["content"];
    assert_eq!(
        (status, &logprobs[0]["token"], &logprobs[0]["logprob"]),
        (200, &json!("Hello! "), &json!(0.0))
    );
    assert_eq!(logprobs[0]["top_logprobs"], json!([]));
    // An unsupported parameter is rejected even under `pass-through`.
    body["n"] = json!(2);
    assert_eq!(post_with("extra-parameters: pass-through\r\n", &body).await.0, 400);
    body = user(&json!("Hello"));
    body["top_logprobs"] = json!(1);
    assert_eq!(post_with("", &body).await.0, 400);
}

#[tokio::test]
async fn azure_streams_report_usage_by_default() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["stream"] = json!(true);
    for (path, expected) in [("/chat/completions", 1), ("/v1/chat/completions", 0)] {
        let (_, text) = send(&model, "POST", path, "", &body.to_string()).await;
        assert_eq!(text.matches("\"total_tokens\"").count(), expected, "{text}");
    }
}

#[tokio::test]
async fn streamed_logprobs_equal_those_of_a_whole_response() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["logprobs"] = json!(true);
    body["top_logprobs"] = json!(2);
    let (_, whole) = post(&model, &body).await;
    let chunks = streamed(&model, body).await;
    let logprobs =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["logprobs"]["content"].as_array());
    let logprobs: Vec<Value> = logprobs.flatten().cloned().collect();
    assert_eq!(whole["choices"][0]["logprobs"]["content"], Value::from(logprobs.clone()));
    assert_eq!(logprobs[0]["top_logprobs"][0]["token"], logprobs[0]["token"]);
}

#[test]
fn prose_field_of_a_json_response_has_the_plain_text() {
    let mut body = user(&json!("How many languages are in the world?"));
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": {
        "type": "object", "required": ["answer", "unit"],
        "properties": {"answer": {"type": "string"}, "unit": {"type": "string"}},
    }}});
    let object: Value = serde_json::from_str(text(&respond(&body))).unwrap();
    assert!(object["answer"].as_str().unwrap().contains("practice model"), "{object}");
    assert_eq!(object["unit"], "");
    body["response_format"] = json!({"type": "json_object"});
    let object: Value = serde_json::from_str(text(&respond(&body))).unwrap();
    assert!(object["answer"].as_str().unwrap().contains("practice model"), "{object}");
}

#[tokio::test]
async fn every_base_path_has_every_route() {
    let model = model().await;
    let texts = json!({"input": ["a"]}).to_string();
    let url = data_url("image/png", b"\x89PNG\r\n\x1a\n");
    let images = json!({"input": [{"image": url}]}).to_string();
    let hello = user(&json!("Hello")).to_string();
    for base in ["", "/v1", "/models", "/openai/v1", "/openai/deployments/gpt"] {
        for (route, body) in
            [("chat/completions", &hello), ("embeddings", &texts), ("images/embeddings", &images)]
        {
            let path = format!("{base}/{route}?api-version=2024-05-01-preview");
            let (status, text) = send(&model, "POST", &path, "", body).await;
            assert_eq!(status, 200, "{path}: {text}");
        }
        let (status, body) = send(&model, "GET", &format!("{base}/info"), "", "").await;
        assert_eq!((status, body.contains(PracticeModel::NAME)), (200, true), "{body}");
    }
    let root = model.root();
    assert_eq!(model.endpoint(), format!("{root}/v1"));
    // The port is in use.
    let port = root.rsplit(':').next().unwrap().parse().unwrap();
    assert!(PracticeModel::builder().port(port).start().await.is_err());
}
