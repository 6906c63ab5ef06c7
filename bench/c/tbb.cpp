// tbb.cpp - the peer oneTBB of rows B and C: a task handed to an arena's worker thread, and many of them.
// usage: tbb dense|many [N]
#include <atomic>
#include <cstring>
#include <semaphore.h>
#include <tbb/task_arena.h>
#include <vector>

#include "bench.h"

int main(int argc, char **argv)
{
    bool many = argc > 1 && !std::strcmp(argv[1], "many");
    unsigned n = argc > 2 ? (unsigned)std::strtoul(argv[2], nullptr, 10) : bench_times(20000);
    tbb::task_arena arena(2, 1);
    arena.initialize();
    if (!many) {
        sem_t pong;
        sem_init(&pong, 0, 0);
        std::vector<uint64_t> times(n);
        uint64_t total = 0;
        for (unsigned i = 0; i < n; i++) {
            uint64_t start = bench_ns();
            arena.enqueue([&pong] { sem_post(&pong); });
            sem_wait(&pong);
            total += times[i] = bench_ns() - start;
        }
        char params[64];
        std::snprintf(params, sizeof params, "dense%s", bench_pinned());
        bench_emit("B", "tbb", "roundtrip_p50", "ns", params, bench_percentile(times.data(), n, 50));
        bench_emit("B", "tbb", "roundtrip_mean", "ns", params, (double)total / n);
        return 0;
    }
    std::atomic<unsigned> ended{0};
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < n; i++) arena.enqueue([&ended] { ended++; });
    while (ended < n) sched_yield();
    char params[64];
    std::snprintf(params, sizeof params, "jobs=%u", n);
    bench_emit("C", "tbb", "throughput", "jobs/s", params, n * 1e9 / (double)(bench_ns() - start));
    bench_emit("C", "tbb", "peak_memory", "MiB", params, bench_peak_bytes() / 1048576);
    return 0;
}
