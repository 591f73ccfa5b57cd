//! Feature hashing: each feature adds its weight, with a hashed sign, to a hashed dimension.

use crate::hash::fnv1a;
use crate::language::lexicon::is_function_word;
use crate::language::tokenizer::tokenize;

/// A property of a text or an image, with its weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    name: String,
    weight: f32,
}

/// Returns the words of a text, and their first four letters, so that "flight" is similar to "flights".
pub(super) fn text_features(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    for token in tokenize(text) {
        let weight = if is_function_word(&token.lower) { 0.1 } else { 1.0 };
        let prefix: String = token.lower.chars().take(4).collect();
        features.push(Feature { name: format!("word {}", token.lower), weight });
        features.push(Feature { name: format!("stem {prefix}"), weight: weight / 2.0 });
    }
    features
}

/// Returns the format of an image, and its bytes in blocks of 256.
pub(super) fn image_features(format: &str, bytes: &[u8]) -> Vec<Feature> {
    let blocks = bytes.chunks(256).map(|block| {
        let block: String = block.iter().map(|byte| char::from(*byte)).collect();
        Feature { name: format!("block {:x}", fnv1a(&block)), weight: 1.0 }
    });
    let format = Feature { name: format!("kind {format}"), weight: 0.5 };
    blocks.chain([format]).collect()
}

/// Returns the vector of the features, with length 1. `dimensions` must be at least 1.
pub(super) fn embed(features: &[Feature], dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let modulus = u64::try_from(dimensions).unwrap_or(u64::MAX);
    for feature in features {
        let hash = fnv1a(&feature.name);
        // The lowest bits of an FNV hash are the weakest, so the index uses higher ones.
        let index = usize::try_from((hash >> 17) % modulus).unwrap_or(0);
        vector[index] += if hash >> 7 & 1 == 0 { feature.weight } else { -feature.weight };
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut vector {
            *number /= length;
        }
    } else {
        // No features, or features that cancel each other out: any unit vector will do.
        vector[0] = 1.0;
    }
    vector
}
