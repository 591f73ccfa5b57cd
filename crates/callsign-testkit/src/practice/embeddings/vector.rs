//! Features into a vector: each is hashed to a place and a sign, and they add up.

use crate::practice::lexicon::is_function;
use crate::practice::request::digest;
use crate::practice::text::tokenise;

/// Something that a text or an image has, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    name: String,
    weight: f32,
}

/// The words of a text, and what they begin with, so that "flight" is near "flights".
pub(super) fn of_text(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    for token in tokenise(text) {
        let weight = if is_function(&token.lower) { 0.1 } else { 1.0 };
        let stem: String = token.lower.chars().take(4).collect();
        features.push(Feature { name: format!("word {}", token.lower), weight });
        features.push(Feature { name: format!("stem {stem}"), weight: weight / 2.0 });
    }
    features
}

/// The kind of an image and its bytes, block by block.
pub(super) fn of_image(kind: &str, bytes: &[u8]) -> Vec<Feature> {
    let blocks = bytes.chunks(256).map(|block| {
        let block: String = block.iter().map(|byte| char::from(*byte)).collect();
        Feature { name: format!("block {:x}", digest(&block)), weight: 1.0 }
    });
    let kind = Feature { name: format!("kind {kind}"), weight: 0.5 };
    blocks.chain([kind]).collect()
}

/// A vector of length 1 of so many numbers, at least one.
pub(super) fn of(features: &[Feature], dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let places = u64::try_from(dimensions).unwrap_or(u64::MAX);
    for feature in features {
        let hash = digest(&feature.name);
        // The lowest bits of this hash are the weakest, so that the place is taken of others.
        let place = usize::try_from((hash >> 17) % places).unwrap_or(0);
        vector[place] += if hash >> 7 & 1 == 0 { feature.weight } else { -feature.weight };
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut vector {
            *number /= length;
        }
    } else {
        // Of nothing, or of what cancels itself out, there is a vector too.
        vector[0] = 1.0;
    }
    vector
}
