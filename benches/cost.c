/* Runs a command, its output thrown away, and prints what it cost: microseconds of processor
 * time, of the user and of the system; microseconds by the clock; the peak of memory in KiB.
 *
 * gcc -O2 -o cost cost.c
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long micros(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int argc, char **argv) {
    struct timespec start, end;
    struct rusage usage;
    int status;
    if (argc < 2) return 2;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) != child) return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (WIFSIGNALED(status) || WEXITSTATUS(status) == 127) {
        fprintf(stderr, "cost: %s did not run\n", argv[1]);
        return 2;
    }
    long long clock = (end.tv_sec - start.tv_sec) * 1000000LL + (end.tv_nsec - start.tv_nsec) / 1000;
    printf("%lld %lld %ld\n", micros(usage.ru_utime) + micros(usage.ru_stime), clock, usage.ru_maxrss);
    return 0;
}
