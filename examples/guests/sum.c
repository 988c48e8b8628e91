// The same as sum.wat, in C and with debug info: a reactor that exports `sum`, which prints its result and returns it.
// It calls WASI itself: wasi-libc would bring a megabyte of its own debug info along.

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *bytes;
    size_t len;
} ciovec;

__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) uint16_t
fd_write(int32_t fd, const ciovec *pieces, size_t count, size_t *written);

static char *put_text(char *end, const char *text) {
    while (*text) *end++ = *text++;
    return end;
}

static char *put_number(char *end, int value) {
    char digits[10];
    int count = 0;
    unsigned rest = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    if (value < 0) *end++ = '-';
    do digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (count) *end++ = digits[--count];
    return end;
}

__attribute__((noinline)) static void print(int a, int b, int result) {
    char line[64];
    char *end = put_number(put_text(line, "sum("), a);
    end = put_number(put_text(end, ", "), b);
    end = put_number(put_text(end, ") = "), result);
    end = put_text(end, "\n");
    ciovec piece = {line, (size_t)(end - line)};
    size_t written;
    if (fd_write(1, &piece, 1, &written)) __builtin_trap();
}

static int ready;

__attribute__((export_name("_initialize"))) void initialize(void) { ready = 1; }

__attribute__((export_name("sum"))) int sum(int a, int b) {
    // Wraps like the machine's own addition, where signed overflow would be undefined.
    int result = (int)((unsigned)a + (unsigned)b);
    if (!ready) __builtin_trap();
    print(a, b, result);
    return result;
}
