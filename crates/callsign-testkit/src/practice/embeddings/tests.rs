use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Kind, answer};

fn vectors(body: &Value, kind: Kind) -> Vec<Vec<f64>> {
    let reply = answer(body, kind).unwrap();
    let data = reply["data"].as_array().unwrap().iter().enumerate();
    data.map(|(at, one)| {
        assert_eq!(one["index"], at);
        let numbers = one["embedding"].as_array().unwrap();
        numbers.iter().map(|number| number.as_f64().unwrap()).collect()
    })
    .collect()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_that_share_words_are_near() {
    let input = [
        "When is the next flight to Seattle?",
        "flights to Seattle",
        "A recipe for tomato soup",
        "the",
    ];
    let all = vectors(&json!({"input": input, "dimensions": 256}), Kind::Texts);
    for vector in &all {
        assert_eq!(vector.len(), 256);
        assert!((product(vector, vector) - 1.0).abs() < 1e-5);
    }
    let (near, far) = (product(&all[0], &all[1]), product(&all[0], &all[2]));
    assert!(near > far + 0.2, "{near} and {far}");
    let again = vectors(&json!({"input": input[0], "dimensions": 256}), Kind::Texts);
    assert_eq!(again[0], all[0]);
    assert_eq!(vectors(&json!({"input": ["a"]}), Kind::Texts)[0].len(), 64);
}

#[test]
fn base64_is_of_the_same_floats() {
    let body = json!({"input": ["flights to Seattle"], "dimensions": 3});
    let floats = vectors(&body, Kind::Texts).remove(0);
    let body =
        json!({"input": ["flights to Seattle"], "dimensions": 3, "encoding_format": "base64"});
    let reply = answer(&body, Kind::Texts).unwrap();
    let bytes = BASE64_STANDARD.decode(reply["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let read: Vec<f32> =
        bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(read.len(), 3);
    for (read, float) in read.iter().zip(&floats) {
        assert!((f64::from(*read) - float).abs() < 1e-6);
    }
    assert!(reply["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn images_are_embedded_with_their_texts() {
    let url = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(b"\x89PNG\r\n\x1a\nrest"));
    let input = json!([{"image": url}, {"image": url}, {"image": url, "text": "a chart"}]);
    let all = vectors(&json!({"input": input}), Kind::Images);
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

#[test]
fn requests_are_read_strictly() {
    let refused = |body: &Value, kind: Kind, param: &str| {
        let complaint = answer(body, kind).unwrap_err();
        assert_eq!(complaint.status, 400);
        assert_eq!(complaint.to_json()["error"]["param"], param, "{complaint:?}");
    };
    refused(&json!({}), Kind::Texts, "input");
    refused(&json!({"input": []}), Kind::Texts, "input");
    refused(&json!({"input": ["a", ""]}), Kind::Texts, "input.[1]");
    refused(&json!({"input": ["a"], "dimensions": 0}), Kind::Texts, "dimensions");
    refused(&json!({"input": ["a"], "encoding_format": "int8"}), Kind::Texts, "encoding_format");
    refused(&json!({"input": ["a"], "input_type": "poem"}), Kind::Texts, "input_type");
    refused(&json!({"input": "a"}), Kind::Images, "input");
    refused(&json!({"input": ["a"]}), Kind::Images, "input.[0]");
    refused(&json!({"input": [{"image": "https://a/b.png"}]}), Kind::Images, "input.[0]");
}
