/* config.c - configurations: packing, unpacking, checking. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

sim_config *sim_config_retain(sim_config *config)
{
    __atomic_fetch_add(&config->refs, 1, __ATOMIC_RELAXED);
    return config;
}

void sim_config_release(sim_config *config)
{
    if (!config || __atomic_fetch_sub(&config->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    sim_arena_free(&config->arena);
    free(config);
}

/* ---- packing ---- */

/* The few words that nearly every VM uses need no memory of their own. */
static const char *const words[] = {"",        "ide",   "scsi",  "sata",  "virtio",
                                    "default", "e1000", "other", "linux", "winxp"};

static const char *keep_text(sim_arena *arena, const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], text) == 0) return words[i];
    return sim_arena_text(arena, text);
}

static const char *keep_unless(sim_arena *arena, const char *text, const char *derived)
{
    return keep_text(arena, derived && strcmp(text, derived) == 0 ? "" : text);
}

static int pack_disk(sim_config *config, size_t i, const vjob_disk *from, const char *path)
{
    char derived[SIM_PATH_MAX + 32];
    if (path) sim_image_default(derived, sizeof derived, path, i);
    sim_disk *disk = &config->disks[i];
    disk->size_mb = from->size_mb;
    disk->image = keep_unless(&config->arena, from->image, path ? derived : NULL);
    disk->bus = keep_text(&config->arena, from->bus[0] ? from->bus : "ide");
    return disk->image && disk->bus;
}

static int pack_nic(sim_config *config, size_t i, const vjob_nic *from, const char *uuid)
{
    char derived[18];
    if (uuid) sim_mac_default(derived, uuid, i);
    sim_nic *nic = &config->nics[i];
    nic->network = keep_text(&config->arena, from->network);
    nic->mac = keep_unless(&config->arena, from->mac, uuid ? derived : NULL);
    nic->model = keep_text(&config->arena, from->model[0] ? from->model : "e1000");
    return nic->network && nic->mac && nic->model;
}

static sim_config *config_new(uint32_t n_disks, uint32_t n_nics)
{
    sim_config *config = calloc(1, sizeof *config);
    if (!config) return NULL;
    config->refs = 1;
    config->n_disks = n_disks;
    config->n_nics = n_nics;
    config->disks = sim_arena_take(&config->arena, n_disks * sizeof *config->disks);
    config->nics = sim_arena_take(&config->arena, n_nics * sizeof *config->nics);
    if (config->disks && config->nics) return config;
    sim_config_release(config);
    return NULL;
}

sim_config *sim_config_pack(const vjob_vm_config *from, const char *uuid, const char *path)
{
    sim_config *config = config_new((uint32_t)from->n_disks, (uint32_t)from->n_nics);
    if (!config) return NULL;
    config->cpus = from->cpus;
    config->memory_mb = from->memory_mb;
    config->video_mb = from->video_mb;
    config->os = keep_text(&config->arena, from->os);
    config->description = from->description ? sim_arena_text(&config->arena, from->description) : NULL;
    int ok = config->os && (config->description || !from->description);
    for (size_t i = 0; ok && i < from->n_disks; i++) ok = pack_disk(config, i, &from->disks[i], path);
    for (size_t i = 0; ok && i < from->n_nics; i++) ok = pack_nic(config, i, &from->nics[i], uuid);
    if (ok) return config;
    sim_config_release(config);
    return NULL;
}

/* ---- unpacking ---- */

static void *array_of(size_t n, size_t size)
{
    return n ? calloc(n, size) : NULL;
}

vjob_err sim_config_unpack(const sim_config *config, const char *name, const char *uuid, const char *path,
                           vjob_vm_config *out)
{
    *out = (vjob_vm_config){.cpus = config->cpus,
                            .memory_mb = config->memory_mb,
                            .video_mb = config->video_mb,
                            .n_disks = config->n_disks,
                            .n_nics = config->n_nics};
    out->disks = array_of(out->n_disks, sizeof *out->disks);
    out->nics = array_of(out->n_nics, sizeof *out->nics);
    out->description = sim_dup(config->description);
    if ((out->n_disks && !out->disks) || (out->n_nics && !out->nics) ||
        (config->description && !out->description)) {
        vjob_vm_config_clear(out);
        return VJOB_ENOMEM;
    }
    sim_put(out->name, sizeof out->name, name);
    sim_put(out->uuid, sizeof out->uuid, uuid);
    sim_put(out->path, sizeof out->path, path);
    sim_put(out->os, sizeof out->os, config->os);
    for (size_t i = 0; i < out->n_disks; i++) {
        vjob_disk *disk = &out->disks[i];
        disk->size_mb = config->disks[i].size_mb;
        sim_put(disk->bus, sizeof disk->bus, config->disks[i].bus);
        sim_put(disk->image, sizeof disk->image, config->disks[i].image);
        if (!disk->image[0]) sim_image_default(disk->image, sizeof disk->image, path, i);
    }
    for (size_t i = 0; i < out->n_nics; i++) {
        vjob_nic *nic = &out->nics[i];
        sim_put(nic->network, sizeof nic->network, config->nics[i].network);
        sim_put(nic->model, sizeof nic->model, config->nics[i].model);
        sim_put(nic->mac, sizeof nic->mac, config->nics[i].mac);
        if (!nic->mac[0]) sim_mac_default(nic->mac, uuid, i);
    }
    return VJOB_OK;
}

void vjob_vm_config_clear(vjob_vm_config *config)
{
    if (!config) return;
    free(config->description);
    free(config->disks);
    free(config->nics);
    *config = (vjob_vm_config){0};
}

sim_config *sim_config_twin(const sim_config *config)
{
    vjob_vm_config copy;
    if (sim_config_unpack(config, "", "", "", &copy) != VJOB_OK) return NULL;
    for (size_t i = 0; i < copy.n_disks; i++) copy.disks[i].image[0] = '\0';
    for (size_t i = 0; i < copy.n_nics; i++) copy.nics[i].mac[0] = '\0';
    sim_config *twin = sim_config_pack(&copy, NULL, NULL);
    vjob_vm_config_clear(&copy);
    return twin;
}

int sim_config_needs_stop(const sim_config *a, const sim_config *b)
{
    return a->cpus != b->cpus || a->memory_mb != b->memory_mb || strcmp(a->os, b->os) != 0;
}

/* ---- defaults ---- */

static const struct {
    const char *os;
    uint32_t memory_mb, video_mb;
} os_defaults[] = {
    {"winxp", 512, 16},   {"win2003", 1024, 16}, {"win7", 2048, 64},    {"win10", 4096, 128},
    {"win11", 8192, 128}, {"linux", 1024, 16},   {"macosx", 4096, 128},
};

void sim_config_defaults(const char *os, vjob_vm_config *out)
{
    *out = (vjob_vm_config){.cpus = 1, .memory_mb = 512, .video_mb = 16};
    sim_put(out->os, sizeof out->os, os && os[0] ? os : "other");
    for (size_t i = 0; i < sizeof os_defaults / sizeof *os_defaults; i++) {
        if (strcmp(os_defaults[i].os, out->os) != 0) continue;
        out->memory_mb = os_defaults[i].memory_mb;
        out->video_mb = os_defaults[i].video_mb;
    }
}

vjob_err vjob_vm_config_default(const char *os, vjob_vm_config *out_config)
{
    if (!out_config) return vjob_fail(VJOB_EINVAL, NULL, NULL, "out_config is missing");
    sim_config_defaults(os, out_config);
    out_config->disks = calloc(1, sizeof *out_config->disks);
    out_config->nics = calloc(1, sizeof *out_config->nics);
    if (!out_config->disks || !out_config->nics) {
        vjob_vm_config_clear(out_config);
        return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a configuration");
    }
    out_config->n_disks = out_config->n_nics = 1;
    out_config->disks[0] = (vjob_disk){.size_mb = 8192, .bus = "ide"};
    out_config->nics[0] = (vjob_nic){.network = "default", .model = "e1000"};
    return VJOB_OK;
}

/* ---- checking ---- */

static vjob_err bad(sim_why *why, const char *object, const char *text)
{
    return sim_say(why, VJOB_EINVAL, object, "%s", text);
}

static int line_fits(const char *text, size_t min, size_t max)
{
    size_t size = strlen(text);
    return size >= min && size <= max && sim_text_printable(text);
}

static vjob_err check_devices(const vjob_vm_config *c, sim_why *why)
{
    if (c->n_disks > SIM_DEVICES_MAX || c->n_nics > SIM_DEVICES_MAX)
        return bad(why, c->name, "a VM has at most 64 disks and 64 network adapters");
    for (size_t i = 0; i < c->n_disks; i++) {
        if (c->disks[i].size_mb < 1 || c->disks[i].size_mb > SIM_DISK_MAX)
            return bad(why, c->name, "the size of a disk must be 1..1073741824 MB");
        if (!sim_text_printable(c->disks[i].image) || !sim_text_printable(c->disks[i].bus))
            return bad(why, c->name, "a disk's image and bus must be UTF-8 without control characters");
    }
    for (size_t i = 0; i < c->n_nics; i++) {
        if (c->nics[i].mac[0] && !sim_mac_valid(c->nics[i].mac))
            return bad(why, c->name, "a MAC address must look like 00:1c:42:12:34:56");
        if (!sim_text_printable(c->nics[i].network) || !sim_text_printable(c->nics[i].model))
            return bad(why, c->name,
                       "an adapter's network and model must be UTF-8 without control characters");
    }
    return VJOB_OK;
}

vjob_err sim_config_check(const vjob_vm_config *c, sim_why *why)
{
    char uuid[SIM_UUID_SIZE];
    if (!line_fits(c->name, 1, SIM_NAME_MAX))
        return bad(why, NULL, "the name of a VM must have 1..240 bytes of UTF-8 without control characters");
    if (c->uuid[0] && !sim_uuid_read(uuid, c->uuid))
        return bad(why, c->name, "the uuid must look like 12345678-9abc-def0-1234-56789abcdef0");
    if (!line_fits(c->path, 0, SIM_PATH_MAX))
        return bad(why, c->name,
                   "the path of a VM must have at most 500 bytes of UTF-8 without control characters");
    if (!sim_text_printable(c->os)) return bad(why, c->name, "os must be UTF-8 without control characters");
    if (c->description && !sim_text_valid(c->description))
        return bad(why, c->name, "the description must be UTF-8");
    if (c->cpus < 1) return bad(why, c->name, "a VM must have at least one cpu");
    if (c->memory_mb < 1 || c->memory_mb > SIM_VM_MEMORY_MAX)
        return bad(why, c->name, "memory_mb must be 1..16777216");
    if ((c->n_disks && !c->disks) || (c->n_nics && !c->nics))
        return bad(why, c->name, "the array of disks or network adapters is missing");
    return check_devices(c, why);
}
