// Takes the steps that its arguments name, one after the other, each with its own arguments:
//
//   put PATH TEXT      append PATH TEXT    cut PATH LENGTH     mkdir PATH    rmdir PATH    rm PATH
//   mv PATH PATH       swap PATH PATH      ln PATH PATH        symlink TARGET PATH
//   touch PATH SECONDS cat PATH            tree PATH           copy PATH PATH
//   trap               exit CODE
//
// `cat` prints a file; `tree` prints all that is below a directory, sorted: type, links, size, time of last modification, path. A
// step that fails prints `STEP: ERROR`, and the exit code is the errno, as WASI numbers it, of the first that did.
//
// Build: examples/guests/build.sh.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

// Not printf: a test runs the module often, and half of it would be that.
static char line[3 * PATH_BYTES];
static size_t line_len;

static void say(const char *text) {
    size_t len = strlen(text);
    if (line_len + len > sizeof line) exit(254);
    memcpy(line + line_len, text, len);
    line_len += len;
}

// In decimal, with zeros in front if it has fewer digits.
static void say_number(unsigned long long number, int digits) {
    char text[24], *at = text + sizeof text;
    *--at = 0;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits--;
    } while (number > 0 || digits > 0);
    say(at);
}

static int say_line(void) {
    say("\n");
    ssize_t written = write(STDOUT_FILENO, line, line_len);
    line_len = 0;
    return written < 0 ? -1 : 0;
}

// `one` and `other`, one after the other; `joined` has PATH_BYTES.
static const char *join(char *joined, const char *one, const char *other) {
    if (strlen(one) + strlen(other) >= PATH_BYTES) exit(254);
    return strcat(strcpy(joined, one), other);
}

static int write_all(const char *path, int flags, const char *text, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0666);
    if (fd < 0) return -1;
    while (len > 0) {
        ssize_t written = write(fd, text, len);
        if (written < 0) return close(fd), -1;
        text += written;
        len -= (size_t)written;
    }
    return close(fd);
}

static int copy(const char *from, int to) {
    static char buffer[65536];
    int fd = open(from, O_RDONLY);
    if (fd < 0) return -1;
    ssize_t len;
    while ((len = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0, written; done < len; done += written) {
            written = write(to, buffer + done, (size_t)(len - done));
            if (written < 0) return close(fd), -1;
        }
    }
    close(fd);
    return (int)len;
}

static int copy_file(const char *from, const char *path) {
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (to < 0) return -1;
    int result = copy(from, to);
    return close(to) || result ? -1 : 0;
}

static int swap(const char *one, const char *other) {
    char aside[PATH_BYTES];
    join(aside, one, ".aside");
    return rename(one, aside) || rename(other, one) || rename(aside, other) ? -1 : 0;
}

static int touch(const char *path, const char *seconds) {
    struct timespec time = {.tv_sec = atoll(seconds)};
    struct timespec times[2] = {time, time};
    return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static int tree(const char *path);

static int tree_node(const char *dir, const char *name) {
    char slash[PATH_BYTES], path[PATH_BYTES], target[PATH_BYTES] = "";
    struct stat stat;
    join(path, join(slash, strcmp(dir, "/") ? dir : "", "/"), name);
    if (lstat(path, &stat)) return -1;
    int is_dir = S_ISDIR(stat.st_mode);
    say(is_dir ? "d " : S_ISLNK(stat.st_mode) ? "l " : S_ISREG(stat.st_mode) ? "- " : "? ");
    // A directory's size and links say how it is stored, and not what is in it.
    say_number(is_dir ? 0 : stat.st_nlink, 1);
    say(" ");
    say_number(is_dir ? 0 : (unsigned long long)stat.st_size, 1);
    say(" ");
    say_number((unsigned long long)stat.st_mtim.tv_sec, 1);
    say(".");
    say_number((unsigned long long)stat.st_mtim.tv_nsec, 9);
    say(" ");
    say(path);
    if (S_ISLNK(stat.st_mode) && readlink(path, target, sizeof target - 1) >= 0) {
        say(" -> ");
        say(target);
    }
    say_line();
    return is_dir ? tree(path) : 0;
}

static void sort(char **names, size_t count) {
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            char *name = names[j];
            names[j] = names[j - 1];
            names[j - 1] = name;
        }
    }
}

static int tree(const char *path) {
    DIR *dir = opendir(path);
    if (!dir) return -1;
    char **names = NULL;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        names = realloc(names, (count + 1) * sizeof *names);
        names[count++] = strdup(entry->d_name);
    }
    closedir(dir);
    sort(names, count);
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        if (tree_node(path, names[i])) result = -1;
        free(names[i]);
    }
    free(names);
    return result;
}

struct step {
    const char *name;
    int arguments;
};

static const struct step STEPS[] = {
    {"put", 2}, {"append", 2}, {"cut", 2}, {"mkdir", 1}, {"rmdir", 1}, {"rm", 1}, {"mv", 2},   {"swap", 2},
    {"ln", 2}, {"symlink", 2}, {"touch", 2}, {"cat", 1}, {"tree", 1}, {"copy", 2}, {"trap", 0}, {"exit", 1},
};

static int take(const char *name, char **arg) {
    if (!strcmp(name, "put")) return write_all(arg[0], O_TRUNC, arg[1], strlen(arg[1]));
    if (!strcmp(name, "append")) return write_all(arg[0], O_APPEND, arg[1], strlen(arg[1]));
    if (!strcmp(name, "cut")) return truncate(arg[0], atoll(arg[1]));
    if (!strcmp(name, "mkdir")) return mkdir(arg[0], 0777);
    if (!strcmp(name, "rmdir")) return rmdir(arg[0]);
    if (!strcmp(name, "rm")) return unlink(arg[0]);
    if (!strcmp(name, "mv")) return rename(arg[0], arg[1]);
    if (!strcmp(name, "swap")) return swap(arg[0], arg[1]);
    if (!strcmp(name, "ln")) return link(arg[0], arg[1]);
    if (!strcmp(name, "symlink")) return symlink(arg[0], arg[1]);
    if (!strcmp(name, "touch")) return touch(arg[0], arg[1]);
    if (!strcmp(name, "cat")) return copy(arg[0], STDOUT_FILENO);
    if (!strcmp(name, "tree")) return tree(arg[0]);
    if (!strcmp(name, "copy")) return copy_file(arg[0], arg[1]);
    if (!strcmp(name, "trap")) __builtin_trap();
    exit(atoi(arg[0]));
}

static const struct step *find(const char *name) {
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        if (!strcmp(STEPS[i].name, name)) return &STEPS[i];
    }
    return NULL;
}

int main(int argc, char **argv) {
    int first = 0;
    for (int i = 1; i < argc;) {
        const struct step *step = find(argv[i]);
        if (!step || i + step->arguments >= argc) {
            say(argv[i]);
            say(": no such step, or too few arguments");
            say_line();
            return 255;
        }
        if (take(step->name, argv + i + 1)) {
            first = first ? first : errno;
            line_len = 0;
            say(step->name);
            say(": ");
            say(strerror(errno));
            say_line();
        }
        i += 1 + step->arguments;
    }
    return first;
}
