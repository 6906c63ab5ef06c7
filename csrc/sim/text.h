/**
 * text.h - small tools of the simulator: reasons, packed memory, growing text.
 *
 * None of these functions touches the world; any thread, any lock.
 */
#ifndef VJOB_SIM_TEXT_H
#define VJOB_SIM_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <vjob/vjob.h>

/** Why something cannot be done, in one sentence, and on what. */
typedef struct sim_why {
    char object[104];
    char text[232];
} sim_why;

/** Note a reason and return `err`. `why` and `object` may be NULL. */
vjob_err sim_say(sim_why *why, vjob_err err, const char *object, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/** Put a reason into the calling thread's error slot; returns `err`. */
vjob_err sim_fail(vjob_err err, const sim_why *why);
/** Copy text that fits by contract (lengths are checked on the way in). */
void sim_put(char *out, size_t cap, const char *text);
/** strdup that takes NULL. */
char *sim_dup(const char *text);

/** Memory that is given back all at once. All zero is an empty one. */
typedef struct sim_arena {
    struct sim_chunk *chunks;
} sim_arena;
void *sim_arena_take(sim_arena *arena, size_t size); /* zeroed; NULL: out of memory */
char *sim_arena_text(sim_arena *arena, const char *text);
void sim_arena_free(sim_arena *arena);

/** Text that grows; `failed` remembers that memory ran out. All zero is an empty one. */
typedef struct sim_buffer {
    char *data; /* always NUL-terminated, or NULL while empty */
    size_t size, cap;
    int failed;
} sim_buffer;
void sim_buffer_add(sim_buffer *buffer, const char *data, size_t size);
void sim_buffer_free(sim_buffer *buffer);

#endif
