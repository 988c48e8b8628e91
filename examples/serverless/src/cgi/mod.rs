//! The Common Gateway Interface, [RFC 3875](https://www.rfc-editor.org/rfc/rfc3875): a request as variables and input, an answer from output.

mod answer;
mod path;
mod variables;

pub use answer::{BadAnswer, parse};
pub use path::{BadRequest, decode};
pub use variables::{Connection, Variables};
