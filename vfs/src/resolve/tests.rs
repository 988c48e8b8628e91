mod call;
mod ends;
mod fake_file;
mod fake_fs;
mod pairs;
mod trees;
mod walks;
