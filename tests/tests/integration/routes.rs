//! Embeddings, model information and media, against the practice model.
use std::time::Duration;

use callsign::model::{
    Audio, EmbeddingImage, EmbeddingRequest, EncodingFormat, Image, InputType, ModelExt, ModelType,
    Part, Profile,
};
use callsign::testing::PracticeModel;
use callsign::{ChatModel, Request};

const PNG: &[u8] = include_bytes!("../../../examples/azure-tour/data/chart.png");

async fn practice() -> PracticeModel {
    PracticeModel::builder().delay(Duration::ZERO).start().await.unwrap()
}

/// Returns a model for each profile, with the base path of such providers.
fn models(server: &PracticeModel) -> [ChatModel; 5] {
    let root = server.root();
    let build = |base: &str, profile: Profile| {
        let builder = ChatModel::builder(format!("{root}{base}")).profile(profile);
        builder.key("sesame-7").model("practice").build().unwrap()
    };
    [
        build("", Profile::model_inference()),
        build("/models", Profile::foundry_models()),
        build("/openai/deployments/practice", Profile::azure_deployment()),
        build("/openai/v1", Profile::azure_v1()),
        build("/v1", Profile::openai_compatible()),
    ]
}

#[tokio::test]
async fn every_profile_uses_its_routes() {
    let server = practice().await;
    for model in models(&server) {
        let name = model.endpoint().profile().name.clone();
        let reply = model.complete("Who are you?").await.unwrap();
        assert!(reply.text().contains("practice model"), "{name}: {reply:?}");
        assert!(reply.usage.is_some_and(|usage| usage.output_tokens > 0), "{name}: {reply:?}");
        let reply = model.embeddings().embed("Flights to Seattle").await.unwrap();
        assert_eq!(reply.data[0].vector.len(), 64, "{name}");
        match (model.endpoint().profile().has_info, model.endpoint_info().await) {
            (Some(false), info) => assert!(info.unwrap_err().is_not_found(), "{name}"),
            (_, info) => assert_eq!(info.unwrap().model_type, ModelType::ChatCompletion, "{name}"),
        }
    }
}

#[tokio::test]
async fn vectors_are_equal_in_every_encoding() {
    let server = practice().await;
    let [model, ..] = models(&server).map(|model| model.embeddings());
    let request = || {
        EmbeddingRequest::texts(["Flights to Seattle", "A recipe for soup"])
            .dimensions(7)
            .input_type(InputType::Document)
    };
    let floats = model.embed(request().encoding_format(EncodingFormat::Float)).await.unwrap();
    let base64 = model.embed(request().encoding_format(EncodingFormat::Base64)).await.unwrap();
    assert_eq!(floats.data, base64.data);
    assert_eq!((floats.data.len(), floats.data[0].vector.len()), (2, 7));
    assert_eq!(floats.model.as_deref(), Some(PracticeModel::NAME));
    assert!(floats.usage.unwrap().input_tokens > 0);

    let image = || EmbeddingImage::new(Image::from_bytes(PNG).unwrap());
    let of_images = EmbeddingRequest::images([image(), image().text("a chart")]).dimensions(7);
    let images = model.embed(of_images).await.unwrap().into_vectors();
    assert_eq!((images.len(), images[0].len()), (2, 7));
    let error = model.embed(request().dimensions(0)).await.unwrap_err();
    assert!(error.is_invalid_request() && error.to_string().contains("dimensions"), "{error}");
}

#[tokio::test]
async fn media_are_sent_with_their_types() {
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
