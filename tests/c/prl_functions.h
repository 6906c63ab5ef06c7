/*
 * prl_functions.h - every function of the Prl API, called through one prototype of twelve machine words, which every
 * ABI that the library is built for passes alike, whatever the function declares.
 */
#ifndef PRL_FUNCTIONS_H
#define PRL_FUNCTIONS_H

#include "PrlDisk.h"
#include "Virtuozzo.h"
#include "prl_each.h"
#include "prl_test.h"

typedef uintptr_t word;
typedef word (*any_function)(word, word, word, word, word, word, word, word, word, word, word, word);

typedef struct function {
    const char *name;
    any_function call;
    int is_async;
} function;

#define ROW(name, is_async) {#name, (any_function)(void (*)(void))name, is_async},
static const function functions[] = {PRL_EACH_FUNCTION(ROW)};

#endif
