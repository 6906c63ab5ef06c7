/* control.c - vjob_sim_*: inventories, clock, seed, faults. The environment is older than these calls. */
#include <stdlib.h>
#include <string.h>

#include "inventory.h"
#include "operation.h"
#include "outside.h"

static vjob_err in_use(void)
{
    return vjob_fail(VJOB_EBUSY, NULL, NULL, "an API is in use: end it before the world is replaced");
}

/* ---- fidelity ---- */

static int ideal;  /* atomic */
static int chosen; /* atomic: by a call, which wins over the environment */

static int fidelity_by_name(const char *name)
{
    return strcmp(name, "faithful") == 0 ? 0 : strcmp(name, "ideal") == 0 ? 1 : -1;
}

static void set_fidelity(int value, int by_call)
{
    __atomic_store_n(&ideal, value, __ATOMIC_RELAXED);
    __atomic_store_n(&chosen, by_call, __ATOMIC_RELAXED);
}

vjob_err vjob_sim_set_fidelity(const char *name)
{
    int value = name ? fidelity_by_name(name) : -1;
    if (value < 0) return vjob_fail(VJOB_EINVAL, NULL, NULL, "fidelity is \"faithful\" or \"ideal\"");
    set_fidelity(value, 1);
    return VJOB_OK;
}

int vjob_sim_is_ideal(void)
{
    return __atomic_load_n(&ideal, __ATOMIC_RELAXED);
}

vjob_err sim_fidelity_from_environment(sim_why *why)
{
    const char *name = getenv("VJOB_FIDELITY");
    if (!name || !name[0] || __atomic_load_n(&chosen, __ATOMIC_RELAXED)) return VJOB_OK;
    int value = fidelity_by_name(name);
    if (value < 0) return sim_say(why, VJOB_EINVAL, NULL, "VJOB_FIDELITY=%.60s: say faithful or ideal", name);
    set_fidelity(value, 0);
    return VJOB_OK;
}

/* ---- replacing the world ---- */

/* Running operations are dropped with the old one; their jobs end cancelled. */
static void install(sim_world *fresh)
{
    vjob__world_lock();
    sim_world *old = sim_world_now;
    if (old) sim_world_end(old);
    __atomic_store_n(&sim_world_now, fresh, __ATOMIC_RELEASE);
    vjob__world_unlock();
    sim_world_free(old);
}

static vjob_err replace(vjob_err err, sim_world *fresh, const sim_why *why)
{
    if (err) return sim_fail(err, why);
    if (vjob__engine_in_use()) {
        sim_world_free(fresh);
        return in_use();
    }
    install(fresh);
    return VJOB_OK;
}

vjob_err vjob_sim_load_file(const char *path)
{
    if (!path) return vjob_fail(VJOB_EINVAL, NULL, NULL, "path is missing");
    if (vjob__engine_in_use()) return in_use();
    sim_why why = {0};
    sim_world *world = NULL;
    vjob_err err = vjob__engine_configure(); /* the seed decides ids */
    if (err) return err;
    err = sim_inventory_read_file(path, &world, &why);
    return replace(err, world, &why);
}

vjob_err vjob_sim_load_json(const char *text, size_t size_bytes)
{
    if (!text) return vjob_fail(VJOB_EINVAL, NULL, NULL, "text is missing");
    if (vjob__engine_in_use()) return in_use();
    sim_why why = {0};
    sim_world *world = NULL;
    vjob_err err = vjob__engine_configure();
    if (err) return err;
    err = sim_inventory_read(text, size_bytes, "inventory", &world, &why);
    return replace(err, world, &why);
}

/* The next one who needs the world makes it, from the environment as it is then. */
vjob_err vjob_sim_reset(void)
{
    if (vjob__engine_in_use()) return in_use();
    install(NULL);
    set_fidelity(0, 0);
    sim_outside_reset();
    return vjob__world_restart();
}

vjob_err vjob_sim_add_json(const char *text, size_t size_bytes)
{
    if (!text) return vjob_fail(VJOB_EINVAL, NULL, NULL, "text is missing");
    sim_why why = {0};
    sim_document document;
    vjob_err err = sim_world_need(&why);
    if (!err) err = sim_document_read(&document, text, size_bytes, "inventory", &why);
    if (err) return sim_fail(err, &why);
    vjob__world_lock();
    err = sim_build(sim_world_now, &document, 1, &why);
    vjob__world_unlock();
    sim_document_free(&document);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

vjob_err vjob_sim_save_json(char **out_text)
{
    if (!out_text) return vjob_fail(VJOB_EINVAL, NULL, NULL, "out_text is missing");
    *out_text = NULL;
    sim_why why = {0};
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    vjob__world_lock();
    err = sim_inventory_write(sim_world_now, out_text);
    vjob__world_unlock();
    return err ? vjob_fail(err, NULL, NULL, "no memory to save the world") : VJOB_OK;
}

void vjob_sim_free(void *text)
{
    free(text);
}

/* ---- clock, seed, log ---- */

vjob_err vjob_sim_set_clock(const char *spec)
{
    return spec ? vjob__set_clock(spec) : vjob_fail(VJOB_EINVAL, NULL, NULL, "spec is missing");
}

vjob_err vjob_sim_set_seed(uint64_t seed)
{
    return vjob__set_seed(seed);
}

vjob_err vjob_sim_set_trace(const char *path)
{
    return vjob__set_trace(path);
}

void vjob_sim_flush_trace(void)
{
    vjob__flush_trace();
}

/* ---- durations and faults ---- */

static vjob_err find_operation(const char *name, vjob_op *out)
{
    sim_why why = {0};
    *out = name ? sim_op_by_name(name) : VJOB_OP_NONE;
    if (*out == VJOB_OP_NONE)
        return vjob_fail(VJOB_ENOENT, name, NULL, "there is no operation \"%s\"", name ? name : "");
    vjob_err err = sim_world_need(&why);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

vjob_err vjob_sim_set_duration(const char *operation, uint64_t duration_ns, double jitter,
                               uint32_t progress_steps)
{
    vjob_op op;
    vjob_err err = find_operation(operation, &op);
    if (err) return err;
    if (!(jitter >= 0 && jitter <= 1)) return vjob_fail(VJOB_EINVAL, operation, NULL, "jitter must be 0..1");
    vjob__world_lock();
    sim_world_now->timing[op] = (sim_timing){duration_ns, jitter, progress_steps};
    vjob__world_unlock();
    return VJOB_OK;
}

vjob_err vjob_sim_fail_next(const char *operation, const char *vm, vjob_err err, uint32_t count)
{
    vjob_op op;
    vjob_err bad = find_operation(operation, &op);
    if (bad) return bad;
    if (err == VJOB_OK || err == VJOB_EPENDING || (unsigned)err >= VJOB_ERR_COUNT || count == 0)
        return vjob_fail(VJOB_EINVAL, operation, NULL, "err must be an error and count at least 1");
    sim_fault *fault = calloc(1, sizeof *fault);
    char *label = sim_dup(vm);
    if (!fault || (vm && !label)) {
        free(fault);
        free(label);
        return vjob_fail(VJOB_ENOMEM, operation, NULL, "no memory to plan a failure");
    }
    *fault = (sim_fault){.vm = label, .op = (uint8_t)op, .err = err, .count = count};
    vjob__world_lock();
    sim_fault **end = &sim_world_now->faults;
    while (*end) end = &(*end)->next;
    *end = fault;
    vjob__world_unlock();
    return VJOB_OK;
}
