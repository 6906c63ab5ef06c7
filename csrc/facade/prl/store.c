/* What a host's service keeps for all its clients: preferences, the licence, definitions. It is kept with the host. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct store {
    vjob_obj obj;
    vjob_obj *items[PRL_STORE_COUNT]; /* obj lock; each immutable and kept, or NULL */
} store;

static void destroy(vjob_obj *obj)
{
    for (size_t i = 0; i < PRL_STORE_COUNT; i++)
        if (((store *)obj)->items[i]) vjob_obj_release(((store *)obj)->items[i]);
}

static const vjob_class store_class = {"kept by a host's service", VJOB_SPACE_PRL, 0, destroy, NULL};

/* One reference; NULL: out of memory. */
static store *store_of(vjob_host *host)
{
    vjob_obj *found = vjob_host_extra(host, VJOB_SPACE_PRL, NULL);
    if (found) return (store *)found;
    vjob_obj *fresh = vjob_obj_new(&store_class, sizeof(store));
    if (!fresh) return NULL;
    found = vjob_host_extra(host, VJOB_SPACE_PRL, fresh);
    vjob_obj_release(fresh);
    return (store *)found;
}

/* What is kept, one reference, or NULL. */
static vjob_obj *kept(vjob_host *host, prl_store_id id)
{
    store *s = store_of(host);
    if (!s) return NULL;
    vjob_obj_lock(&s->obj);
    vjob_obj *item = s->items[id] ? vjob_obj_retain(s->items[id]) : NULL;
    vjob_obj_unlock(&s->obj);
    vjob_obj_release(&s->obj);
    return item;
}

/* Takes the reference. */
static PRL_RESULT keep(vjob_host *host, prl_store_id id, vjob_obj *item)
{
    store *s = item ? store_of(host) : NULL;
    if (!s) {
        if (item) vjob_obj_release(item);
        return PRL_ERR_OUT_OF_MEMORY;
    }
    vjob_obj_lock(&s->obj);
    vjob_obj *old = s->items[id];
    s->items[id] = item;
    vjob_obj_unlock(&s->obj);
    if (old) vjob_obj_release(old);
    vjob_obj_release(&s->obj);
    return PRL_ERR_SUCCESS;
}

/* Members are copied too: what a client does to them is its own business. */
static int own_members(prl_record *record)
{
    for (size_t i = 0; i < record->n_kids; i++) {
        vjob_obj *copy = prl_obj_copy(record->kids[i]);
        if (!copy) return 0;
        vjob_obj_release(record->kids[i]);
        record->kids[i] = copy;
    }
    return 1;
}

vjob_obj *prl_store_get(vjob_host *host, prl_store_id id, PRL_HANDLE_TYPE type)
{
    vjob_obj *item = kept(host, id);
    if (!item) return type == PHT_HANDLES_LIST ? prl_handles_new() : (vjob_obj *)prl_record_new(type);
    vjob_obj *copy = prl_obj_copy(item);
    vjob_obj_release(item);
    if (copy && prl_obj_is_record(copy) && !own_members((prl_record *)copy)) {
        vjob_obj_release(copy);
        return NULL;
    }
    return copy;
}

PRL_RESULT prl_store_put(vjob_host *host, prl_store_id id, vjob_obj *item)
{
    return keep(host, id, prl_obj_copy(item));
}

/* ---- named definitions: the members of a record ------------------------------------------------ */

static int has_name(vjob_obj *obj, PRL_UINT32 name, const char *text)
{
    vjob_obj_lock(obj);
    const int same = !strcmp(prl_bag_text(&((prl_record *)obj)->bag, name), text);
    vjob_obj_unlock(obj);
    return same;
}

/* A copy of the set without the members of a name; how many there were in *out_n. */
static prl_record *without(const prl_record *set, PRL_HANDLE_TYPE type, PRL_UINT32 name, const char *text,
                           size_t *out_n)
{
    prl_record *copy = prl_record_new(type);
    *out_n = 0;
    for (size_t i = 0; copy && set && i < set->n_kids; i++) {
        if (has_name(set->kids[i], name, text)) {
            ++*out_n;
        } else if (!prl_record_add(copy, vjob_obj_retain(set->kids[i]))) {
            vjob_obj_release(&copy->obj);
            copy = NULL;
        }
    }
    return copy;
}

PRL_RESULT prl_store_change(vjob_host *host, prl_store_id id, PRL_UINT32 name, vjob_obj *member,
                            prl_store_how how, const prl_store_errors *errors)
{
    size_t found = 0;
    const PRL_HANDLE_TYPE type = (PRL_HANDLE_TYPE)member->cls->type;
    vjob_obj_lock(member);
    char *text = strdup(prl_bag_text(&((prl_record *)member)->bag, name));
    vjob_obj_unlock(member);
    vjob_obj *set = kept(host, id);
    prl_record *copy = text ? without((prl_record *)set, type, name, text, &found) : NULL;
    const int named = text && *text;
    free(text);
    if (set) vjob_obj_release(set);
    if (!copy) return PRL_ERR_OUT_OF_MEMORY;
    PRL_RESULT result = PRL_ERR_SUCCESS;
    if (!named)
        result = PRL_ERR_INVALID_ARG;
    else if (how == PRL_STORE_ADD && found)
        result = errors->exists;
    else if ((how == PRL_STORE_UPDATE || how == PRL_STORE_REMOVE) && !found)
        result = errors->missing;
    else if (how != PRL_STORE_REMOVE && !prl_record_add(copy, prl_obj_copy(member)))
        result = PRL_ERR_OUT_OF_MEMORY;
    if (!result) return keep(host, id, &copy->obj);
    vjob_obj_release(&copy->obj);
    return result;
}
