// Compiled by clang, linked by wasm-ld, both running as guests; then run as one itself.

#include <stdio.h>

int main(int argc, char **argv) {
    const char *path = "/tmp/greeting.txt";
    char line[64];
    FILE *file = fopen(path, "w");
    if (!file) return 1;
    for (int i = 1; i < argc; i++) fprintf(file, "hello, %s\n", argv[i]);
    fclose(file);
    if (!(file = fopen(path, "r"))) return 1;
    while (fgets(line, sizeof line, file)) fputs(line, stdout);
    fclose(file);
    return remove(path);
}
