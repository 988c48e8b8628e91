//! `MemFs` through its public face: one file for each group of calls.

mod mem_fs {
    mod accounting;
    mod hammer;
    mod listing;
    mod names;
    mod open;
    mod rename;
    mod subject;
    mod times;
}
