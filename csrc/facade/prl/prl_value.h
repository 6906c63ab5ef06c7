/** prl_value.h - bags of properties, and the objects that are little more: records, lists. */
#ifndef PRL_VALUE_H
#define PRL_VALUE_H

#include "prl_basic.h"

/* ---- properties (bag.c, props.c, bag_xml.c) --------------------------------------------------- */

typedef struct prl_value {
    PRL_UINT32 id;      /* prl_prop_id; from PRL_PROP_COUNT on: a facade's own */
    PRL_UINT32 changed; /* set by the client since the bag was filled */
    prl_value_type type;
    union {
        PRL_UINT64 number;
        double real;
        char *text;
        vjob_obj *list; /* immutable copy of a list */
    } as;
} prl_value;

typedef struct prl_bag {
    prl_value *values; /* sorted by id */
    size_t count, capacity;
} prl_bag;

prl_value *prl_bag_find(const prl_bag *bag, PRL_UINT32 id);
/** Entry for a value, made if needed; its old content is freed. NULL: out of memory. */
prl_value *prl_bag_slot(prl_bag *bag, PRL_UINT32 id, prl_value_type type);
int prl_bag_set_number(prl_bag *bag, PRL_UINT32 id, PRL_UINT64 number); /* 0: out of memory */
int prl_bag_set_text(prl_bag *bag, PRL_UINT32 id, const char *text);
/** What is set, else the table's default. */
PRL_UINT64 prl_bag_number(const prl_bag *bag, PRL_UINT32 id);
const char *prl_bag_text(const prl_bag *bag, PRL_UINT32 id);
int prl_bag_changed(const prl_bag *bag, PRL_UINT32 id);
int prl_bag_copy(prl_bag *out, const prl_bag *bag);
void prl_bag_unmark(prl_bag *bag); /* nothing is changed any more */
void prl_bag_clear(prl_bag *bag);
void prl_bag_write(const prl_bag *bag, prl_writer *writer);
/** Set what an element's children say. Unknown ones are ignored. 0: out of memory. */
int prl_bag_read(prl_bag *bag, const prl_element *element);

/** Lock the bag that an object keeps its properties in; NULL and the reason if it has none (any more). */
prl_bag *prl_bag_lock(vjob_obj *obj, PRL_RESULT *out_error);
void prl_bag_unlock(vjob_obj *obj);

/** Bodies of the functions in prl_props.c. Any thread; a value that was never set is its default. */
#define PRL_PROP_NUMBER(kind, c_type)                                                                        \
    PRL_RESULT prl_prop_get_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type *out);         \
    PRL_RESULT prl_prop_set_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type value)
PRL_PROP_NUMBER(bool, PRL_BOOL);
PRL_PROP_NUMBER(u16, PRL_UINT16);
PRL_PROP_NUMBER(u32, PRL_UINT32);
PRL_PROP_NUMBER(u64, PRL_UINT64);
PRL_PROP_NUMBER(i32, PRL_INT32);
PRL_PROP_NUMBER(double, PRL_DOUBLE);
PRL_PROP_NUMBER(handle, PRL_HANDLE);
PRL_RESULT prl_prop_get_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_STR buffer,
                            PRL_UINT32_PTR size);
PRL_RESULT prl_prop_set_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_CONST_STR text);

/* ---- records and lists (record.c, lists.c) ---------------------------------------------------- */

typedef struct prl_record {
    vjob_obj obj;
    prl_bag bag;     /* obj lock */
    vjob_obj **kids; /* objects inside; immutable once the record is visible */
    size_t n_kids;
    vjob_obj *owner; /* what the record belongs to, or NULL; immutable once visible */
} prl_record;

/** A new record with one reference. NULL: out of memory. */
prl_record *prl_record_new(PRL_HANDLE_TYPE type);
/** Put an object inside; takes the reference, also when it fails (0). NULL is a failure. */
int prl_record_add(prl_record *record, vjob_obj *kid);
/** The index-th object of a type inside, borrowed; NULL if there are not so many. */
vjob_obj *prl_record_kid(const prl_record *record, PRL_HANDLE_TYPE type, size_t index);
size_t prl_record_count(const prl_record *record, PRL_HANDLE_TYPE type);
int prl_obj_is_record(const vjob_obj *obj);
/** A copy of a record with one reference; NULL if it is none, or out of memory. */
vjob_obj *prl_record_copy(vjob_obj *obj);
/** The same for a record or a list of strings or handles. */
vjob_obj *prl_obj_copy(vjob_obj *obj);
/** An object as a document; PRL_ERR_UNIMPLEMENTED for types without one. */
PRL_RESULT prl_obj_write(vjob_obj *obj, char **out_text);
/** Fill an object from a document. PRL_ERR_INVALID_ARG: it is none | PRL_ERR_UNIMPLEMENTED: of such types */
PRL_RESULT prl_obj_read(vjob_obj *obj, const char *text);

/** Steps of the generated PrlClass_Create functions; nothing is done once *result is an error. */
prl_record *prl_new_record(PRL_HANDLE_TYPE type, PRL_HANDLE_PTR out, PRL_RESULT *result);
void prl_new_number(prl_record *record, PRL_UINT32 id, PRL_UINT64 number, PRL_RESULT *result);
void prl_new_text(prl_record *record, PRL_UINT32 id, const char *text, PRL_RESULT *result);
PRL_RESULT prl_new_give(prl_record *record, PRL_RESULT result, PRL_HANDLE_PTR out);

extern const vjob_class prl_strings_class, prl_handles_class, prl_scalars_class;
vjob_obj *prl_strings_new(void);
int prl_strings_add(vjob_obj *list, const char *text);
/** The strings as a NULL-terminated array, to be freed with prl_strings_free. NULL: out of memory. */
char **prl_strings_array(vjob_obj *list);
void prl_strings_free(char **strings);
vjob_obj *prl_handles_new(void);
/** A list of plain numbers of so many bytes. */
vjob_obj *prl_scalars_new(PRL_SIZE size);
/** Append an object; the list holds its name, the caller keeps its reference. */
PRL_RESULT prl_handles_add(vjob_obj *list, vjob_obj *obj);

#endif
