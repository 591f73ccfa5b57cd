use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{InputKind, respond};

fn vectors(body: &Value, kind: InputKind) -> Vec<Vec<f64>> {
    let response = respond(body, kind).unwrap();
    let data = response["data"].as_array().unwrap().iter().enumerate();
    data.map(|(at, one)| {
        assert_eq!(one["index"], at);
        let numbers = one["embedding"].as_array().unwrap();
        numbers.iter().map(|number| number.as_f64().unwrap()).collect()
    })
    .collect()
}

fn dot_product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_with_common_words_are_similar() {
    let input = [
        "When is the next flight to Seattle?",
        "flights to Seattle",
        "A recipe for tomato soup",
        "the",
    ];
    let all = vectors(&json!({"input": input, "dimensions": 256}), InputKind::Texts);
    for vector in &all {
        assert_eq!(vector.len(), 256);
        assert!((dot_product(vector, vector) - 1.0).abs() < 1e-5);
    }
    let (near, far) = (dot_product(&all[0], &all[1]), dot_product(&all[0], &all[2]));
    assert!(near > far + 0.2, "{near} and {far}");
    let again = vectors(&json!({"input": input[0], "dimensions": 256}), InputKind::Texts);
    assert_eq!(again[0], all[0]);
    assert_eq!(vectors(&json!({"input": ["a"]}), InputKind::Texts)[0].len(), 64);
}

#[test]
fn base64_encodes_the_same_floats() {
    let body = json!({"input": ["flights to Seattle"], "dimensions": 3});
    let floats = vectors(&body, InputKind::Texts).remove(0);
    let body =
        json!({"input": ["flights to Seattle"], "dimensions": 3, "encoding_format": "base64"});
    let response = respond(&body, InputKind::Texts).unwrap();
    let bytes = BASE64_STANDARD.decode(response["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let read: Vec<f32> =
        bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(read.len(), 3);
    for (read, float) in read.iter().zip(&floats) {
        assert!((f64::from(*read) - float).abs() < 1e-6);
    }
    assert!(response["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn text_of_an_image_input_changes_its_vector() {
    let url = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(b"\x89PNG\r\n\x1a\nrest"));
    let input = json!([{"image": url}, {"image": url}, {"image": url, "text": "a chart"}]);
    let all = vectors(&json!({"input": input}), InputKind::Images);
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

#[test]
fn invalid_requests_are_rejected_with_their_field() {
    let rejected = |body: &Value, kind: InputKind, param: &str| {
        let error = respond(body, kind).unwrap_err();
        assert_eq!(error.status, 400);
        assert_eq!(error.to_json()["error"]["param"], param, "{error:?}");
    };
    rejected(&json!({}), InputKind::Texts, "input");
    rejected(&json!({"input": []}), InputKind::Texts, "input");
    rejected(&json!({"input": ["a", ""]}), InputKind::Texts, "input.[1]");
    rejected(&json!({"input": ["a"], "dimensions": 0}), InputKind::Texts, "dimensions");
    rejected(
        &json!({"input": ["a"], "encoding_format": "int8"}),
        InputKind::Texts,
        "encoding_format",
    );
    rejected(&json!({"input": ["a"], "input_type": "poem"}), InputKind::Texts, "input_type");
    rejected(&json!({"input": "a"}), InputKind::Images, "input");
    rejected(&json!({"input": ["a"]}), InputKind::Images, "input.[0]");
    rejected(&json!({"input": [{"image": "https://a/b.png"}]}), InputKind::Images, "input.[0]");
}
