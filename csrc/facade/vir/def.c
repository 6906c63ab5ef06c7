/* Definitions of domains as objects; see vir_def.h. */
#include "vir_def.h"

#include <stdlib.h>
#include <string.h>

static void destroy(vjob_obj *obj)
{
    vir_def *def = (vir_def *)(void *)obj;
    for (int i = 0; i < VIR_DEF_TEXTS; i++) free(def->text[i]);
    free(def->pins);
}

static const vjob_class def_class = {"definition", VJOB_SPACE_VIR, VIR_TYPE_NONE, destroy, NULL};

vir_def *vir_def_new(void)
{
    vir_def *def = (vir_def *)(void *)vjob_obj_new(&def_class, sizeof *def);
    if (!def) vir_fail_memory(VIR_FROM_DOM);
    return def;
}

int vir_def_set(vir_def *def, vir_def_text which, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy) return vir_fail_memory(VIR_FROM_DOM);
    free(def->text[which]);
    def->text[which] = copy;
    return 0;
}

vir_def *vir_def_copy(const vir_def *from)
{
    vir_def *def = vir_def_new();
    const size_t pins = from->pins ? from->max_vcpus * (size_t)VIR_DEF_PIN_BYTES : 0;
    if (!def) return NULL;
    int failed = 0;
    for (int i = 0; i < VIR_DEF_TEXTS && !failed; i++)
        failed = vir_def_set(def, (vir_def_text)i, from->text[i]);
    def->from_xml = from->from_xml;
    def->max_kib = from->max_kib;
    def->now_kib = from->now_kib;
    def->max_vcpus = from->max_vcpus;
    def->now_vcpus = from->now_vcpus;
    memcpy(def->scheduler, from->scheduler, sizeof def->scheduler);
    if (!failed && pins && !(def->pins = malloc(pins))) failed = vir_fail_memory(VIR_FROM_DOM);
    if (!failed && pins) memcpy(def->pins, from->pins, pins);
    if (!failed) return def;
    vir_def_release(def);
    return NULL;
}

/* For VMs that were not made from XML. */
static vir_def *from_config(const vjob_vm_config *config)
{
    static const struct {
        vir_def_text which;
        const char *text;
    } usual[] = {
        {VIR_DEF_TYPE, "qemu"},         {VIR_DEF_OS_TYPE, "hvm"},      {VIR_DEF_ARCH, "x86_64"},
        {VIR_DEF_BOOT, "hd"},           {VIR_DEF_CLOCK, "utc"},        {VIR_DEF_ON_POWEROFF, "destroy"},
        {VIR_DEF_ON_REBOOT, "restart"}, {VIR_DEF_ON_CRASH, "destroy"},
    };
    vir_def *def = vir_def_new();
    int failed = !def;
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !failed; i++)
        failed = vir_def_set(def, usual[i].which, usual[i].text);
    if (!failed && config->description && *config->description)
        failed = vir_def_set(def, VIR_DEF_DESCRIPTION, config->description);
    if (failed) {
        vir_def_release(def);
        return NULL;
    }
    def->max_kib = def->now_kib = (uint64_t)config->memory_mb * 1024;
    def->max_vcpus = def->now_vcpus = config->cpus;
    return def;
}

/* Another API may have changed the sizes since: then those count. Takes over `def`. */
static vir_def *fitting(vjob_vm *vm, vir_def *def)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    const int memory = info.memory_mb != (def->max_kib + 1023) / 1024, cpus = info.cpus != def->max_vcpus;
    if (!memory && !cpus) return def;
    vir_def *copy = vir_def_copy(def);
    vir_def_release(def);
    if (copy && memory) copy->max_kib = copy->now_kib = (uint64_t)info.memory_mb * 1024;
    if (copy && cpus) {
        free(copy->pins);
        copy->pins = NULL;
        copy->max_vcpus = copy->now_vcpus = info.cpus;
    }
    return copy;
}

vir_def *vir_def_of(vjob_vm *vm, int next)
{
    vjob_vm_config config;
    vjob_obj *extra = NULL;
    vjob_err err = next ? vjob_vm_get_next(vm, VJOB_SPACE_VIR, &config, &extra) : VJOB_ENOENT;
    if (err == VJOB_ENOENT) {
        extra = vjob_vm_get_extra(vm, VJOB_SPACE_VIR);
        if (extra) return fitting(vm, (vir_def *)(void *)extra);
        err = vjob_vm_get_config(vm, &config);
    }
    vir_def *def = (vir_def *)(void *)extra;
    if (err == VJOB_ENOENT)
        vir_fail(VIR_FROM_DOM, VIR_ERR_NO_DOMAIN, "%s", vjob_vm_uuid(vm));
    else if (err)
        vir_fail_memory(VIR_FROM_DOM);
    else if (!def)
        def = from_config(&config);
    if (!err) vjob_vm_config_clear(&config);
    return def;
}
