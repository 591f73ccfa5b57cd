//! Embeddings of texts and images.

mod decode;
pub mod model;
pub mod reply;
pub mod request;

#[cfg(test)]
mod tests;
