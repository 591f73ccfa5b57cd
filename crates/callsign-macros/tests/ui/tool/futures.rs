use std::future::Future;
use std::pin::Pin;

use callsign::{tool, tools};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Hidden.
#[tool]
fn hidden() -> impl Future<Output = u32> {
    async { 1 }
}

/// In a box.
#[tool]
fn boxed() -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async { 1 })
}

/// By its name.
#[tool]
fn named() -> BoxFuture<u32> {
    Box::pin(async { 1 })
}

fn main() {
    let _ = tools![hidden, boxed, named];
}
