//! Conversion of JSON Schemas to the subsets that providers accept.

pub(crate) mod dialect;
mod inlined;
pub(crate) mod nulls;
mod strict;

#[cfg(test)]
mod tests;
