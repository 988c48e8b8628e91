// Prints what it was given: arguments, environment, preopens, and the current directory, listed in order with type and size.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

extern char **environ;

static const char *type_of(mode_t mode) {
    if (S_ISDIR(mode)) return "directory";
    if (S_ISREG(mode)) return "file";
    if (S_ISLNK(mode)) return "link";
    if (S_ISCHR(mode)) return "character device";
    if (S_ISSOCK(mode)) return "socket";
    return "something else";
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void show_preopens(void) {
    for (__wasi_fd_t fd = 3;; fd++) {
        __wasi_prestat_t prestat;
        __wasi_errno_t error = __wasi_fd_prestat_get(fd, &prestat);
        if (error == __WASI_ERRNO_BADF) return;
        if (error != __WASI_ERRNO_SUCCESS) continue; // An open descriptor that is not a preopen.
        size_t len = prestat.u.dir.pr_name_len;
        char *name = calloc(len + 1, 1);
        if (name && __wasi_fd_prestat_dir_name(fd, (uint8_t *)name, len) == __WASI_ERRNO_SUCCESS) {
            printf("preopen %d: %s\n", fd, name);
        }
        free(name);
    }
}

static int show_entry(const char *name) {
    struct stat stat;
    if (fstatat(AT_FDCWD, name, &stat, AT_SYMLINK_NOFOLLOW)) {
        printf("  %s: %s\n", name, strerror(errno));
        return 1;
    }
    printf("  %s: %s", name, type_of(stat.st_mode));
    if (S_ISREG(stat.st_mode)) printf(", %lld bytes", (long long)stat.st_size);
    if (S_ISLNK(stat.st_mode)) {
        char target[4096];
        ssize_t len = readlink(name, target, sizeof target);
        if (len >= 0) printf(" to %.*s", (int)len, target);
    }
    putchar('\n');
    return 0;
}

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
    for (char **entry = environ; *entry; entry++) printf("environment: %s\n", *entry);
    show_preopens();
    char cwd[4096];
    if (!getcwd(cwd, sizeof cwd)) {
        perror("getcwd");
        return 1;
    }
    printf("cwd: %s\n", cwd);
    struct dirent **entries;
    int count = scandir(".", &entries, NULL, by_name);
    if (count < 0) {
        printf("  cannot be listed: %s\n", strerror(errno));
        return 1;
    }
    int failed = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) failed |= show_entry(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}
