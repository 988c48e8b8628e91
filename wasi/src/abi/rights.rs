use super::wire::wire_flags;

wire_flags! {
    /// What a descriptor may be used for, and what may be opened below it.
    ///
    /// # References
    /// `$rights` in `typenames.witx`.
    pub struct Rights: u64 {
        /// `fd_datasync`; with `path_open`, `fdflags::dsync`.
        FD_DATASYNC = 0 "fd_datasync",
        /// `fd_read`, `sock_recv`; with `fd_seek`, `fd_pread`.
        FD_READ = 1 "fd_read",
        /// `fd_seek`.
        FD_SEEK = 2 "fd_seek",
        /// `fd_fdstat_set_flags`.
        FD_FDSTAT_SET_FLAGS = 3 "fd_fdstat_set_flags",
        /// `fd_sync`; with `path_open`, `fdflags::rsync` and `fdflags::dsync`.
        FD_SYNC = 4 "fd_sync",
        /// `fd_seek` that stays where it is, and `fd_tell`.
        FD_TELL = 5 "fd_tell",
        /// `fd_write`, `sock_send`; with `fd_seek`, `fd_pwrite`.
        FD_WRITE = 6 "fd_write",
        /// `fd_advise`.
        FD_ADVISE = 7 "fd_advise",
        /// `fd_allocate`.
        FD_ALLOCATE = 8 "fd_allocate",
        /// `path_create_directory`.
        PATH_CREATE_DIRECTORY = 9 "path_create_directory",
        /// With `path_open`, `oflags::creat`.
        PATH_CREATE_FILE = 10 "path_create_file",
        /// `path_link` from here.
        PATH_LINK_SOURCE = 11 "path_link_source",
        /// `path_link` to here.
        PATH_LINK_TARGET = 12 "path_link_target",
        /// `path_open`.
        PATH_OPEN = 13 "path_open",
        /// `fd_readdir`.
        FD_READDIR = 14 "fd_readdir",
        /// `path_readlink`.
        PATH_READLINK = 15 "path_readlink",
        /// `path_rename` from here.
        PATH_RENAME_SOURCE = 16 "path_rename_source",
        /// `path_rename` to here.
        PATH_RENAME_TARGET = 17 "path_rename_target",
        /// `path_filestat_get`.
        PATH_FILESTAT_GET = 18 "path_filestat_get",
        /// With `path_open`, `oflags::trunc`.
        PATH_FILESTAT_SET_SIZE = 19 "path_filestat_set_size",
        /// `path_filestat_set_times`.
        PATH_FILESTAT_SET_TIMES = 20 "path_filestat_set_times",
        /// `fd_filestat_get`.
        FD_FILESTAT_GET = 21 "fd_filestat_get",
        /// `fd_filestat_set_size`.
        FD_FILESTAT_SET_SIZE = 22 "fd_filestat_set_size",
        /// `fd_filestat_set_times`.
        FD_FILESTAT_SET_TIMES = 23 "fd_filestat_set_times",
        /// `path_symlink`.
        PATH_SYMLINK = 24 "path_symlink",
        /// `path_remove_directory`.
        PATH_REMOVE_DIRECTORY = 25 "path_remove_directory",
        /// `path_unlink_file`.
        PATH_UNLINK_FILE = 26 "path_unlink_file",
        /// `poll_oneoff` with `eventtype::fd_read` or `eventtype::fd_write`.
        POLL_FD_READWRITE = 27 "poll_fd_readwrite",
        /// `sock_shutdown`.
        SOCK_SHUTDOWN = 28 "sock_shutdown",
        /// `sock_accept`.
        SOCK_ACCEPT = 29 "sock_accept",
    }
}
