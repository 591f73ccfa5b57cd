//! What Azure's services have beyond chat: media, the content filter, extra parameters, other routes.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::http::{model, post, send, streamed};
use super::{ask, text};
use crate::practice::PracticeModel;
use crate::practice::request::ChatRequest;

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
fn media_are_told_in_words() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(2_100, 0);
    let sound = BASE64_STANDARD.encode(b"RIFF\0\0\0\0WAVE");
    let parts = json!([
        {"type": "text", "text": "Which conclusion can be extracted from the following chart?"},
        image(&data_url("image/jpg", &png)),
        image("https://example.com/a/chart.webp?size=2"),
        {"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}},
    ]);
    let answer = ask(&user(&parts));
    let expected =
        "You sent an image (PNG, 3 kB), an image at example.com and audio (WAV, 12 bytes). ";
    assert!(text(&answer).starts_with(expected), "{answer:?}");
    assert!(text(&answer).contains("not a language model"), "{answer:?}");
}

#[test]
fn malformed_media_are_refused() {
    let cases = [
        (image("data:image/png;base64,0xABCDFGHIJ..."), "no base64"),
        (image(&data_url("image/png", b"%PDF")), "no PNG"),
        (image(&data_url("text/plain", b"\x89PNG\r\n\x1a\n")), "data:image/"),
        (image("chart.png"), "neither a web address"),
        (json!({"type": "image_url"}), "image_url.url"),
        (
            json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "ogg"}}),
            "'ogg'",
        ),
        (
            json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}}),
            "no mp3",
        ),
        (json!({"type": "video"}), "'video' is no known type of part."),
        (json!({"text": "a"}), "needs its type"),
    ];
    for (part, why) in cases {
        let complaint = ChatRequest::read(&user(&json!([part]))).unwrap_err();
        let message = complaint.to_json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(complaint.status, 400);
        assert!(message.contains(why), "{part} gave {message}");
    }
}

#[tokio::test]
async fn the_agreed_phrase_is_withheld() {
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
async fn extra_parameters_follow_their_header() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["logprobs"] = json!(true);
    let with = async |header: &str, body: &Value| {
        let path = "/chat/completions";
        let (status, text) = send(&model, "POST", path, header, &body.to_string()).await;
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    let (status, refused) = with("extra-parameters: error\r\n", &body).await;
    assert_eq!((status, &refused["code"]), (422, &json!("parameter_not_supported")));
    assert_eq!(refused["detail"], json!({"loc": ["body", "logprobs"], "input": true}));
    let (status, dropped) = with("extra-parameters: drop\r\n", &body).await;
    assert_eq!((status, &dropped["choices"][0]["logprobs"]), (200, &Value::Null));
    let (status, passed) = with("extra-parameters: pass-through\r\n", &body).await;
    let told = &passed["choices"][0]["logprobs"]["content"];
    assert_eq!(
        (status, &told[0]["token"], &told[0]["logprob"]),
        (200, &json!("Hello! "), &json!(0.0))
    );
    assert_eq!(told[0]["top_logprobs"], json!([]));
    // What the model itself cannot do stays an error, however it came.
    body["n"] = json!(2);
    assert_eq!(with("extra-parameters: pass-through\r\n", &body).await.0, 400);
    body = user(&json!("Hello"));
    body["top_logprobs"] = json!(1);
    assert_eq!(with("", &body).await.0, 400);
}

#[tokio::test]
async fn streams_tell_their_usage_unasked() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["stream"] = json!(true);
    for (path, expected) in [("/chat/completions", 1), ("/v1/chat/completions", 0)] {
        let (_, text) = send(&model, "POST", path, "", &body.to_string()).await;
        assert_eq!(text.matches("\"total_tokens\"").count(), expected, "{text}");
    }
}

#[tokio::test]
async fn streams_tell_the_same_probabilities() {
    let model = model().await;
    let mut body = user(&json!("Hello"));
    body["logprobs"] = json!(true);
    body["top_logprobs"] = json!(2);
    let (_, whole) = post(&model, &body).await;
    let chunks = streamed(&model, body).await;
    let told =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["logprobs"]["content"].as_array());
    let told: Vec<Value> = told.flatten().cloned().collect();
    assert_eq!(whole["choices"][0]["logprobs"]["content"], Value::from(told.clone()));
    assert_eq!(told[0]["top_logprobs"][0]["token"], told[0]["token"]);
}

#[test]
fn json_answers_say_in_words_what_is_there_for_words() {
    let mut body = user(&json!("How many languages are in the world?"));
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": {
        "type": "object", "required": ["answer", "unit"],
        "properties": {"answer": {"type": "string"}, "unit": {"type": "string"}},
    }}});
    let answer: Value = serde_json::from_str(text(&ask(&body))).unwrap();
    assert!(answer["answer"].as_str().unwrap().contains("practice model"), "{answer}");
    assert_eq!(answer["unit"], "");
    body["response_format"] = json!({"type": "json_object"});
    let answer: Value = serde_json::from_str(text(&ask(&body))).unwrap();
    assert!(answer["answer"].as_str().unwrap().contains("practice model"), "{answer}");
}

#[tokio::test]
async fn every_base_has_every_route() {
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
    // The port is taken.
    let port = root.rsplit(':').next().unwrap().parse().unwrap();
    assert!(PracticeModel::builder().port(port).start().await.is_err());
}
