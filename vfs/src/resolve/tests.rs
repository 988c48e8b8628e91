mod call;
mod ends;
mod fake_file;
mod fake_fs;
#[cfg(all(feature = "host", target_os = "linux"))]
mod kernel;
#[cfg(all(feature = "host", target_os = "linux"))]
mod kernel_model;
mod pairs;
mod trees;
mod walks;
