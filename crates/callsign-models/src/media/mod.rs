//! Images and audio from files and bytes, as parts of a message.
//!
//! What a file is, is read from its first bytes and not from its name: services refuse an image
//! whose type is said wrongly.

pub mod audio;
pub mod image;
mod read;
mod sniff;
