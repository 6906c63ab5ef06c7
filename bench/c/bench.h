/* bench.h - what the benchmark programs share: time, memory, percentiles, one JSON line a figure. */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t bench_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#define LISTED 300000 /* machines, in as many lists as it takes */

/* How often something is done: less when only a look is wanted (BENCH_SHARE, a part of 1). */
static inline unsigned bench_times(unsigned n)
{
    const char *share = getenv("BENCH_SHARE");
    double part = share ? atof(share) * n : n;
    return part < 1 ? 1 : (unsigned)part;
}

/* The n-th word of a command line as a number, or what it is without. */
static inline unsigned bench_number(int argc, char **argv, int n, unsigned otherwise)
{
    return argc > n ? (unsigned)strtoul(argv[n], NULL, 10) : otherwise;
}

/* For figures' names: where this process may run on one processor only, that is said. */
static inline const char *bench_pinned(void)
{
    cpu_set_t set;
    return !sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) == 1 ? " cpus=1" : "";
}

static inline double bench_rss_bytes(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
        fclose(f);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static inline double bench_peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static inline int bench_threads(void)
{
    char line[128];
    int n = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "Threads: %d", &n) == 1) break;
    if (f) fclose(f);
    return n;
}

static inline void bench_emit(const char *row, const char *who, const char *metric, const char *unit,
                              const char *params, double value)
{
    printf("{\"row\":\"%s\",\"who\":\"%s\",\"metric\":\"%s\",\"unit\":\"%s\",\"params\":\"%s\",\"value\":%."
           "6g}\n",
           row, who, metric, unit, params, value);
    fflush(stdout);
}

static inline int bench_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts in place. */
static inline double bench_percentile(uint64_t *values, size_t n, double percent)
{
    qsort(values, n, sizeof *values, bench_compare);
    return (double)values[(size_t)(percent / 100.0 * (double)(n - 1) + 0.5)];
}

static inline uint64_t bench_random(uint64_t *state) /* xorshift64* */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

#endif
