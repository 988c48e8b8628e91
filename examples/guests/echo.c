// An echo server on a listener that the host hands in: `echo [COUNT]` serves COUNT connections (1 by default) one after
// the other, sends back what arrives until the client stops sending, and prints a line for each.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wasi/api.h>

// The first descriptor after stdio that is a stream socket, or -1.
static int find_listener(void) {
    for (int fd = 3;; fd++) {
        __wasi_fdstat_t fdstat;
        if (__wasi_fd_fdstat_get(fd, &fdstat) != __WASI_ERRNO_SUCCESS) return -1;
        if (fdstat.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM) return fd;
    }
}

static int send_all(int socket, const char *bytes, size_t len) {
    while (len) {
        ssize_t sent = send(socket, bytes, len, 0);
        if (sent < 0) return -1;
        bytes += sent;
        len -= (size_t)sent;
    }
    return 0;
}

static int serve(int socket) {
    char bytes[4096];
    long long total = 0;
    for (;;) {
        ssize_t len = recv(socket, bytes, sizeof bytes, 0);
        if (len < 0) return -1;
        if (len == 0) break;
        if (send_all(socket, bytes, (size_t)len)) return -1;
        total += len;
    }
    if (shutdown(socket, SHUT_WR)) return -1;
    printf("echoed %lld bytes\n", total);
    return fflush(stdout);
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    int listener = find_listener();
    if (listener < 0) {
        fputs("echo: no listener among the descriptors\n", stderr);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        int socket = accept(listener, NULL, NULL);
        if (socket < 0 || serve(socket) || close(socket)) {
            fprintf(stderr, "echo: %s\n", strerror(errno));
            return 1;
        }
    }
    return 0;
}
