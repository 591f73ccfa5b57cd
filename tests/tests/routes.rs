//! The routes beside chat, and media, through the facade and against the practice model.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use callsign::{
    Audio, ChatModel, EmbeddingImage, EmbeddingRequest, EncodingFormat, Image, InputType, ModelExt,
    ModelType, Part, PracticeModel, Profile, Request,
};

const PNG: &[u8] = include_bytes!("../../examples/azure-tour/data/chart.png");

async fn practice() -> PracticeModel {
    PracticeModel::builder().delay(Duration::ZERO).start().await.unwrap()
}

/// A model of each profile, at the base that such services have.
fn models(server: &PracticeModel) -> [ChatModel; 5] {
    let root = server.root();
    let built = |base: &str, profile: Profile| {
        let builder = ChatModel::builder(format!("{root}{base}")).profile(profile);
        builder.key("sesame-7").model("practice").build().unwrap()
    };
    [
        built("", Profile::model_inference()),
        built("/models", Profile::foundry_models()),
        built("/openai/deployments/practice", Profile::azure_deployment()),
        built("/openai/v1", Profile::azure_v1()),
        built("/v1", Profile::openai_compatible()),
    ]
}

#[tokio::test]
async fn every_profile_finds_its_routes() {
    let server = practice().await;
    for model in models(&server) {
        let name = model.endpoint().profile().name.clone();
        let reply = model.complete("Who are you?").await.unwrap();
        assert!(reply.text().contains("practice model"), "{name}: {reply:?}");
        assert!(reply.usage.is_some_and(|usage| usage.output_tokens > 0), "{name}: {reply:?}");
        let reply = model.embeddings().embed("Flights to Seattle").await.unwrap();
        assert_eq!(reply.data[0].vector.len(), 64, "{name}");
        match (model.endpoint().profile().has_info, model.info().await) {
            (Some(false), told) => assert!(told.unwrap_err().is_not_found(), "{name}"),
            (_, told) => assert_eq!(told.unwrap().model_type, ModelType::ChatCompletion, "{name}"),
        }
    }
}

#[tokio::test]
async fn vectors_are_the_same_however_they_come() {
    let server = practice().await;
    let [model, ..] = models(&server).map(|model| model.embeddings());
    let asked = || {
        EmbeddingRequest::texts(["Flights to Seattle", "A recipe for soup"])
            .dimensions(7)
            .input_type(InputType::Document)
    };
    let floats = model.embed(asked().encoding_format(EncodingFormat::Float)).await.unwrap();
    let packed = model.embed(asked().encoding_format(EncodingFormat::Base64)).await.unwrap();
    assert_eq!(floats.data, packed.data);
    assert_eq!((floats.data.len(), floats.data[0].vector.len()), (2, 7));
    assert_eq!(floats.model.as_deref(), Some(PracticeModel::NAME));
    assert!(floats.usage.unwrap().input_tokens > 0);

    let image = || EmbeddingImage::new(Image::from_bytes(PNG).unwrap());
    let request = EmbeddingRequest::images([image(), image().text("a chart")]).dimensions(7);
    let images = model.embed(request).await.unwrap().into_vectors();
    assert_eq!((images.len(), images[0].len()), (2, 7));
    let error = model.embed(asked().dimensions(0)).await.unwrap_err();
    assert!(error.is_invalid_request() && error.to_string().contains("dimensions"), "{error}");
}

#[tokio::test]
async fn media_arrive_as_what_they_are() {
    let server = practice().await;
    let wav = Audio::from_bytes(*b"RIFF\x24\0\0\0WAVEfmt ").unwrap();
    let parts = vec![
        Part::text("What is this?"),
        Image::from_bytes(PNG).unwrap().detail("low").into(),
        Part::image_url("https://example.com/chart.png"),
        wav.into(),
    ];
    for model in models(&server) {
        let reply = model.complete(Request::user(parts.clone())).await.unwrap();
        let expected = "You sent an image (PNG, 203 bytes), an image at example.com and audio (WAV, 16 bytes).";
        assert!(reply.text().starts_with(expected), "{reply:?}");
    }
    let [model, ..] = models(&server);
    let error = model.complete(Request::user(vec![Part::image_url("chart.png")])).await;
    let error = error.unwrap_err();
    assert!(error.is_invalid_request() && error.to_string().contains("data URL"), "{error}");
}
