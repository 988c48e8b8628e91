// Uses SQLite the way a careful program does: rollback journal, every sync, transactions larger than the page cache, a
// rollback, a crash in the middle of a transaction, two databases in one transaction. Every result is checked; nothing
// printed depends on the host. `sqlite [DIR]`: DIR is /tmp by default, and the database goes to DIR/sqlite.
//
// Build: see examples/real/setup.sh.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

#define ROOMS 20000

static void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("FAILED: ");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    exit(1);
}

// SQLite syncs the directory after it has created or deleted a journal, and ignores what comes of it. So this stands in
// for the call with which it opens the directory, and sees to it that a sync of it works.
typedef int (*open_directory_fn)(const char *, int *);
static open_directory_fn open_directory;
static int directory_syncs;

static int open_directory_checked(const char *path, int *fd) {
    int code = open_directory(path, fd);
    if (code != SQLITE_OK) fail("the directory of %s cannot be opened", path);
    if (fsync(*fd)) fail("the directory of %s cannot be synced: %s", path, strerror(errno));
    if (fdatasync(*fd)) fail("the data of the directory of %s cannot be synced: %s", path, strerror(errno));
    directory_syncs++;
    return code;
}

static void watch_directory_syncs(void) {
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    open_directory = (open_directory_fn)vfs->xGetSystemCall(vfs, "openDirectory");
    vfs->xSetSystemCall(vfs, "openDirectory", (sqlite3_syscall_ptr)open_directory_checked);
}

static void run(sqlite3 *db, const char *sql) {
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message)) fail("%s: %s", sql, message);
}

// The only value of the only row, as text of the caller's.
static char *value(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL)) fail("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(statement) != SQLITE_ROW) fail("%s: %s", sql, sqlite3_errmsg(db));
    char *text = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    if (sqlite3_step(statement) != SQLITE_DONE) fail("%s: more than one row", sql);
    sqlite3_finalize(statement);
    return text;
}

static void expect(sqlite3 *db, const char *sql, const char *expected) {
    char *got = value(db, sql);
    if (strcmp(got, expected)) fail("%s: %s instead of %s", sql, got, expected);
    sqlite3_free(got);
}

static sqlite3 *open_database(const char *path) {
    sqlite3 *db;
    if (sqlite3_open(path, &db)) fail("%s: %s", path, sqlite3_errmsg(db));
    expect(db, "PRAGMA journal_mode = DELETE", "delete");
    // EXTRA syncs the directory after the deletion of a journal too. Ten pages of cache: larger transactions spill.
    run(db, "PRAGMA synchronous = EXTRA; PRAGMA cache_size = 10; PRAGMA page_size = 4096");
    return db;
}

static long long size_of(const char *path) {
    struct stat stat_of;
    if (!stat(path, &stat_of)) return stat_of.st_size;
    if (errno != ENOENT) fail("%s: %s", path, strerror(errno));
    return -1;
}

static void copy(const char *from, const char *to) {
    static char bytes[65536];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (in < 0 || out < 0) fail("copy %s to %s: %s", from, to, strerror(errno));
    for (ssize_t len; (len = read(in, bytes, sizeof bytes)) != 0;) {
        if (len < 0 || write(out, bytes, (size_t)len) != len) fail("copy %s: %s", from, strerror(errno));
    }
    if (close(in) || close(out)) fail("close: %s", strerror(errno));
}

// Rows and a sum over all their values, which any lost or changed row would change.
static const char *fingerprint = "SELECT count(*) || ' rows, sum ' || sum(id * nights + length(guest)) FROM stays";

static char *fill(sqlite3 *db) {
    run(db, "CREATE TABLE stays (id INTEGER PRIMARY KEY, guest TEXT NOT NULL, nights INTEGER NOT NULL)");
    run(db, "BEGIN");
    sqlite3_stmt *insert;
    if (sqlite3_prepare_v2(db, "INSERT INTO stays VALUES (?, printf('guest %d of the inn', ?), ?)", -1, &insert, NULL)) {
        fail("%s", sqlite3_errmsg(db));
    }
    for (int id = 1; id <= ROOMS; id++) {
        sqlite3_bind_int(insert, 1, id);
        sqlite3_bind_int(insert, 2, id);
        sqlite3_bind_int(insert, 3, id % 13);
        if (sqlite3_step(insert) != SQLITE_DONE) fail("%s", sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    run(db, "COMMIT; CREATE INDEX by_nights ON stays (nights, id)");
    char *stays = value(db, fingerprint);
    printf("filled      %s\n", stays);
    return stays;
}

// In the middle of a large transaction: the journal is there, a second connection is kept out, and what a crash would
// leave behind is copied aside.
static void roll_back(sqlite3 *db, const char *stays) {
    run(db, "BEGIN; UPDATE stays SET nights = nights + 1, guest = upper(guest)");
    if (size_of("inn.db-journal") <= 4096) fail("the journal has %lld bytes", size_of("inn.db-journal"));
    sqlite3 *other;
    if (sqlite3_open("inn.db", &other)) fail("%s", sqlite3_errmsg(other));
    int code = sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code != SQLITE_BUSY) fail("a second writer got %d", code);
    sqlite3_close(other);
    copy("inn.db", "crashed.db");
    copy("inn.db-journal", "crashed.db-journal");
    run(db, "ROLLBACK");
    if (size_of("inn.db-journal") >= 0) fail("the journal is still there");
    expect(db, fingerprint, stays);
    printf("rolled back %s\n", stays);
}

static void recover(const char *stays) {
    sqlite3 *db = open_database("crashed.db");
    expect(db, fingerprint, stays);
    expect(db, "PRAGMA integrity_check", "ok");
    sqlite3_close(db);
    if (size_of("crashed.db-journal") >= 0) fail("the hot journal is still there");
    printf("recovered   %s\n", stays);
}

// One transaction over two files goes through a super-journal that names both journals.
static void move_between(sqlite3 *db) {
    run(db, "ATTACH 'archive.db' AS archive; PRAGMA archive.synchronous = EXTRA; CREATE TABLE archive.stays AS SELECT * FROM stays WHERE 0");
    run(db, "BEGIN; INSERT INTO archive.stays SELECT * FROM main.stays WHERE id > 5000; DELETE FROM main.stays WHERE id > 5000; COMMIT");
    expect(db, "SELECT count(*) FROM main.stays", "5000");
    expect(db, "SELECT count(*) FROM archive.stays", "15000");
    run(db, "DETACH archive");
    puts("moved       15000 rows to another file in one transaction");
}

static void vacuum(sqlite3 *db) {
    long long before = size_of("inn.db");
    run(db, "VACUUM");
    long long after = size_of("inn.db");
    char *pages = value(db, "PRAGMA page_count");
    if (after >= before || after != atoll(pages) * 4096) fail("%lld, then %lld bytes, %s pages", before, after, pages);
    sqlite3_free(pages);
    expect(db, "PRAGMA integrity_check", "ok");
    expect(db, "SELECT sum(nights) FROM stays INDEXED BY by_nights", "29988");
    puts("vacuumed    integrity ok");
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void clean_up(void) {
    struct dirent **entries;
    int count = scandir(".", &entries, NULL, by_name);
    if (count < 0) fail("scandir: %s", strerror(errno));
    printf("left");
    for (int i = 0; i < count; i++) {
        if (!strcmp(entries[i]->d_name, ".") || !strcmp(entries[i]->d_name, "..")) continue;
        printf(" %s", entries[i]->d_name);
        if (unlink(entries[i]->d_name)) fail("%s: %s", entries[i]->d_name, strerror(errno));
    }
    putchar('\n');
}

int main(int argc, char **argv) {
    if (chdir(argc > 1 ? argv[1] : "/tmp")) fail("chdir: %s", strerror(errno));
    if (mkdir("sqlite", 0777) || chdir("sqlite")) fail("sqlite: %s", strerror(errno));
    printf("SQLite %s\n", sqlite3_libversion());
    watch_directory_syncs();
    sqlite3 *db = open_database("inn.db");
    char *stays = fill(db);
    roll_back(db, stays);
    recover(stays);
    move_between(db);
    vacuum(db);
    if (sqlite3_close(db)) fail("%s", sqlite3_errmsg(db));
    sqlite3_free(stays);
    if (directory_syncs < 8) fail("the directory was synced %d times only", directory_syncs);
    puts("synced      the directory with every journal");
    clean_up();
    if (chdir("..") || rmdir("sqlite")) fail("rmdir: %s", strerror(errno));
    return 0;
}
