//! The functions of preview1 as a guest calls them: by name, with numbers, over memories with and without slices, on real filesystems.

mod allocation;
mod descriptors;
mod directories;
mod faulty_fs;
mod guest;
mod hostile;
mod memory;
mod opening;
mod paths;
mod process;
mod rights;
mod sequences;
mod transfer;
mod unstable;
