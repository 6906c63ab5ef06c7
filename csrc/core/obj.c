/* obj.c - counted objects. A reference dropped under the world lock is acted on after the unlock. */
#include "core.h"

#include <string.h>

vjob_obj *vjob_obj_new(const vjob_class *cls, size_t size)
{
    const size_t steps = vjob__slab_steps(size);
    vjob_obj *obj = vjob__slab_take(steps);
    if (!obj) return NULL;
    memset(obj, 0, size);
    obj->cls = cls;
    obj->refs = 1;
    obj->lock = (uint32_t)(steps < SLAB_SIZES ? steps : SLAB_SIZES) << OBJ_SIZE_SHIFT;
    return obj;
}

void vjob__obj_discard(vjob_obj *obj)
{
    vjob__slab_give(obj, obj->lock >> OBJ_SIZE_SHIFT & 0xff);
}

vjob_obj *vjob_obj_retain(vjob_obj *obj)
{
    __atomic_fetch_add(&obj->refs, 1, __ATOMIC_RELAXED);
    return obj;
}

int vjob_obj_try_retain(vjob_obj *obj)
{
    uint32_t refs = __atomic_load_n(&obj->refs, __ATOMIC_RELAXED);
    while (refs)
        if (__atomic_compare_exchange_n(&obj->refs, &refs, refs + 1, 1, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return 1;
    return 0;
}

static void destroy(vjob_obj *obj)
{
    if (obj->cls->destroy) obj->cls->destroy(obj);
    if (obj->lock & OBJ_IS_JOB) {
        vjob_work *work = ((vjob_job *)obj)->work;
        if (work && work->destroy) work->destroy(work);
    }
    vjob__obj_discard(obj);
}

static vjob_obj *deferred; /* world; linked through the dead object's name */

void vjob_obj_release(vjob_obj *obj)
{
    if (!obj) return;
    plat_tell_release(&obj->refs);
    if (__atomic_fetch_sub(&obj->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    plat_tell_acquire(&obj->refs);
    vjob__thread *t = vjob__self;
    if (t && t->world_held) {
        obj->name = (vjob_handle)(uintptr_t)deferred;
        deferred = obj;
    } else {
        destroy(obj);
    }
}

/* world: hand over what was released under the lock */
vjob_obj *vjob__obj_take_deferred(void)
{
    vjob_obj *list = deferred;
    deferred = NULL;
    return list;
}

void vjob__obj_destroy_deferred(vjob_obj *list)
{
    while (list) {
        vjob_obj *next = (vjob_obj *)(uintptr_t)list->name;
        destroy(list);
        list = next;
    }
}

void vjob_obj_lock(vjob_obj *obj)
{
    plat_word_lock(&obj->lock);
}

void vjob_obj_unlock(vjob_obj *obj)
{
    plat_word_unlock(&obj->lock);
}

vjob_job *vjob_obj_as_job(vjob_obj *obj)
{
    return obj && (__atomic_load_n(&obj->lock, __ATOMIC_RELAXED) & OBJ_IS_JOB) ? (vjob_job *)obj : NULL;
}
