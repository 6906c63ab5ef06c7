/* index.c - the hash index. */
#include "index.h"

#include <assert.h>
#include <stdlib.h>

typedef struct sim_index_slot {
    void *item; /* NULL: free */
    uint32_t hash;
} sim_index_slot;

uint32_t sim_hash(uint32_t salt, const char *text)
{
    uint64_t h = 0xcbf29ce484222325ull ^ salt * 0x9e3779b97f4a7c15ull;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) h = (h ^ *p) * 0x100000001b3ull;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ull;
    return (uint32_t)(h >> 32);
}

void *sim_index_find(const sim_index *index, uint32_t hash, sim_same_fn same, const void *key)
{
    if (index->cap == 0) return NULL;
    size_t mask = index->cap - 1;
    for (size_t i = hash & mask; index->slots[i].item; i = (i + 1) & mask) {
        const sim_index_slot *slot = &index->slots[i];
        if (slot->hash == hash && same(slot->item, key)) return slot->item;
    }
    return NULL;
}

static void put(sim_index_slot *slots, size_t cap, uint32_t hash, void *item)
{
    size_t i = hash & (cap - 1);
    while (slots[i].item) i = (i + 1) & (cap - 1);
    slots[i] = (sim_index_slot){item, hash};
}

vjob_err sim_index_reserve(sim_index *index, size_t extra)
{
    size_t want = index->used + extra;
    if (want <= index->cap - index->cap / 4) return VJOB_OK;
    size_t cap = index->cap ? index->cap : 8;
    while (want > cap - cap / 4) cap *= 2;
    sim_index_slot *slots = calloc(cap, sizeof *slots);
    if (!slots) return VJOB_ENOMEM;
    for (size_t i = 0; i < index->cap; i++)
        if (index->slots[i].item) put(slots, cap, index->slots[i].hash, index->slots[i].item);
    free(index->slots);
    index->slots = slots;
    index->cap = cap;
    return VJOB_OK;
}

void sim_index_put(sim_index *index, uint32_t hash, void *item)
{
    assert(index->used < index->cap - index->cap / 4);
    put(index->slots, index->cap, hash, item);
    index->used++;
}

void sim_index_drop(sim_index *index, uint32_t hash, const void *item)
{
    size_t mask = index->cap - 1, hole = hash & mask;
    while (index->slots[hole].item != item) {
        assert(index->slots[hole].item);
        hole = (hole + 1) & mask;
    }
    /* Move up what would no longer be found behind the hole. */
    for (size_t i = (hole + 1) & mask; index->slots[i].item; i = (i + 1) & mask) {
        size_t home = index->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        index->slots[hole] = index->slots[i];
        hole = i;
    }
    index->slots[hole] = (sim_index_slot){NULL, 0};
    index->used--;
}

void sim_index_free(sim_index *index)
{
    free(index->slots);
    *index = (sim_index){0};
}
