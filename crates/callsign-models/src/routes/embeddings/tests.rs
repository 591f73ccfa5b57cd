use serde_json::{Map, Value, json};

use super::decode::embeddings;
use super::request::{EmbeddingImage, EmbeddingRequest, EncodingFormat, InputType};

fn decoded(reply: Value, expected: usize) -> Result<Vec<Vec<f32>>, String> {
    let Value::Object(fields) = reply else { return Err("no object".to_owned()) };
    embeddings(fields, expected).map(super::reply::Embeddings::into_vectors)
}

#[test]
fn requests_match_those_of_the_official_clients() {
    let texts = EmbeddingRequest::texts(["…"])
        .dimensions(2)
        .encoding_format(EncodingFormat::Base64)
        .input_type(InputType::Query);
    assert_eq!(texts.route(), "/embeddings");
    let expected = json!({
        "input": ["…"], "dimensions": 2, "encoding_format": "base64", "input_type": "query",
        "model": "cohere",
    });
    assert_eq!(Value::Object(texts.body(Some("cohere"))), expected);

    let image = EmbeddingImage::new("data:image/png;base64,iVBO").text("t");
    let images = EmbeddingRequest::images([image]).dimensions(2);
    assert_eq!(images.route(), "/images/embeddings");
    let expected =
        json!({"input": [{"image": "data:image/png;base64,iVBO", "text": "t"}], "dimensions": 2});
    assert_eq!(Value::Object(images.body(None)), expected);

    // An additional field does not replace a known one.
    let request = EmbeddingRequest::from("a").extra("user", "ada").extra("input", "b");
    let expected = json!({"input": ["a"], "user": "ada"});
    assert_eq!(Value::Object(request.body(None)), expected);
}

#[test]
fn floats_and_base64_decode_to_the_same_vector() {
    // 0.5 and -2 as 32-bit floats, the least significant byte first.
    for embedding in [json!([0.5, -2]), json!("AAAAPwAAAMA="), json!("AAAAPwAAAMA")] {
        let reply = json!({"data": [{"index": 0, "embedding": embedding}]});
        assert_eq!(decoded(reply, 1).unwrap(), [[0.5, -2.0]]);
    }
}

#[test]
fn vectors_are_sorted_by_index() {
    let reply = json!({"data": [
        {"index": 1, "embedding": [1]}, {"index": 0, "embedding": [0]},
    ]});
    assert_eq!(decoded(reply, 2).unwrap(), [[0.0], [1.0]]);
    let reply = json!({"data": [{"embedding": [0]}, {"index": null, "embedding": [1]}]});
    assert_eq!(decoded(reply, 2).unwrap(), [[0.0], [1.0]]);
}

#[test]
fn unknown_fields_are_kept() {
    let reply = json!({
        "id": "e-1", "object": "list", "model": "cohere", "took": 3,
        "data": [{"object": "embedding", "index": 0, "embedding": [1], "truncated": true}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    });
    let reply = embeddings(reply.as_object().unwrap().clone(), 1).unwrap();
    assert_eq!((reply.id.as_deref(), reply.model.as_deref()), (Some("e-1"), Some("cohere")));
    assert_eq!(reply.usage.unwrap().input_tokens, 4);
    assert_eq!(Value::Object(reply.extra), json!({"took": 3}));
    assert_eq!(Value::Object(reply.data[0].extra.clone()), json!({"truncated": true}));
}

#[test]
fn invalid_responses_are_rejected() {
    let cases = [
        (json!({}), "not a list"),
        (json!({"data": []}), "0 embeddings instead of 1"),
        (json!({"data": [{"index": 0}]}), "has no vector"),
        (json!({"data": [{"index": 0, "embedding": "AAA"}]}), "invalid vector"),
        (json!({"data": [{"index": 0, "embedding": ["a"]}]}), "invalid vector"),
        (json!({"data": [7]}), "not an object"),
    ];
    for (reply, expected) in cases {
        let error = decoded(reply.clone(), 1).unwrap_err();
        assert!(error.contains(expected), "{reply} gave {error}");
    }
    let twice = json!({"data": [{"index": 0, "embedding": [0]}, {"index": 0, "embedding": [1]}]});
    assert!(decoded(twice, 2).unwrap_err().contains("same index"));
    assert!(embeddings(Map::new(), 0).is_err());
}
