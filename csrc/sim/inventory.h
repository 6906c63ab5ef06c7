/**
 * inventory.h - worlds from and to JSON.
 *
 * keys.c    the one table of keys: it decides what is accepted, what the values are decoded into, and
 *           what the JSON Schema beside it says
 * decode.c  text -> values in structs, checked one by one; errors name the place in the document
 * build.c, build_vm.c  values -> hosts and VMs, checked against each other
 * save.c    the world -> text
 */
#ifndef VJOB_SIM_INVENTORY_H
#define VJOB_SIM_INVENTORY_H

#include <jansson.h>

#include "model.h"

#define SIM_INVENTORY_MAX (64u << 20) /* bytes */

/** An inventory that has been read and checked key by key. */
typedef struct sim_document {
    json_t *json;
    const char *origin;
    struct sim_spec_world *spec;
    sim_arena arena;
} sim_document;
/** `origin` is a file name or what else to call the text in the reason. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err sim_document_read(sim_document *document, const char *text, size_t size, const char *origin,
                           sim_why *why);
void sim_document_free(sim_document *document);
/** Put what it lists into a world: all or nothing. With `live` the world is the one that clients see:
 *  then world lock held, and they are told. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err sim_build(sim_world *world, const sim_document *document, int live, sim_why *why);
/** A private host from a document with one host, not in any list yet. World. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err sim_build_private(sim_world *world, const sim_document *document, vjob_host **out_host,
                           sim_why *why);

/** A world from text. */
vjob_err sim_inventory_read(const char *text, size_t size, const char *origin, sim_world **out_world,
                            sim_why *why);
/** The same from a file. Also VJOB_EIO */
vjob_err sim_inventory_read_file(const char *path, sim_world **out_world, sim_why *why);
/** The world as text (malloc'ed). World. */
vjob_err sim_inventory_write(const sim_world *world, char **out_text);
extern const char sim_builtin_inventory[];

/* ---- decoded values ---- */

typedef struct sim_list {
    void *items; /* structs as the key's table says */
    size_t n;
} sim_list;

typedef struct sim_spec_login {
    const char *name, *password;
} sim_spec_login;
typedef struct sim_spec_network {
    const char *name, *uuid, *bridge, *forward, *address, *netmask, *dhcp_first, *dhcp_last;
    int64_t active, persistent, autostart;
} sim_spec_network;
typedef struct sim_spec_disk {
    int64_t size_mb;
    const char *image, *bus;
} sim_spec_disk;
typedef struct sim_spec_nic {
    const char *network, *mac, *model;
} sim_spec_nic;
typedef struct sim_spec_program {
    const char *path, *out, *errors;
    int64_t exit_code;
    double duration_s;
} sim_spec_program;
typedef struct sim_spec_guest {
    sim_list users, programs;
    int64_t tools; /* index in sim_tools_words */
    double boot_s;
    const char *console_user;
    json_t *files, *env, *variables; /* name -> text; borrowed from the document */
} sim_spec_guest;
typedef struct sim_spec_hardware {
    int64_t cpus, memory_mb, video_mb;
    const char *os, *description;
    sim_list *disks, *nics; /* NULL: not given */
} sim_spec_hardware;
typedef struct sim_spec_snapshot {
    const char *name, *description, *uuid;
    int64_t state, created_ns, current;
    sim_spec_hardware *config;
    json_t *files;
    sim_list children;
} sim_spec_snapshot;
typedef struct sim_spec_vm {
    const char *name, *path, *uuid;
    sim_spec_hardware hardware;
    int64_t count; /* 0: not given */
    int64_t state, registered;
    sim_list snapshots;
    sim_spec_guest *guest;
} sim_spec_vm;
typedef struct sim_spec_host {
    const char *name, *uuid;
    int64_t cpus, memory_mb;
    sim_list users, vms;
    sim_list *networks; /* NULL: not given */
} sim_spec_host;
typedef struct sim_spec_timing {
    const char *name; /* of the operation */
    double duration_s, jitter;
    int64_t progress_steps;
} sim_spec_timing;
typedef struct sim_spec_world {
    int64_t strict;
    sim_list *hosts; /* NULL: not given */
    sim_list operations;
} sim_spec_world;

extern const char *const sim_state_words[]; /* stopped, running, paused, suspended; NULL at the end */
extern const vjob_vm_state sim_state_values[];
extern const char *const sim_tools_words[]; /* installed, none */
extern const char *const sim_bus_words[];

/* ---- the table of keys ---- */

typedef enum sim_kind {
    SIM_KEY_TEXT, /* const char *; min..max bytes; control characters only with LINES */
    SIM_KEY_LINES,
    SIM_KEY_UUID,         /* const char * */
    SIM_KEY_MAC,          /* const char * */
    SIM_KEY_WORD,         /* one of words, as text: const char * */
    SIM_KEY_CHOICE,       /* one of words: int64_t, its index; default 0 */
    SIM_KEY_INT,          /* int64_t, min..max */
    SIM_KEY_REAL,         /* double, min..max */
    SIM_KEY_BOOL,         /* int64_t */
    SIM_KEY_LIST,         /* sim_list of `table`; at least min items */
    SIM_KEY_LIST_OR_NULL, /* sim_list *, NULL when not given */
    SIM_KEY_STRUCT,       /* pointer to a struct of `table`; NULL when not given */
    SIM_KEY_TEXTS,        /* object with any names and texts as values: json_t * */
    SIM_KEY_BY_NAME       /* object whose names are words and whose values are of `table`: sim_list; the
                        name goes to the struct's first member */
} sim_kind;

typedef struct sim_key {
    const char *name;
    sim_kind kind;
    size_t offset;
    double min, max;
    const struct sim_table *table;
    const char *const *words;
    const char *text; /* default of texts and words; NULL: none */
    double number;    /* default of numbers and booleans; below min: "not given" */
    int required;
    const char *about; /* for the schema */
} sim_key;

typedef struct sim_table {
    const char *name;    /* in the schema's definitions */
    size_t size;         /* of the struct */
    const sim_key *keys; /* ends with a NULL name */
} sim_table;

extern const sim_table sim_inventory_table;
/** Decode a document. All memory is the arena's, or borrowed from `json`. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err sim_decode(json_t *json, const char *origin, sim_arena *arena, sim_spec_world **out_spec,
                    sim_why *why);
/** The JSON Schema that the table stands for; the file beside it is a copy (a test compares them). */
json_t *sim_inventory_schema(void);

#endif
