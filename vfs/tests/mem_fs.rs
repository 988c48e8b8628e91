//! `MemFs` through its public face: one file for each group of calls.

mod mem_fs {
    mod accounting;
    mod changes;
    mod hammer;
    mod listing;
    mod names;
    mod open;
    mod rename;
    mod snapshots;
    mod subject;
    mod times;
}
