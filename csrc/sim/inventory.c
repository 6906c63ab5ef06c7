/* inventory.c - inventories from files and texts, and the built-in one. */
#include "inventory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A VM that is off, one that is running with its tools up, one with a past. */
const char sim_builtin_inventory[] =
    "{\"hosts\": [{\"name\": \"localhost\", \"cpus\": 16, \"memory_mb\": 65536,"
    "  \"networks\": [{\"name\": \"default\", \"address\": \"192.168.122.1\", \"netmask\": \"255.255.255.0\","
    "     \"dhcp_first\": \"192.168.122.2\", \"dhcp_last\": \"192.168.122.254\"}],"
    "  \"vms\": ["
    "    {\"name\": \"WindowsXP\", \"os\": \"winxp\", \"memory_mb\": 512,"
    "     \"path\": \"[standard] WindowsXP/WindowsXP.vmx\", \"disks\": [{\"size_mb\": 8192}]},"
    "    {\"name\": \"debian\", \"os\": \"linux\", \"cpus\": 2, \"memory_mb\": 1024, \"state\": \"running\","
    "     \"disks\": [{\"size_mb\": 16384, \"bus\": \"virtio\"}],"
    "     \"guest\": {\"files\": {\"/etc/hostname\": \"debian\\n\"}, \"env\": {\"HOME\": \"/root\"}}},"
    "    {\"name\": \"fedora\", \"os\": \"linux\", \"memory_mb\": 2048, \"disks\": [{\"size_mb\": 20480}],"
    "     \"guest\": {\"files\": {\"/etc/hostname\": \"fedora\\n\"}},"
    "     \"snapshots\": [{\"name\": \"installed\", \"description\": \"Fresh from the installer\", "
    "\"children\": ["
    "       {\"name\": \"updated\", \"current\": true, \"children\": []},"
    "       {\"name\": \"experiment\"}]}]}]}]}";

/* ---- documents ---- */

vjob_err sim_document_read(sim_document *document, const char *text, size_t size, const char *origin,
                           sim_why *why)
{
    *document = (sim_document){.origin = origin};
    if (size > SIM_INVENTORY_MAX)
        return sim_say(why, VJOB_EPARSE, origin, "%.100s: is larger than 64 MB", origin);
    json_error_t error;
    document->json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!document->json) {
        if (json_error_code(&error) == json_error_out_of_memory) return VJOB_ENOMEM;
        return sim_say(why, VJOB_EPARSE, origin, "%.60s: line %d, column %d: %.120s", origin, error.line,
                       error.column, error.text);
    }
    vjob_err err = sim_decode(document->json, origin, &document->arena, &document->spec, why);
    if (err) sim_document_free(document);
    return err;
}

void sim_document_free(sim_document *document)
{
    json_decref(document->json);
    sim_arena_free(&document->arena);
    *document = (sim_document){0};
}

vjob_err sim_inventory_read(const char *text, size_t size, const char *origin, sim_world **out_world,
                            sim_why *why)
{
    sim_document document;
    *out_world = NULL;
    vjob_err err = sim_document_read(&document, text, size, origin, why);
    if (err) return err;
    sim_world *world = sim_world_new();
    err = world ? sim_build(world, &document, 0, why) : VJOB_ENOMEM;
    sim_document_free(&document);
    if (err)
        sim_world_free(world);
    else
        *out_world = world;
    return err;
}

/* ---- files ---- */

static vjob_err read_all(FILE *file, const char *path, sim_buffer *out, sim_why *why)
{
    char part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof part, file)) > 0 && out->size <= SIM_INVENTORY_MAX && !out->failed)
        sim_buffer_add(out, part, n);
    if (ferror(file)) return sim_say(why, VJOB_EIO, path, "%.120s: %s", path, strerror(errno));
    if (out->failed) return sim_say(why, VJOB_ENOMEM, path, "%.120s: no memory to read it", path);
    return VJOB_OK;
}

vjob_err sim_inventory_read_file(const char *path, sim_world **out_world, sim_why *why)
{
    *out_world = NULL;
    FILE *file = fopen(path, "rbe");
    if (!file) return sim_say(why, VJOB_EIO, path, "%.120s: %s", path, strerror(errno));
    sim_buffer text = {0};
    vjob_err err = read_all(file, path, &text, why);
    fclose(file);
    if (!err) err = sim_inventory_read(text.data ? text.data : "", text.size, path, out_world, why);
    sim_buffer_free(&text);
    return err;
}
