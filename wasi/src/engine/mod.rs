//! The adapters: each registers the functions with its engine, calls the core, and waits for it. They hold no policy.

pub mod wasmtime;
