/*
 * target.h - targets of libFuzzer: one function that is called with any bytes. check.py builds them with
 * clang; without it they are linked with replay.c, which only runs the kept corpus.
 */
#ifndef TARGET_H
#define TARGET_H

#include <vjob/sim.h>

#include "core_test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The built-in world under the auto clock. */
static inline void target_world(void)
{
    unsetenv("VJOB_INVENTORY");
    setenv("VJOB_CLOCK", "auto", 1);
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
}

/** The bytes as a C string; free it. */
static inline char *target_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size) memcpy(text, data, size);
    text[size] = 0;
    return text;
}

/** Bytes that are used up as decisions. */
typedef struct target_bytes {
    const uint8_t *at;
    size_t left;
} target_bytes;

static inline unsigned target_byte(target_bytes *bytes)
{
    if (!bytes->left) return 0;
    bytes->left--;
    return *bytes->at++;
}

static inline uint64_t target_number(target_bytes *bytes)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++) n = n << 8 | target_byte(bytes);
    return n;
}

#endif
