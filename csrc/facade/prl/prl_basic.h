/** prl_basic.h - handles and what a function starts with; strings; XML. */
#ifndef PRL_BASIC_H
#define PRL_BASIC_H

#include <vjob/host.h>
#include <vjob/sim.h>

#include "Parallels.h"
#include "PrlEventParams.h"
#include "PrlPerfCounters.h"
#include "prl_props.h"
#include "prl_tables.h"

/* Highest API version that clients may ask for. */
#define PRL_LIBRARY_VERSION PARALLELS_API_VER
#define PRL_PRODUCT_VERSION "7.0.0"
#define PRL_ZERO_UUID "{00000000-0000-0000-0000-000000000000}"
/* What an asynchronous call returns while the library is stopped: the name of nothing, ever. */
#define PRL_DEAD_JOB ((PRL_HANDLE)(uintptr_t)UINT64_C(0xFFFFFFFFFFFFFACE))

/* ---- handles ---------------------------------------------------------------------------------- */

static inline vjob_handle prl_number(PRL_HANDLE h)
{
    return (vjob_handle)(uintptr_t)h;
}
static inline PRL_HANDLE prl_handle(vjob_handle h)
{
    return (PRL_HANDLE)(uintptr_t)h;
}

/** A handle resolved for the time of a call. */
typedef struct prl_pin {
    vjob_handle handle; /* 0: nothing to unpin */
    vjob_obj *obj;
} prl_pin;

/** Check that the library runs, then resolve a handle of a type (PHT_ERROR: of any). */
PRL_RESULT prl_enter(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
/** The same for functions that look whether something has ended yet (see vjob_enter_poll). */
PRL_RESULT prl_enter_poll(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
/** Check only that the library runs. */
PRL_RESULT prl_enter_plain(void);
/** Resolve a further handle argument; no check of the library. */
PRL_RESULT prl_resolve(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
void prl_unpin(prl_pin *pin);
/** Does an object serve where `type` is asked for? */
int prl_obj_is(const vjob_obj *obj, PRL_HANDLE_TYPE type);
int prl_type_is_device(PRL_HANDLE_TYPE type);

#define PRL_PIN __attribute__((cleanup(prl_unpin))) prl_pin
#define PRL_ENTER_BY(enter, struct_, name, handle, type)                                                     \
    PRL_PIN name##_pin = {0, NULL};                                                                          \
    const PRL_RESULT name##_entered = enter(handle, type, &name##_pin);                                      \
    if (name##_entered) return name##_entered;                                                               \
    struct_ *name = (struct_ *)name##_pin.obj
/** Declares `name`, the object behind the handle; returns from the function when there is none. */
#define PRL_ENTER(struct_, name, handle, type) PRL_ENTER_BY(prl_enter, struct_, name, handle, type)
#define PRL_ENTER_POLL(struct_, name, handle, type) PRL_ENTER_BY(prl_enter_poll, struct_, name, handle, type)
#define PRL_ALSO(struct_, name, handle, type) PRL_ENTER_BY(prl_resolve, struct_, name, handle, type)
#define PRL_ENTER_PLAIN()                                                                                    \
    do {                                                                                                     \
        const PRL_RESULT entered_ = prl_enter_plain();                                                       \
        if (entered_) return entered_;                                                                       \
    } while (0)
#define PRL_NEED(condition)                                                                                  \
    do {                                                                                                     \
        if (!(condition)) return PRL_ERR_INVALID_ARG;                                                        \
    } while (0)

/** Give the client a reference to an object, under its live name or a new one. `*out` is 0 on failure. */
PRL_RESULT prl_give(vjob_obj *obj, PRL_HANDLE_PTR out);
/** The same, and drop the caller's own reference; NULL is out of memory. */
PRL_RESULT prl_give_new(vjob_obj *obj, PRL_HANDLE_PTR out);
/** The name that says nothing is wrong, or why the engine refused. */
PRL_RESULT prl_result(vjob_err err);

/* ---- strings (strings.c) ---------------------------------------------------------------------- */

/** THE string getter: buffer and size as the API wants them. NULL text is "". */
PRL_RESULT prl_text(const char *text, PRL_STR buffer, PRL_UINT32_PTR size);
/** The same protocol for bytes, without terminator. */
PRL_RESULT prl_bytes(const void *data, size_t length, PRL_VOID_PTR buffer, PRL_UINT32_PTR size);
/** A copy for the client, who frees it with PrlBuffer_Free. */
PRL_RESULT prl_buffer(const char *text, PRL_VOID_PTR_PTR out);
/** Does a text fit a pattern with '*' and '?'? */
int prl_matches(const char *pattern, const char *text);
/** strdup, but NULL stays NULL. */
char *prl_copy_text(const char *text);
/** "{uuid}" from a uuid with or without braces. */
void prl_brace(const char *uuid, char out[48]);

/** Text that grows; `failed` once memory ran out. */
typedef struct prl_writer {
    char *text;
    size_t length, capacity;
    int failed;
} prl_writer;
void prl_write(prl_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void prl_write_text(prl_writer *writer, const char *text);
/** Text with the characters that mean something in XML and HTML replaced. */
void prl_write_escaped(prl_writer *writer, const char *text);
/** The finished text, owned by the caller; NULL if memory ran out. */
char *prl_writer_take(prl_writer *writer);
/** The text of a result code with `args` in place of %1, %2 ...; owned by the caller. */
char *prl_message(PRL_RESULT code, int brief, int formatted, const char *const *args, size_t n_args);

/* ---- XML (xml.c) ------------------------------------------------------------------------------ */

typedef struct prl_element {
    char *name;
    char *text; /* character data of the element, "" if none */
    struct prl_element *first_child, *last_child, *next;
} prl_element;
/** Read a document. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err prl_xml_parse(const char *text, prl_element **out_root);
void prl_xml_free(prl_element *root);
/** First child of a name, or NULL. */
const prl_element *prl_xml_child(const prl_element *element, const char *name);
/** Text of a child, or "". */
const char *prl_xml_value(const prl_element *element, const char *name);

#endif
