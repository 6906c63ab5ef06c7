/* Lists that clients make: of strings, of handles, of plain numbers. Each is protected by its object's lock. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct list {
    vjob_obj obj;
    char *items; /* count * size bytes */
    size_t count, capacity, size;
} list;

/* An entry, or NULL; with the lock held. */
static void *entry(const list *l, size_t index)
{
    return index < l->count ? l->items + index * l->size : NULL;
}

static int append(list *l, const void *item)
{
    vjob_obj_lock(&l->obj);
    int fine = 1;
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity ? l->capacity * 2 : 8;
        char *items = realloc(l->items, capacity * l->size);
        fine = items != NULL;
        if (fine) {
            l->items = items;
            l->capacity = capacity;
        }
    }
    if (fine) memcpy(l->items + l->count++ * l->size, item, l->size);
    vjob_obj_unlock(&l->obj);
    return fine;
}

/* Move an entry out. 0: there is none. */
static int take(list *l, size_t index, void *out)
{
    vjob_obj_lock(&l->obj);
    char *at = entry(l, index);
    if (at) {
        memcpy(out, at, l->size);
        memmove(at, at + l->size, (size_t)(l->items + l->count * l->size - (at + l->size)));
        l->count--;
    }
    vjob_obj_unlock(&l->obj);
    return at != NULL;
}

static list *list_new(const vjob_class *cls, size_t size)
{
    list *l = (list *)vjob_obj_new(cls, sizeof *l);
    if (l) l->size = size;
    return l;
}

static PRL_RESULT create(const vjob_class *cls, size_t size, PRL_HANDLE_PTR out)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(out);
    return prl_give_new((vjob_obj *)list_new(cls, size), out);
}

static PRL_RESULT count_of(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_UINT32_PTR out)
{
    PRL_ENTER(list, l, h, type);
    PRL_NEED(out);
    vjob_obj_lock(&l->obj);
    *out = (PRL_UINT32)l->count;
    vjob_obj_unlock(&l->obj);
    return PRL_ERR_SUCCESS;
}

/* ---- strings ---------------------------------------------------------------------------------- */

static void strings_destroy(vjob_obj *obj)
{
    list *l = (list *)obj;
    for (size_t i = 0; i < l->count; i++) free(((char **)(void *)l->items)[i]);
    free(l->items);
}

const vjob_class prl_strings_class = {"PHT_STRINGS_LIST", VJOB_SPACE_PRL, PHT_STRINGS_LIST, strings_destroy,
                                      NULL};

vjob_obj *prl_strings_new(void)
{
    return (vjob_obj *)list_new(&prl_strings_class, sizeof(char *));
}

int prl_strings_add(vjob_obj *strings, const char *text)
{
    char *copy = strdup(text);
    if (copy && append((list *)strings, &copy)) return 1;
    free(copy);
    return 0;
}

char **prl_strings_array(vjob_obj *strings)
{
    list *l = (list *)strings;
    if (!prl_obj_is(strings, PHT_STRINGS_LIST)) return calloc(1, sizeof(char *));
    vjob_obj_lock(&l->obj);
    char **array = calloc(l->count + 1, sizeof *array);
    for (size_t i = 0; array && i < l->count; i++)
        if (!(array[i] = strdup(((char **)(void *)l->items)[i]))) {
            prl_strings_free(array);
            array = NULL;
        }
    vjob_obj_unlock(&l->obj);
    return array;
}

void prl_strings_free(char **strings)
{
    for (char **item = strings; item && *item; item++) free(*item);
    free(strings);
}

PRL_METHOD(PrlApi_CreateStringsList)(PRL_HANDLE_PTR phStringsList)
{
    return create(&prl_strings_class, sizeof(char *), phStringsList);
}

PRL_METHOD(PrlStrList_GetItemsCount)(PRL_HANDLE hStringsList, PRL_UINT32_PTR pnItemsCount)
{
    return count_of(hStringsList, PHT_STRINGS_LIST, pnItemsCount);
}

PRL_METHOD(PrlStrList_AddItem)(PRL_HANDLE hStringsList, PRL_CONST_STR sItem)
{
    PRL_ENTER(vjob_obj, l, hStringsList, PHT_STRINGS_LIST);
    PRL_NEED(sItem);
    return prl_strings_add(l, sItem) ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

PRL_METHOD(PrlStrList_GetItem)
(PRL_HANDLE hStringsList, PRL_UINT32 nItemIndex, PRL_STR sItemBuf, PRL_UINT32_PTR pnItemBufSize)
{
    PRL_ENTER(list, l, hStringsList, PHT_STRINGS_LIST);
    PRL_NEED(pnItemBufSize);
    vjob_obj_lock(&l->obj);
    char **item = entry(l, nItemIndex);
    const PRL_RESULT result = item ? prl_text(*item, sItemBuf, pnItemBufSize) : PRL_ERR_INVALID_ARG;
    vjob_obj_unlock(&l->obj);
    return result;
}

PRL_METHOD(PrlStrList_RemoveItem)(PRL_HANDLE hStringsList, PRL_UINT32 nItemIndex)
{
    char *item;
    PRL_ENTER(list, l, hStringsList, PHT_STRINGS_LIST);
    PRL_NEED(take(l, nItemIndex, &item));
    free(item);
    return PRL_ERR_SUCCESS;
}

/* ---- handles: the list holds names, which clients do not owe ---------------------------------- */

static void handles_destroy(vjob_obj *obj)
{
    list *l = (list *)obj;
    for (size_t i = 0; i < l->count; i++) vjob_name_unhold(((vjob_handle *)(void *)l->items)[i]);
    free(l->items);
}

const vjob_class prl_handles_class = {"PHT_HANDLES_LIST", VJOB_SPACE_PRL, PHT_HANDLES_LIST, handles_destroy,
                                      NULL};

static PRL_RESULT add_handle(list *l, vjob_handle name)
{
    if (vjob_name_hold(name)) return PRL_ERR_INVALID_ARG;
    if (append(l, &name)) return PRL_ERR_SUCCESS;
    vjob_name_unhold(name);
    return PRL_ERR_OUT_OF_MEMORY;
}

vjob_obj *prl_handles_new(void)
{
    return (vjob_obj *)list_new(&prl_handles_class, sizeof(vjob_handle));
}

PRL_RESULT prl_handles_add(vjob_obj *handles, vjob_obj *obj)
{
    PRL_HANDLE name;
    PRL_RESULT result = prl_give(obj, &name);
    if (result) return result;
    result = add_handle((list *)handles, prl_number(name));
    vjob_space_release(VJOB_SPACE_PRL, prl_number(name));
    return result;
}

PRL_METHOD(PrlApi_CreateHandlesList)(PRL_HANDLE_PTR phHandlesList)
{
    return create(&prl_handles_class, sizeof(vjob_handle), phHandlesList);
}

PRL_METHOD(PrlHndlList_GetItemsCount)(PRL_HANDLE hHandlesList, PRL_UINT32_PTR pnItemsCount)
{
    return count_of(hHandlesList, PHT_HANDLES_LIST, pnItemsCount);
}

PRL_METHOD(PrlHndlList_AddItem)(PRL_HANDLE hHandlesList, PRL_HANDLE hItem)
{
    PRL_ENTER(list, l, hHandlesList, PHT_HANDLES_LIST);
    PRL_ALSO(vjob_obj, item, hItem, PHT_ERROR);
    PRL_NEED(item != &l->obj); /* a list that holds itself would never die */
    return add_handle(l, prl_number(hItem));
}

PRL_METHOD(PrlHndlList_GetItem)(PRL_HANDLE hHandlesList, PRL_UINT32 nItemIndex, PRL_HANDLE_PTR phItem)
{
    PRL_ENTER(list, l, hHandlesList, PHT_HANDLES_LIST);
    PRL_NEED(phItem);
    *phItem = PRL_INVALID_HANDLE;
    vjob_obj_lock(&l->obj);
    vjob_handle *item = entry(l, nItemIndex);
    const vjob_handle name = item ? *item : 0;
    vjob_obj_unlock(&l->obj);
    PRL_NEED(name && !vjob_name_grant(name));
    *phItem = prl_handle(name);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlHndlList_RemoveItem)(PRL_HANDLE hHandlesList, PRL_UINT32 nItemIndex)
{
    vjob_handle name;
    PRL_ENTER(list, l, hHandlesList, PHT_HANDLES_LIST);
    PRL_NEED(take(l, nItemIndex, &name));
    vjob_name_unhold(name);
    return PRL_ERR_SUCCESS;
}

/* ---- plain numbers of 1, 2, 4 or 8 bytes ------------------------------------------------------ */

static void scalars_destroy(vjob_obj *obj)
{
    free(((list *)obj)->items);
}

const vjob_class prl_scalars_class = {"PHT_OPAQUE_TYPE_LIST", VJOB_SPACE_PRL, PHT_OPAQUE_TYPE_LIST,
                                      scalars_destroy, NULL};

vjob_obj *prl_scalars_new(PRL_SIZE size)
{
    return (vjob_obj *)list_new(&prl_scalars_class, size);
}

PRL_METHOD(PrlApi_CreateOpTypeList)(PRL_HANDLE_PTR phOpTypeList, PRL_SIZE nTypeSize)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(nTypeSize == 1 || nTypeSize == 2 || nTypeSize == 4 || nTypeSize == 8);
    return create(&prl_scalars_class, nTypeSize, phOpTypeList);
}

PRL_METHOD(PrlOpTypeList_GetItemsCount)(PRL_HANDLE hOpTypeList, PRL_UINT32_PTR pnItemsCount)
{
    return count_of(hOpTypeList, PHT_OPAQUE_TYPE_LIST, pnItemsCount);
}

PRL_METHOD(PrlOpTypeList_AddItem)(PRL_HANDLE hOpTypeList, PRL_CONST_VOID_PTR pnItem)
{
    PRL_ENTER(list, l, hOpTypeList, PHT_OPAQUE_TYPE_LIST);
    PRL_NEED(pnItem);
    return append(l, pnItem) ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

PRL_METHOD(PrlOpTypeList_GetItem)(PRL_HANDLE hOpTypeList, PRL_UINT32 nItemIndex, PRL_VOID_PTR pnItem)
{
    PRL_ENTER(list, l, hOpTypeList, PHT_OPAQUE_TYPE_LIST);
    PRL_NEED(pnItem);
    vjob_obj_lock(&l->obj);
    const void *item = entry(l, nItemIndex);
    if (item) memcpy(pnItem, item, l->size);
    vjob_obj_unlock(&l->obj);
    return item ? PRL_ERR_SUCCESS : PRL_ERR_INVALID_ARG;
}

PRL_METHOD(PrlOpTypeList_RemoveItem)(PRL_HANDLE hOpTypeList, PRL_UINT32 nItemIndex)
{
    PRL_UINT64 item;
    PRL_ENTER(list, l, hOpTypeList, PHT_OPAQUE_TYPE_LIST);
    PRL_NEED(take(l, nItemIndex, &item));
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlOpTypeList_GetTypeSize)(PRL_HANDLE hOpTypeList, PRL_SIZE_PTR pnTypeSize)
{
    PRL_ENTER(list, l, hOpTypeList, PHT_OPAQUE_TYPE_LIST);
    PRL_NEED(pnTypeSize);
    *pnTypeSize = (PRL_SIZE)l->size;
    return PRL_ERR_SUCCESS;
}

/* ---- copies ----------------------------------------------------------------------------------- */

static vjob_obj *copy_handles(list *from)
{
    list *to = (list *)prl_handles_new();
    if (!to) return NULL;
    for (size_t i = 0;; i++) {
        vjob_obj_lock(&from->obj);
        vjob_handle *item = entry(from, i);
        const vjob_handle name = item ? *item : 0;
        vjob_obj_unlock(&from->obj);
        if (!name) return &to->obj;
        add_handle(to, name); /* a name that died meanwhile is not copied */
    }
}

static vjob_obj *copy_strings(vjob_obj *from)
{
    vjob_obj *to = prl_strings_new();
    char **strings = prl_strings_array(from);
    int fine = to && strings;
    for (char **item = strings; fine && *item; item++) fine = prl_strings_add(to, *item);
    prl_strings_free(strings);
    if (fine || !to) return to;
    vjob_obj_release(to);
    return NULL;
}

static vjob_obj *copy_scalars(list *from)
{
    PRL_UINT64 item;
    list *to = list_new(&prl_scalars_class, from->size);
    if (!to) return NULL;
    for (size_t i = 0;; i++) {
        vjob_obj_lock(&from->obj);
        const void *at = entry(from, i);
        if (at) memcpy(&item, at, from->size);
        vjob_obj_unlock(&from->obj);
        if (!at) return &to->obj;
        if (append(to, &item)) continue;
        vjob_obj_release(&to->obj);
        return NULL;
    }
}

vjob_obj *prl_obj_copy(vjob_obj *obj)
{
    if (obj->cls == &prl_scalars_class) return copy_scalars((list *)obj);
    if (obj->cls == &prl_strings_class) return copy_strings(obj);
    if (obj->cls == &prl_handles_class) return copy_handles((list *)obj);
    return prl_record_copy(obj);
}
