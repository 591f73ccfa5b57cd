use std::future::Future;
use std::pin::Pin;

use callsign::{tool, tools};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// `impl Future`.
#[tool]
fn impl_trait() -> impl Future<Output = u32> {
    async { 1 }
}

/// A boxed future.
#[tool]
fn boxed() -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async { 1 })
}

/// A type alias.
#[tool]
fn named() -> BoxFuture<u32> {
    Box::pin(async { 1 })
}

fn main() {
    let _ = tools![impl_trait, boxed, named];
}
