/* Run a fuzz target over every file of its corpus, as an ordinary TAP test.
 *
 * A crash, a sanitizer report or an assert ends the program, so prove sees a plan that
 * was not kept. An empty corpus is a failure: a target without seeds tests nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (!file) {
        return -1;
    }
    if (fstat(fileno(file), &about) != 0) {
        (void)fclose(file);
        return -1;
    }
    size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size ? size : 1);
    size_t got = data ? fread(data, 1, size, file) : 0;
    (void)fclose(file);
    int result = got == size && data ? LLVMFuzzerTestOneInput(data, size) : -1;
    free(data);
    return result;
}

int main(void)
{
    struct dirent **names = NULL;
    int count = scandir(MC_CORPUS, &names, NULL, alphasort);
    int number = 0;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        if (names[i]->d_name[0] == '.') {
            free(names[i]);
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", MC_CORPUS, names[i]->d_name);
        int result = replay_file(path);
        failed += result != 0;
        number++;
        printf("%sok %d - %s\n", result ? "not " : "", number, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    if (number == 0) {
        printf("not ok 1 - no corpus in %s\n", MC_CORPUS);
        number = 1;
        failed = 1;
    }
    printf("1..%d\n", number);
    return failed ? 1 : 0;
}
