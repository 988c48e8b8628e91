// Calls every function of wasi_snapshot_preview1 directly, past the C library, and checks what each answers: the result, what
// it wrote, and the principal errors. Works below /tmp of the first preopen; prints one line for each group, and a line for
// each answer that is not the expected one. The exit code is 0 if there was none.
//
// `calls raise` ends with proc_raise instead. Build: examples/guests/build.sh.

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

// Not in wasi-libc's header any more, but in the frozen interface.
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int32_t proc_raise(int32_t signal);

enum { ROOT = 3, NO_FD = 1000 };

static int surprises;

#define IS(expected, call) is(__LINE__, #call, (call), __WASI_ERRNO_##expected, #expected)
#define HOLDS(condition) holds(__LINE__, #condition, (condition))

static void is(int line, const char *call, int got, int expected, const char *name) {
    if (got == expected) return;
    printf("line %d: %s is %d, not %s (%d)\n", line, call, got, name, expected);
    surprises++;
}

static void holds(int line, const char *condition, bool so) {
    if (so) return;
    printf("line %d: %s does not hold\n", line, condition);
    surprises++;
}

// As wasi-libc does, everything that the preopen passes on: all of the rights that the host knows.
static __wasi_rights_t ALL;

static __wasi_fd_t open_at(__wasi_fd_t dir, const char *path, __wasi_oflags_t oflags, __wasi_rights_t rights, __wasi_fdflags_t flags) {
    __wasi_fd_t fd = NO_FD;
    IS(SUCCESS, __wasi_path_open(dir, 0, path, oflags, rights, ALL, flags, &fd));
    return fd;
}

static __wasi_fd_t create(const char *path) {
    return open_at(ROOT, path, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, ALL, 0);
}

static void arguments(int argc, char **argv) {
    __wasi_size_t count = 0, bytes = 0;
    uint8_t *pointers[8];
    uint8_t strings[1024];
    IS(SUCCESS, __wasi_args_sizes_get(&count, &bytes));
    HOLDS((int)count == argc && bytes <= sizeof strings && count <= 8);
    IS(SUCCESS, __wasi_args_get(pointers, strings));
    HOLDS(!strcmp((char *)pointers[0], argv[0]) && pointers[0] == strings);
    IS(SUCCESS, __wasi_environ_sizes_get(&count, &bytes));
    HOLDS(count < 8 && bytes <= sizeof strings);
    IS(SUCCESS, __wasi_environ_get(pointers, strings));
    HOLDS(count == 0 || strchr((char *)pointers[0], '='));
    puts("args_sizes_get args_get environ_sizes_get environ_get");
}

static void clocks_and_random(void) {
    __wasi_timestamp_t resolution = 0, first = 0, second = 0, wall = 0;
    IS(SUCCESS, __wasi_clock_res_get(__WASI_CLOCKID_MONOTONIC, &resolution));
    HOLDS(resolution > 0);
    IS(SUCCESS, __wasi_clock_res_get(__WASI_CLOCKID_REALTIME, &resolution));
    IS(INVAL, __wasi_clock_res_get(99, &resolution));
    IS(SUCCESS, __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &first));
    IS(SUCCESS, __wasi_sched_yield());
    IS(SUCCESS, __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &second));
    HOLDS(second >= first);
    IS(SUCCESS, __wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &wall));
    IS(INVAL, __wasi_clock_time_get(99, 1, &wall));
    uint8_t bytes[64] = {0}, other[64] = {0};
    IS(SUCCESS, __wasi_random_get(bytes, sizeof bytes));
    IS(SUCCESS, __wasi_random_get(other, sizeof other));
    IS(SUCCESS, __wasi_random_get(bytes, 0));
    HOLDS(memcmp(bytes, other, sizeof bytes));
    puts("clock_res_get clock_time_get sched_yield random_get");
}

static void preopens(void) {
    __wasi_prestat_t prestat = {0};
    uint8_t name[16] = {0};
    __wasi_fdstat_t fdstat = {0};
    IS(SUCCESS, __wasi_fd_fdstat_get(ROOT, &fdstat));
    ALL = fdstat.fs_rights_inheriting;
    HOLDS(fdstat.fs_filetype == __WASI_FILETYPE_DIRECTORY && (ALL & __WASI_RIGHTS_FD_WRITE));
    IS(SUCCESS, __wasi_fd_prestat_get(ROOT, &prestat));
    HOLDS(prestat.tag == __WASI_PREOPENTYPE_DIR && prestat.u.dir.pr_name_len == 1);
    IS(SUCCESS, __wasi_fd_prestat_dir_name(ROOT, name, 1));
    HOLDS(name[0] == '/' && name[1] == 0);
    IS(NAMETOOLONG, __wasi_fd_prestat_dir_name(ROOT, name, 0));
    IS(BADF, __wasi_fd_prestat_get(NO_FD, &prestat));
    IS(BADF, __wasi_fd_prestat_dir_name(NO_FD, name, 1));
    puts("fd_prestat_get fd_prestat_dir_name");
}

static void reading_and_writing(void) {
    __wasi_fd_t fd = create("tmp/calls/file");
    __wasi_size_t len = 0;
    __wasi_filesize_t at = 0;
    char a[4], b[8] = {0};
    __wasi_ciovec_t out[] = {{(uint8_t *)"one ", 4}, {(uint8_t *)"", 0}, {(uint8_t *)"two three", 9}};
    __wasi_iovec_t in[] = {{(uint8_t *)a, 4}, {(uint8_t *)b, 8}};
    IS(SUCCESS, __wasi_fd_write(fd, out, 3, &len));
    HOLDS(len == 13);
    IS(SUCCESS, __wasi_fd_tell(fd, &at));
    HOLDS(at == 13);
    IS(SUCCESS, __wasi_fd_seek(fd, -9, __WASI_WHENCE_END, &at));
    HOLDS(at == 4);
    IS(INVAL, __wasi_fd_seek(fd, -5, __WASI_WHENCE_CUR, &at));
    IS(SUCCESS, __wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    IS(SUCCESS, __wasi_fd_read(fd, in, 2, &len));
    HOLDS(len == 12 && !memcmp(a, "one ", 4) && !memcmp(b, "two thre", 8));
    IS(SUCCESS, __wasi_fd_pwrite(fd, out, 1, 4, &len));
    HOLDS(len == 4);
    IS(SUCCESS, __wasi_fd_pread(fd, in, 1, 4, &len));
    HOLDS(len == 4 && !memcmp(a, "one ", 4));
    IS(SUCCESS, __wasi_fd_tell(fd, &at));
    HOLDS(at == 12);
    IS(SUCCESS, __wasi_fd_pread(fd, in, 1, 1 << 20, &len));
    HOLDS(len == 0);
    IS(BADF, __wasi_fd_read(NO_FD, in, 1, &len));
    IS(BADF, __wasi_fd_write(NO_FD, out, 1, &len));
    IS(BADF, __wasi_fd_pread(NO_FD, in, 1, 0, &len));
    IS(BADF, __wasi_fd_pwrite(NO_FD, out, 1, 0, &len));
    IS(BADF, __wasi_fd_seek(NO_FD, 0, __WASI_WHENCE_SET, &at));
    IS(BADF, __wasi_fd_tell(NO_FD, &at));
    IS(SUCCESS, __wasi_fd_close(fd));
    IS(BADF, __wasi_fd_close(fd));
    puts("fd_read fd_write fd_pread fd_pwrite fd_seek fd_tell fd_close");
}

static void sizes_and_times(void) {
    __wasi_fd_t fd = open_at(ROOT, "tmp/calls/file", 0, ALL, 0);
    __wasi_filestat_t stat = {0};
    IS(SUCCESS, __wasi_fd_filestat_set_size(fd, 5));
    IS(SUCCESS, __wasi_fd_filestat_get(fd, &stat));
    HOLDS(stat.size == 5 && stat.filetype == __WASI_FILETYPE_REGULAR_FILE && stat.nlink == 1);
    IS(SUCCESS, __wasi_fd_allocate(fd, 100, 28));
    IS(SUCCESS, __wasi_fd_filestat_get(fd, &stat));
    HOLDS(stat.size == 128);
    IS(SUCCESS, __wasi_fd_allocate(fd, 0, 1));
    IS(SUCCESS, __wasi_fd_filestat_set_times(fd, 1111, 2222, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    IS(INVAL, __wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW));
    IS(SUCCESS, __wasi_path_filestat_get(ROOT, 0, "tmp/calls/file", &stat));
    HOLDS(stat.size == 128 && stat.atim == 1111 && stat.mtim == 2222);
    IS(SUCCESS, __wasi_path_filestat_set_times(ROOT, 0, "tmp/calls/file", 3333, 0, __WASI_FSTFLAGS_ATIM));
    IS(SUCCESS, __wasi_fd_filestat_get(fd, &stat));
    HOLDS(stat.atim == 3333 && stat.mtim == 2222);
    IS(NOENT, __wasi_path_filestat_set_times(ROOT, 0, "tmp/calls/none", 0, 0, __WASI_FSTFLAGS_ATIM));
    IS(NOENT, __wasi_path_filestat_get(ROOT, 0, "tmp/calls/none", &stat));
    IS(SUCCESS, __wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_SEQUENTIAL));
    IS(INVAL, __wasi_fd_advise(fd, 0, 0, 99));
    IS(SUCCESS, __wasi_fd_sync(fd));
    IS(SUCCESS, __wasi_fd_datasync(fd));
    IS(BADF, __wasi_fd_filestat_get(NO_FD, &stat));
    IS(BADF, __wasi_fd_filestat_set_size(NO_FD, 0));
    IS(BADF, __wasi_fd_filestat_set_times(NO_FD, 0, 0, 0));
    IS(BADF, __wasi_fd_allocate(NO_FD, 0, 1));
    IS(BADF, __wasi_fd_advise(NO_FD, 0, 0, 0));
    IS(BADF, __wasi_fd_sync(NO_FD));
    IS(BADF, __wasi_fd_datasync(NO_FD));
    IS(SUCCESS, __wasi_fd_close(fd));
    puts("fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_allocate fd_advise fd_sync fd_datasync");
    puts("path_filestat_get path_filestat_set_times");
}

static void flags_and_rights(void) {
    __wasi_fd_t fd = open_at(ROOT, "tmp/calls/file", 0, __WASI_RIGHTS_FD_READ, 0);
    __wasi_fdstat_t fdstat = {0};
    __wasi_size_t len = 0;
    uint8_t byte = 0;
    __wasi_iovec_t in = {&byte, 1};
    __wasi_ciovec_t out = {&byte, 1};
    IS(SUCCESS, __wasi_fd_fdstat_get(fd, &fdstat));
    HOLDS(fdstat.fs_filetype == __WASI_FILETYPE_REGULAR_FILE && fdstat.fs_flags == 0);
    HOLDS(fdstat.fs_rights_base & __WASI_RIGHTS_FD_READ);
    HOLDS(!(fdstat.fs_rights_base & __WASI_RIGHTS_FD_WRITE));
    int code = __wasi_fd_write(fd, &out, 1, &len);
    HOLDS(code == __WASI_ERRNO_NOTCAPABLE || code == __WASI_ERRNO_BADF);
    IS(SUCCESS, __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
    IS(SUCCESS, __wasi_fd_fdstat_get(fd, &fdstat));
    HOLDS(fdstat.fs_flags == __WASI_FDFLAGS_APPEND);
    IS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, fdstat.fs_rights_base | __WASI_RIGHTS_FD_WRITE, 0));
    IS(SUCCESS, __wasi_fd_fdstat_set_rights(fd, fdstat.fs_rights_base & ~(__wasi_rights_t)__WASI_RIGHTS_FD_READ, 0));
    IS(NOTCAPABLE, __wasi_fd_read(fd, &in, 1, &len));
    IS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, fdstat.fs_rights_base, 0));
    IS(BADF, __wasi_fd_fdstat_get(NO_FD, &fdstat));
    IS(BADF, __wasi_fd_fdstat_set_flags(NO_FD, 0));
    IS(BADF, __wasi_fd_fdstat_set_rights(NO_FD, 0, 0));
    IS(SUCCESS, __wasi_fd_close(fd));
    puts("fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights");
}

static void names(void) {
    __wasi_filestat_t a = {0}, b = {0};
    uint8_t target[8] = {0};
    __wasi_size_t len = 0;
    IS(SUCCESS, __wasi_path_link(ROOT, 0, "tmp/calls/file", ROOT, "tmp/calls/second"));
    IS(EXIST, __wasi_path_link(ROOT, 0, "tmp/calls/file", ROOT, "tmp/calls/second"));
    IS(SUCCESS, __wasi_path_filestat_get(ROOT, 0, "tmp/calls/file", &a));
    IS(SUCCESS, __wasi_path_filestat_get(ROOT, 0, "tmp/calls/second", &b));
    HOLDS(a.ino == b.ino && a.dev == b.dev && b.nlink == 2);
    IS(SUCCESS, __wasi_path_symlink("second", ROOT, "tmp/calls/link"));
    IS(EXIST, __wasi_path_symlink("second", ROOT, "tmp/calls/link"));
    IS(SUCCESS, __wasi_path_readlink(ROOT, "tmp/calls/link", target, sizeof target, &len));
    HOLDS(len == 6 && !memcmp(target, "second", 6));
    IS(SUCCESS, __wasi_path_readlink(ROOT, "tmp/calls/link", target, 3, &len));
    HOLDS(len == 3);
    IS(INVAL, __wasi_path_readlink(ROOT, "tmp/calls/file", target, sizeof target, &len));
    IS(SUCCESS, __wasi_path_filestat_get(ROOT, 0, "tmp/calls/link", &a));
    HOLDS(a.filetype == __WASI_FILETYPE_SYMBOLIC_LINK);
    IS(SUCCESS, __wasi_path_filestat_get(ROOT, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "tmp/calls/link", &a));
    HOLDS(a.filetype == __WASI_FILETYPE_REGULAR_FILE && a.ino == b.ino);
    IS(SUCCESS, __wasi_path_rename(ROOT, "tmp/calls/link", ROOT, "tmp/calls/other"));
    IS(NOENT, __wasi_path_rename(ROOT, "tmp/calls/link", ROOT, "tmp/calls/other"));
    IS(SUCCESS, __wasi_path_unlink_file(ROOT, "tmp/calls/other"));
    IS(NOENT, __wasi_path_unlink_file(ROOT, "tmp/calls/other"));
    IS(SUCCESS, __wasi_path_create_directory(ROOT, "tmp/calls/dir"));
    IS(EXIST, __wasi_path_create_directory(ROOT, "tmp/calls/dir"));
    IS(ISDIR, __wasi_path_unlink_file(ROOT, "tmp/calls/dir"));
    IS(NOTDIR, __wasi_path_remove_directory(ROOT, "tmp/calls/file"));
    IS(SUCCESS, __wasi_path_remove_directory(ROOT, "tmp/calls/dir"));
    IS(NOENT, __wasi_path_remove_directory(ROOT, "tmp/calls/dir"));
    puts("path_link path_symlink path_readlink path_rename path_unlink_file path_create_directory path_remove_directory");
}

static void opening(void) {
    __wasi_fd_t fd = NO_FD, other = NO_FD;
    IS(NOENT, __wasi_path_open(ROOT, 0, "tmp/calls/none", 0, ALL, ALL, 0, &fd));
    IS(EXIST, __wasi_path_open(ROOT, 0, "tmp/calls/file", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, ALL, ALL, 0, &fd));
    IS(NOTDIR, __wasi_path_open(ROOT, 0, "tmp/calls/file", __WASI_OFLAGS_DIRECTORY, 0, ALL, 0, &fd));
    IS(NOTDIR, __wasi_path_open(ROOT, 0, "tmp/calls/file/x", 0, ALL, ALL, 0, &fd));
    IS(BADF, __wasi_path_open(NO_FD, 0, "tmp", 0, ALL, ALL, 0, &fd));
    IS(PERM, __wasi_path_open(ROOT, 0, "../escape", 0, ALL, ALL, 0, &fd));
    IS(PERM, __wasi_path_open(ROOT, 0, "/tmp", 0, ALL, ALL, 0, &fd));
    HOLDS(fd == NO_FD);
    // What SQLite does to sync a directory: opened for reading only, with nothing that says directory.
    fd = open_at(ROOT, "tmp/calls", 0, __WASI_RIGHTS_FD_READ, 0);
    IS(SUCCESS, __wasi_fd_datasync(fd));
    IS(SUCCESS, __wasi_fd_sync(fd));
    // Relative to that directory, then renumbered.
    other = open_at(fd, "file", 0, ALL, 0);
    IS(SUCCESS, __wasi_fd_renumber(other, fd));
    IS(BADF, __wasi_fd_close(other));
    IS(NOTDIR, __wasi_path_open(fd, 0, "file", 0, ALL, ALL, 0, &other));
    IS(BADF, __wasi_fd_renumber(fd, NO_FD));
    IS(SUCCESS, __wasi_fd_renumber(fd, fd));
    IS(SUCCESS, __wasi_fd_close(fd));
    puts("path_open fd_renumber");
}

// Lists tmp/calls with a buffer that holds little more than one entry, from each entry's cookie to the next.
static void listing(void) {
    __wasi_fd_t dir = open_at(ROOT, "tmp/calls", __WASI_OFLAGS_DIRECTORY, ALL & ~(__wasi_rights_t)__WASI_RIGHTS_FD_WRITE, 0);
    __wasi_dircookie_t cookie = 0;
    uint8_t buffer[sizeof(__wasi_dirent_t) + 8];
    int seen = 0;
    for (int rounds = 0; rounds < 10; rounds++) {
        __wasi_size_t used = 0;
        __wasi_dirent_t entry;
        IS(SUCCESS, __wasi_fd_readdir(dir, buffer, sizeof buffer, cookie, &used));
        if (used < sizeof buffer && used < sizeof entry) break;
        memcpy(&entry, buffer, sizeof entry);
        const char *name = (char *)buffer + sizeof entry;
        if (entry.d_namlen == 1 && name[0] == '.') seen |= 1;
        if (entry.d_namlen == 2 && !memcmp(name, "..", 2)) seen |= 2;
        if (entry.d_namlen == 4 && !memcmp(name, "file", 4)) seen |= 4;
        if (entry.d_namlen == 6 && !memcmp(name, "second", 6)) seen |= 8;
        HOLDS(entry.d_type == (entry.d_namlen < 3 ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE));
        HOLDS(entry.d_next != cookie);
        cookie = entry.d_next;
    }
    HOLDS(seen == 15);
    __wasi_size_t used = 0;
    IS(BADF, __wasi_fd_readdir(NO_FD, buffer, sizeof buffer, 0, &used));
    IS(SUCCESS, __wasi_fd_close(dir));
    puts("fd_readdir");
}

static void polling(void) {
    __wasi_fd_t fd = open_at(ROOT, "tmp/calls/file", 0, ALL, 0);
    __wasi_subscription_t in[3] = {0};
    __wasi_event_t out[3] = {0};
    __wasi_size_t count = 0;
    in[0].userdata = 10;
    in[0].u.tag = __WASI_EVENTTYPE_CLOCK;
    in[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    in[0].u.u.clock.timeout = 1000000;
    IS(SUCCESS, __wasi_poll_oneoff(in, out, 1, &count));
    HOLDS(count == 1 && out[0].userdata == 10 && out[0].error == 0 && out[0].type == __WASI_EVENTTYPE_CLOCK);
    in[0].u.u.clock.timeout = 3600000000000;
    in[1].userdata = 11;
    in[1].u.tag = __WASI_EVENTTYPE_FD_READ;
    in[1].u.u.fd_read.file_descriptor = fd;
    in[2].userdata = 12;
    in[2].u.tag = __WASI_EVENTTYPE_FD_WRITE;
    in[2].u.u.fd_write.file_descriptor = NO_FD;
    IS(SUCCESS, __wasi_poll_oneoff(in, out, 3, &count));
    bool readable = false, bad = false;
    for (__wasi_size_t i = 0; i < count; i++) {
        readable |= out[i].userdata == 11 && out[i].error == 0 && out[i].fd_readwrite.nbytes > 0;
        bad |= out[i].userdata == 12 && out[i].error == __WASI_ERRNO_BADF;
    }
    HOLDS(count == 2 && readable && bad);
    IS(INVAL, __wasi_poll_oneoff(in, out, 0, &count));
    IS(SUCCESS, __wasi_fd_close(fd));
    puts("poll_oneoff");
}

static void sockets(void) {
    __wasi_fd_t fd = open_at(ROOT, "tmp/calls/file", 0, ALL, 0), accepted = NO_FD;
    __wasi_size_t len = 0;
    __wasi_roflags_t flags = 0;
    uint8_t byte = 0;
    __wasi_iovec_t in = {&byte, 1};
    __wasi_ciovec_t out = {&byte, 1};
    IS(NOTSOCK, __wasi_sock_accept(fd, 0, &accepted));
    IS(NOTSOCK, __wasi_sock_recv(fd, &in, 1, 0, &len, &flags));
    IS(NOTSOCK, __wasi_sock_send(fd, &out, 1, 0, &len));
    IS(NOTSOCK, __wasi_sock_shutdown(fd, __WASI_SDFLAGS_WR));
    IS(BADF, __wasi_sock_accept(NO_FD, 0, &accepted));
    IS(BADF, __wasi_sock_recv(NO_FD, &in, 1, 0, &len, &flags));
    IS(BADF, __wasi_sock_send(NO_FD, &out, 1, 0, &len));
    IS(BADF, __wasi_sock_shutdown(NO_FD, __WASI_SDFLAGS_RD));
    IS(SUCCESS, __wasi_fd_close(fd));
    puts("sock_accept sock_recv sock_send sock_shutdown");
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "raise")) {
        puts("proc_raise");
        fflush(stdout);
        proc_raise(6); // SIGABRT
    }
    arguments(argc, argv);
    clocks_and_random();
    preopens();
    IS(SUCCESS, __wasi_path_create_directory(ROOT, "tmp/calls"));
    reading_and_writing();
    sizes_and_times();
    flags_and_rights();
    names();
    opening();
    listing();
    polling();
    sockets();
    IS(SUCCESS, __wasi_path_unlink_file(ROOT, "tmp/calls/file"));
    IS(SUCCESS, __wasi_path_unlink_file(ROOT, "tmp/calls/second"));
    IS(SUCCESS, __wasi_path_remove_directory(ROOT, "tmp/calls"));
    puts(surprises ? "there were surprises" : "proc_exit");
    fflush(stdout);
    __wasi_proc_exit(surprises ? 1 : 0);
}
