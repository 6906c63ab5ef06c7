/** names.h - names that the simulator makes: uuids from the seed, paths, images, MAC addresses. */
#ifndef VJOB_SIM_NAMES_H
#define VJOB_SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define SIM_UUID_SIZE 37u

/** Kinds of things that have uuids; part of what decides the number. */
typedef enum sim_uuid_kind {
    SIM_UUID_HOST = 1,
    SIM_UUID_NETWORK,
    SIM_UUID_VM,
    SIM_UUID_SNAPSHOT,
    SIM_UUID_OTHER
} sim_uuid_kind;

/** A uuid that depends on the seed, the kind, a number and a text, and on nothing else. */
void sim_uuid_make(char out[SIM_UUID_SIZE], sim_uuid_kind kind, uint64_t number, const char *text);
/** Read a uuid with or without braces in any case; 0 if it is none. */
int sim_uuid_read(char out[SIM_UUID_SIZE], const char *text);

void sim_path_default(char *out, size_t cap, const char *name);
void sim_image_default(char *out, size_t cap, const char *path, size_t index);
void sim_mac_default(char out[18], const char *uuid, size_t index);
int sim_mac_valid(const char *text);
/** Valid UTF-8? */
int sim_text_valid(const char *text);
/** Valid UTF-8 without control characters? */
int sim_text_printable(const char *text);

#endif
