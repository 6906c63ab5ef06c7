/* Reading properties: the array forms, and the variadic functions as shells over them. */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- one value ---------------------------------------------------------------------------------- */

static VixError write_copy(const void *data, size_t size, void *out)
{
    char *copy = malloc(size + 1);
    if (!copy) return VIX_E_OUT_OF_MEMORY;
    if (size) memcpy(copy, data, size);
    copy[size] = '\0';
    *(char **)out = copy;
    return VIX_OK;
}

static VixError write_handle(const vix_value *value, VixHandle *out)
{
    *out = VIX_INVALID_HANDLE;
    return value->as.object ? vix_give(value->as.object, out) : VIX_OK;
}

VixError vix_value_write(const vix_value *value, const vix_slot *slot)
{
    VIX_NEED(slot->out);
    switch (value->type) {
    case VIX_PROPERTYTYPE_INTEGER: *(int *)slot->out = (int)value->as.number; return VIX_OK;
    case VIX_PROPERTYTYPE_BOOL: *(Bool *)slot->out = value->as.number != 0; return VIX_OK;
    case VIX_PROPERTYTYPE_INT64: *(int64 *)slot->out = value->as.number; return VIX_OK;
    case VIX_PROPERTYTYPE_STRING: return write_copy(value->as.text, strlen(value->as.text), slot->out);
    case VIX_PROPERTYTYPE_HANDLE: return write_handle(value, slot->out);
    case VIX_PROPERTYTYPE_BLOB:
        VIX_NEED(slot->data);
        *(int *)slot->out = (int)value->as.blob.size;
        return write_copy(value->as.blob.data, value->as.blob.size, slot->data);
    default: return VIX_E_TYPE_MISMATCH;
    }
}

/* ---- where values come from ----------------------------------------------------------------------- */

/* A value that is made for this read; its text is borrowed or in `keep`. */
static VixError made_value(vjob_obj *obj, VixPropertyID id, vix_value *out)
{
    if (obj->cls == &vix_vm_class) return vix_vm_value((vix_vm *)obj, id, out);
    if (obj->cls == &vix_snapshot_class) return vix_snapshot_value((vix_snapshot *)obj, id, out);
    const vix_host *host = (const vix_host *)obj;
    out->type = VIX_PROPERTYTYPE_INTEGER;
    if (id == VIX_PROPERTY_HOST_HOSTTYPE) {
        out->as.number = host->provider;
    } else if (id == VIX_PROPERTY_HOST_API_VERSION) {
        out->as.number = VIX_API_VERSION;
    } else if (id == VIX_PROPERTY_HOST_SOFTWARE_VERSION) {
        out->type = VIX_PROPERTYTYPE_STRING;
        out->as.text = strdup("vjob " VJOB_VERSION);
        return out->as.text ? VIX_OK : VIX_E_OUT_OF_MEMORY;
    } else {
        return VIX_E_UNRECOGNIZED_PROPERTY;
    }
    return VIX_OK;
}

static VixError read_made(vjob_obj *obj, const vix_slot *slot)
{
    vix_value value = {.id = slot->id};
    VixError error = made_value(obj, slot->id, &value);
    if (error) return error;
    error = vix_value_write(&value, slot);
    if (value.type == VIX_PROPERTYTYPE_STRING) free(value.as.text);
    return error;
}

static VixError read_job(const vix_job *job, size_t nth, const vix_slot *slot)
{
    const vix_value error = {.type = VIX_PROPERTYTYPE_INT64, .as.number = (int64)job->error};
    if (slot->id == VIX_PROPERTY_JOB_RESULT_ERROR_CODE && nth == 0) return vix_value_write(&error, slot);
    const vix_value *value = vix_bag_find(&job->bag, slot->id, nth);
    return value ? vix_value_write(value, slot) : VIX_E_UNRECOGNIZED_PROPERTY;
}

static VixError read_bag(const vix_bag *bag, const vix_slot *slot)
{
    const vix_value *value = vix_bag_find(bag, slot->id, 0);
    return value ? vix_value_write(value, slot) : VIX_E_UNRECOGNIZED_PROPERTY;
}

static VixError read_any(vjob_obj *obj, const vix_slot *slot)
{
    VIX_NEED(slot->out);
    if (obj->cls->type == VIX_HANDLETYPE_JOB) return read_job((vix_job *)obj, 0, slot);
    if (obj->cls == &vix_list_class) return read_bag(&((vix_list *)obj)->bag, slot);
    return read_made(obj, slot);
}

/* A handle that is not there reads as 0, for programs that look at the error code only (J19). */
static void clear_handle(const vix_slot *slot)
{
    const vix_property *property = vix_property_find(slot->id);
    if (property && property->type == VIX_PROPERTYTYPE_HANDLE && slot->out)
        *(VixHandle *)slot->out = VIX_INVALID_HANDLE;
}

/* ---- array forms ---------------------------------------------------------------------------------- */

VixError vix_get_properties(VixHandle h, const vix_slot *slots, size_t n)
{
    VixError first = VIX_OK;
    VIX_ENTER_POLL(vjob_obj, obj, h, VIX_HANDLETYPE_NONE);
    if (obj->cls->type == VIX_HANDLETYPE_JOB && !vix_job_is_over((vix_job *)obj)) return VIX_E_UNFINISHED_JOB;
    for (size_t i = 0; i < n; i++) {
        const VixError error = read_any(obj, &slots[i]);
        if (!error) continue;
        clear_handle(&slots[i]);
        first = first ? first : error;
    }
    return first;
}

static VixError wait_for(vix_job *job)
{
    const int own = vix_now.job == &job->job.obj;
    if (vix_job_is_over(job)) return VIX_OK;
    if (own) return VIX_E_UNFINISHED_JOB; /* the callback that waits is what the job waits for */
    return vjob_job_wait(&job->job, VJOB_FOREVER) ? VIX_E_HOST_NOT_CONNECTED : VIX_OK;
}

VixError vix_job_wait(VixHandle h, const vix_slot *slots, size_t n)
{
    VIX_ENTER(vix_job, job, h, VIX_HANDLETYPE_JOB);
    VixError error = wait_for(job);
    if (!error) error = job->error;
    for (size_t i = 0; i < n && !error; i++)
        error = slots[i].out ? read_job(job, 0, &slots[i]) : VIX_E_INVALID_ARG;
    return error;
}

VixError vix_job_nth(VixHandle h, int index, const vix_slot *slots, size_t n)
{
    VIX_ENTER_POLL(vix_job, job, h, VIX_HANDLETYPE_JOB);
    if (!vix_job_is_over(job)) return VIX_E_UNFINISHED_JOB;
    for (size_t i = 0; i < n; i++) {
        VIX_NEED(slots[i].out);
        const VixPropertyID id = slots[i].id;
        const size_t rows = id == VIX_PROPERTY_JOB_RESULT_ERROR_CODE ? 1 : vix_bag_count(&job->bag, id);
        if (index < 0 || (size_t)index >= rows)
            return rows              ? VIX_E_BAD_VM_INDEX
                   : job->bag.stride ? VIX_E_UNRECOGNIZED_PROPERTY
                                     : VIX_E_BAD_VM_INDEX;
        const VixError error = read_job(job, (size_t)index, &slots[i]);
        if (error) return error;
    }
    return VIX_OK;
}

/* ---- variadic shells ------------------------------------------------------------------------------- */

#define SLOTS 16

typedef struct wants {
    vix_slot *slots, inside[SLOTS];
    size_t n;
} wants;

static int grow(wants *all)
{
    const size_t size = all->n * 2 * sizeof *all->slots;
    vix_slot *grown = realloc(all->slots == all->inside ? NULL : all->slots, size);
    if (!grown) return 0;
    if (all->slots == all->inside) memcpy(grown, all->inside, sizeof all->inside);
    all->slots = grown;
    return 1;
}

/* Pairs of id and place until VIX_PROPERTY_NONE. */
static VixError collect(wants *all, VixPropertyID id, va_list args)
{
    all->slots = all->inside;
    all->n = 0;
    for (; id != VIX_PROPERTY_NONE; id = va_arg(args, int)) {
        const vix_property *property = vix_property_find(id);
        const int is_power = (all->n & (all->n - 1)) == 0;
        if (all->n >= SLOTS && is_power && !grow(all)) return VIX_E_OUT_OF_MEMORY;
        vix_slot *slot = &all->slots[all->n++];
        slot->id = id;
        slot->out = va_arg(args, void *);
        slot->data = property && property->type == VIX_PROPERTYTYPE_BLOB ? va_arg(args, void *) : NULL;
    }
    return VIX_OK;
}

static void drop(wants *all)
{
    if (all->slots != all->inside) free(all->slots);
}

#define SHELL(first, call)                                                                                   \
    wants all;                                                                                               \
    va_list args;                                                                                            \
    va_start(args, first);                                                                                   \
    VixError error = collect(&all, first, args);                                                             \
    va_end(args);                                                                                            \
    if (!error) error = call;                                                                                \
    drop(&all);                                                                                              \
    return error

VixError Vix_GetProperties(VixHandle handle, VixPropertyID firstPropertyID, ...)
{
    SHELL(firstPropertyID, vix_get_properties(handle, all.slots, all.n));
}

VixError VixJob_Wait(VixHandle jobHandle, VixPropertyID firstPropertyID, ...)
{
    SHELL(firstPropertyID, vix_job_wait(jobHandle, all.slots, all.n));
}

VixError VixJob_GetNthProperties(VixHandle jobHandle, int index, int propertyID, ...)
{
    SHELL(propertyID, vix_job_nth(jobHandle, index, all.slots, all.n));
}

/* ---- property lists ---------------------------------------------------------------------------------- */

static VixError add_text(vix_bag *bag, VixPropertyID id, const char *text)
{
    const VixError error = vix_check_text(text);
    return error ? error : vix_bag_text(bag, id, text) ? VIX_OK : VIX_E_OUT_OF_MEMORY;
}

static VixError add_handle(vix_bag *bag, VixPropertyID id, VixHandle h)
{
    VIX_PIN pin = {0};
    const VixError error = h ? vix_enter(h, VIX_HANDLETYPE_NONE, &pin) : VIX_OK;
    return error ? error : vix_bag_object(bag, id, pin.obj) ? VIX_OK : VIX_E_OUT_OF_MEMORY;
}

static VixError add_blob(vix_bag *bag, VixPropertyID id, int size, const void *data)
{
    VIX_NEED(size >= 0 && (data || !size));
    return vix_bag_blob(bag, id, data, (size_t)size) ? VIX_OK : VIX_E_OUT_OF_MEMORY;
}

/* Values travel by value here; the type of the id says how. */
static VixError add_values(vix_bag *bag, VixPropertyID id, va_list args)
{
    VixError error = VIX_OK;
    for (; id != VIX_PROPERTY_NONE && !error; id = va_arg(args, int)) {
        const vix_property *property = vix_property_find(id);
        switch (property ? property->type : VIX_PROPERTYTYPE_ANY) {
        case VIX_PROPERTYTYPE_STRING: error = add_text(bag, id, va_arg(args, const char *)); break;
        case VIX_PROPERTYTYPE_HANDLE: error = add_handle(bag, id, va_arg(args, int)); break;
        case VIX_PROPERTYTYPE_BLOB: {
            const int size = va_arg(args, int);
            error = add_blob(bag, id, size, va_arg(args, const void *));
            break;
        }
        case VIX_PROPERTYTYPE_INT64:
            error = vix_bag_number(bag, id, va_arg(args, int64)) ? VIX_OK : VIX_E_OUT_OF_MEMORY;
            break;
        case VIX_PROPERTYTYPE_INTEGER:
        case VIX_PROPERTYTYPE_BOOL:
            error = vix_bag_number(bag, id, va_arg(args, int)) ? VIX_OK : VIX_E_OUT_OF_MEMORY;
            break;
        default: return VIX_E_UNRECOGNIZED_PROPERTY; /* how its value travels is unknown */
        }
    }
    return error;
}

VixError VixPropertyList_AllocPropertyList(VixHandle hostHandle, VixHandle *resultHandle, int firstPropertyID,
                                           ...)
{
    va_list args;
    if (resultHandle) *resultHandle = VIX_INVALID_HANDLE;
    VIX_ENTER(vjob_obj, any, hostHandle, VIX_HANDLETYPE_NONE);
    VIX_NEED(any && resultHandle);
    vix_list *list = vix_list_new();
    if (!list) return VIX_E_OUT_OF_MEMORY;
    va_start(args, firstPropertyID);
    VixError error = add_values(&list->bag, firstPropertyID, args);
    va_end(args);
    if (!error) error = vix_give(&list->obj, resultHandle);
    vjob_obj_release(&list->obj);
    return error;
}

/* ---- the rest --------------------------------------------------------------------------------------- */

VixError Vix_GetPropertyType(VixHandle handle, VixPropertyID propertyID, VixPropertyType *propertyType)
{
    VIX_ENTER_POLL(vjob_obj, obj, handle, VIX_HANDLETYPE_NONE);
    VIX_NEED(obj && propertyType);
    const vix_property *property = vix_property_find(propertyID);
    *propertyType = property ? property->type : VIX_PROPERTYTYPE_ANY;
    return property ? VIX_OK : VIX_E_UNRECOGNIZED_PROPERTY;
}

VixError VixJob_CheckCompletion(VixHandle jobHandle, Bool *complete)
{
    VIX_ENTER_POLL(vix_job, job, jobHandle, VIX_HANDLETYPE_JOB);
    VIX_NEED(complete);
    *complete = vix_job_is_over(job) ? 1 : 0;
    return VIX_OK;
}

VixError VixJob_GetError(VixHandle jobHandle)
{
    VIX_ENTER_POLL(vix_job, job, jobHandle, VIX_HANDLETYPE_JOB);
    return vix_job_is_over(job) ? job->error : VIX_E_UNFINISHED_JOB;
}

int VixJob_GetNumProperties(VixHandle jobHandle, int resultPropertyID)
{
    VIX_PIN pin;
    if (vix_enter_poll(jobHandle, VIX_HANDLETYPE_JOB, &pin)) return 0;
    const vix_job *job = (const vix_job *)pin.obj;
    if (!vix_job_is_over(job)) return 0;
    if (resultPropertyID == VIX_PROPERTY_JOB_RESULT_ERROR_CODE) return 1;
    return (int)vix_bag_count(&job->bag, resultPropertyID);
}
