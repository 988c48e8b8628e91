// Writes a file until the filesystem is full, then goes on: checks that nothing was lost, deletes the file, and fills the
// room again. `fill [FILE] [MAX]`: FILE is /tmp/fill by default, MAX (in MiB, 64 by default) ends the attempt on a
// filesystem that has no limit, with exit code 2. Any other surprise is exit code 1.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 10000 // Not a divisor of any likely limit, so that the last write is cut short.

static int give_up(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    return -1;
}

static unsigned char byte_at(long long offset) {
    return (unsigned char)(offset * 31 + offset / 256);
}

// Writes until ENOSPC or until `max` bytes; returns how many bytes the writes said they took, or -1.
static long long fill(int fd, long long max) {
    static unsigned char piece[PIECE];
    long long written = 0;
    while (written < max) {
        for (size_t i = 0; i < PIECE; i++) piece[i] = byte_at(written + (long long)i);
        ssize_t len = write(fd, piece, PIECE);
        if (len > 0) {
            written += len;
        } else if (len < 0 && errno == ENOSPC) {
            return written;
        } else {
            return give_up("write");
        }
    }
    return written;
}

static int verify(int fd, long long written) {
    static unsigned char piece[PIECE];
    struct stat stat;
    if (fstat(fd, &stat)) return give_up("fstat");
    if (stat.st_size != written) {
        printf("wrote %lld bytes, the file has %lld\n", written, (long long)stat.st_size);
        return -1;
    }
    for (long long offset = 0; offset < written;) {
        ssize_t len = pread(fd, piece, PIECE, offset);
        if (len <= 0) return give_up("pread");
        for (ssize_t i = 0; i < len; i++) {
            if (piece[i] != byte_at(offset + i)) {
                printf("the byte at %lld is wrong\n", offset + (long long)i);
                return -1;
            }
        }
        offset += len;
    }
    return 0;
}

static long long round_of(const char *path, long long max) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (fd < 0) return give_up(path);
    long long written = fill(fd, max);
    if (written < 0 || verify(fd, written)) return -1;
    if (written < max) {
        printf("full after %lld bytes, all of them intact\n", written);
        if (pwrite(fd, "again", 5, 0) != 5) return give_up("writing over what is there");
    }
    if (unlink(path)) return give_up("unlink");
    if (close(fd)) return give_up("close");
    return written;
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "/tmp/fill";
    long long max = (argc > 2 ? atoll(argv[2]) : 64) << 20;
    long long first = round_of(path, max);
    if (first < 0) return 1;
    if (first >= max) {
        printf("not full after %lld bytes\n", first);
        return 2;
    }
    long long second = round_of(path, max);
    if (second < 0) return 1;
    if (second != first) {
        printf("the second time there was room for %lld bytes\n", second);
        return 1;
    }
    puts("deleting the file gave all of it back");
    return 0;
}
