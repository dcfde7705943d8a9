/* Reads every file that a list names, one path a line, and runs libyaml's parser over it: what
 * `benches/process` holds `seaworthy fix` against.
 *
 * gcc -O2 -o libyaml libyaml.c -lyaml   (Debian: gcc libyaml-dev)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* The whole of a file; NULL if it cannot be read. */
static unsigned char *slurp(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/* The number of events; -1 if libyaml refuses the text. */
static long events(const unsigned char *bytes, size_t size) {
    yaml_parser_t parser;
    yaml_event_t event;
    long count = 0;
    int done = 0;
    if (!yaml_parser_initialize(&parser)) abort();
    yaml_parser_set_input_string(&parser, bytes, size);
    while (!done) {
        if (!yaml_parser_parse(&parser, &event)) {
            count = -1;
            break;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        count++;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return count;
}

int main(int argc, char **argv) {
    FILE *list = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (list == NULL) return 2;
    char *path = NULL;
    size_t room = 0;
    ssize_t length;
    long files = 0, refused = 0, total = 0;
    while ((length = getline(&path, &room, list)) > 0) {
        if (path[length - 1] == '\n') path[length - 1] = 0;
        size_t size = 0;
        unsigned char *bytes = slurp(path, &size);
        if (bytes == NULL) continue;
        long count = events(bytes, size);
        files++;
        if (count < 0) refused++;
        else total += count;
        free(bytes);
    }
    free(path);
    fclose(list);
    printf("%ld files, %ld refused, %ld events\n", files, refused, total);
    return 0;
}
