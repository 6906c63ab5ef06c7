/**
 * index.h - a hash index over objects that know their own keys.
 *
 * Open addressing, linear probing, no tombstones: cost does not depend on size or history. The index
 * borrows its items. Room is reserved first, so that putting an item in never fails.
 */
#ifndef VJOB_SIM_INDEX_H
#define VJOB_SIM_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <vjob/vjob.h>

typedef struct sim_index {
    struct sim_index_slot *slots;
    size_t cap; /* 0 or a power of two */
    size_t used;
} sim_index;

uint32_t sim_hash(uint32_t salt, const char *text);
/** Does the item have this key? */
typedef int (*sim_same_fn)(const void *item, const void *key);
/** The item with this key, or NULL. */
void *sim_index_find(const sim_index *index, uint32_t hash, sim_same_fn same, const void *key);
/** Make room for `extra` more items. VJOB_ENOMEM: nothing changed. */
vjob_err sim_index_reserve(sim_index *index, size_t extra);
void sim_index_put(sim_index *index, uint32_t hash, void *item);
/** Take an item out; it must be there under this hash. */
void sim_index_drop(sim_index *index, uint32_t hash, const void *item);
void sim_index_free(sim_index *index);

#endif
