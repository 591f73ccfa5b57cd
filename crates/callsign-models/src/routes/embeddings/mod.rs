//! Embeddings: texts and images as vectors.

mod decode;
pub mod model;
pub mod reply;
pub mod request;

#[cfg(test)]
mod tests;
