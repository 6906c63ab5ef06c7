/*
 * native_object.c - vjob.h for objects that a program brings along.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

typedef struct own_object {
    vjob_obj obj;
    const vjob_type *type;
    void *body;
    uint32_t uses; /* atomic: vjob_object_use without its vjob_object_done */
} own_object;

static void destroy_own(vjob_obj *obj)
{
    own_object *o = (own_object *)(void *)obj;
    if (o->type->destroy) o->type->destroy(o->body);
}

static void describe_own(vjob_obj *obj, char *out, size_t cap)
{
    strncpy(out, ((own_object *)(void *)obj)->type->name, cap - 1);
    out[cap - 1] = 0;
}

static const vjob_class own_class = {"object", VJOB_SPACE_NATIVE, 2, destroy_own, describe_own};

vjob_err vjob_object_create(const vjob_type *type, void *body, vjob_handle *out)
{
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_object_create: out_h is missing");
    *out = 0;
    if (!type || !type->name)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_object_create: the type has no name");
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    own_object *o = (own_object *)(void *)vjob_obj_new(&own_class, sizeof *o);
    if (!o) return vjob_fail(VJOB_ENOMEM, type->name, NULL, "no memory for an object");
    o->type = type;
    o->body = body;
    err = vjob__name_create_owned(&o->obj, 0, out);
    if (err) vjob__obj_discard(&o->obj); /* the body stays the caller's */
    return err;
}

vjob_err vjob_object_use(vjob_handle h, const vjob_type *type, void **out_body)
{
    vjob_obj *obj;
    if (!out_body) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_object_use: out_body is missing");
    *out_body = NULL;
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    err = vjob_pin(VJOB_SPACE_NATIVE, h, &obj);
    own_object *o = (own_object *)(void *)obj;
    if (!err && (obj->cls != &own_class || o->type != type)) {
        vjob_unpin(h);
        err = VJOB_ETYPE;
    }
    if (err) return vjob__fail_handle(h, err);
    __atomic_fetch_add(&o->uses, 1, __ATOMIC_RELAXED);
    *out_body = o->body;
    return VJOB_OK;
}

/* Any number may come in here: only a use that there was is taken back. */
void vjob_object_done(vjob_handle h)
{
    vjob_obj *obj;
    if (vjob_enter_free() || vjob__hold_object(h, &obj)) return;
    uint32_t *uses = &((own_object *)(void *)obj)->uses;
    uint32_t n = obj->cls == &own_class ? __atomic_load_n(uses, __ATOMIC_RELAXED) : 0;
    while (n && !__atomic_compare_exchange_n(uses, &n, n - 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    if (n) vjob_unpin(h);
    vjob_name_unhold(h);
}
