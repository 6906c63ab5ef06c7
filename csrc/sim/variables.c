/* variables.c - what host and guest tell each other, keys of the vmx file, environment of programs. */
#include "variables.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define NAME_MOST 255u
#define VALUE_MOST (1u << 20)
#define COUNT_MOST 10000u

typedef struct variable {
    struct variable *next; /* in the order of writing */
    vjob_variable kind;
    char *value;
    char name[];
} variable;

struct sim_variables {
    uint32_t refs; /* atomic */
    size_t count;
    variable *first;
};

/* ---- written values ---- */

static void free_list(variable *at)
{
    while (at) {
        variable *next = at->next;
        free(at->value);
        free(at);
        at = next;
    }
}

sim_variables *sim_variables_retain(sim_variables *variables)
{
    if (variables) __atomic_fetch_add(&variables->refs, 1, __ATOMIC_RELAXED);
    return variables;
}

void sim_variables_release(sim_variables *variables)
{
    if (!variables || __atomic_fetch_sub(&variables->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    free_list(variables->first);
    free(variables);
}

static variable *variable_new(vjob_variable kind, const char *name, const char *value)
{
    size_t size = strlen(name) + 1;
    variable *made = malloc(sizeof *made + size);
    if (!made) return NULL;
    *made = (variable){.kind = kind, .value = strdup(value)};
    memcpy(made->name, name, size);
    if (made->value) return made;
    free(made);
    return NULL;
}

/* A copy of those whose kind is in `kinds`, to be written to. NULL: out of memory */
static sim_variables *copy(const sim_variables *from, unsigned kinds)
{
    sim_variables *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->refs = 1;
    variable **end = &made->first;
    for (const variable *at = from ? from->first : NULL; at; at = at->next) {
        if (!(kinds >> at->kind & 1)) continue;
        *end = variable_new(at->kind, at->name, at->value);
        if (!*end) {
            sim_variables_release(made);
            return NULL;
        }
        end = &(*end)->next;
        made->count++;
    }
    return made;
}

void sim_variables_drop(vjob_vm *vm, unsigned kinds)
{
    sim_variables *old = vm->variables;
    if (!old) return;
    if (__atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) > 1 ||
        (kinds & SIM_VARIABLES_ALL) == SIM_VARIABLES_ALL) {
        /* Without memory for the rest all go: a machine that is switched off forgets in any case. */
        vm->variables = (kinds & SIM_VARIABLES_ALL) == SIM_VARIABLES_ALL ? NULL : copy(old, ~kinds);
        sim_variables_release(old);
        return;
    }
    for (variable **at = &old->first; *at;) {
        variable *one = *at;
        if (!(kinds >> one->kind & 1)) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        one->next = NULL;
        free_list(one);
        old->count--;
    }
}

static int same_name(const vjob_vm *vm, vjob_variable kind, const char *a, const char *b)
{
    int any_case =
        kind == VJOB_VARIABLE_CONFIG || (kind == VJOB_VARIABLE_ENV && sim_os_is_windows(vm->config->os));
    return any_case ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static variable *written(const vjob_vm *vm, const sim_variables *in, vjob_variable kind, const char *name)
{
    variable *at = in ? in->first : NULL;
    while (at && !(at->kind == kind && same_name(vm, kind, at->name, name))) at = at->next;
    return at;
}

static vjob_err put(vjob_vm *vm, vjob_variable kind, const char *name, const char *value)
{
    int shared = !vm->variables || __atomic_load_n(&vm->variables->refs, __ATOMIC_ACQUIRE) > 1;
    sim_variables *mine =
        shared ? copy(vm->variables, SIM_VARIABLES_ALL) : sim_variables_retain(vm->variables);
    variable *fresh = mine ? variable_new(kind, name, value) : NULL, *old = written(vm, mine, kind, name);
    vjob_err err = !fresh ? VJOB_ENOMEM : !old && mine->count >= COUNT_MOST ? VJOB_ELIMIT : VJOB_OK;
    if (err) {
        free_list(fresh);
        sim_variables_release(mine);
        return err;
    }
    if (old) {
        char *before = old->value;
        old->value = fresh->value;
        fresh->value = before;
        free_list(fresh);
    } else {
        variable **end = &mine->first;
        while (*end) end = &(*end)->next;
        *end = fresh;
        mine->count++;
    }
    sim_variables_release(vm->variables);
    vm->variables = mine;
    return VJOB_OK;
}

int sim_variables_env(const vjob_vm *vm, size_t i, const char **out_name, const char **out_value)
{
    const sim_guest *guest = sim_guest_of(vm);
    if (i < guest->n_env) {
        const variable *over = written(vm, vm->variables, VJOB_VARIABLE_ENV, guest->env[i].name);
        *out_name = guest->env[i].name;
        *out_value = over ? over->value : guest->env[i].value;
        return 1;
    }
    i -= guest->n_env;
    for (const variable *at = vm->variables ? vm->variables->first : NULL; at; at = at->next) {
        if (at->kind != VJOB_VARIABLE_ENV) continue;
        int known = 0;
        for (size_t k = 0; k < guest->n_env; k++)
            known |= same_name(vm, VJOB_VARIABLE_ENV, guest->env[k].name, at->name);
        if (known || i-- > 0) continue;
        *out_name = at->name;
        *out_value = at->value;
        return 1;
    }
    return 0;
}

/* ---- made values ---- */

void sim_guest_address(const vjob_vm *vm, char out[16])
{
    uint32_t number = sim_hash(7, vm->uuid);
    out[0] = '\0';
    if (vm->tools == VJOB_TOOLS_RUNNING)
        snprintf(out, 16, "192.168.%u.%u", 64 + number % 64, 2 + (number >> 8) % 250);
}

/* "56 4d .. .. .. .. .. ..-.. .. .." as vmx files spell a uuid. */
static void spell_uuid(char out[48], const char *uuid)
{
    size_t digits = 0, at = 0;
    for (; *uuid; uuid++) {
        if (*uuid == '-') continue;
        if (digits && digits % 2 == 0) out[at++] = digits == 16 ? '-' : ' ';
        out[at++] = *uuid;
        digits++;
    }
    out[at] = '\0';
}

/* The number and the rest of "ethernet12.address"; 0 if it does not begin so. */
static int numbered(const char *name, const char *word, unsigned *out_number, const char **out_rest)
{
    size_t size = strlen(word);
    char *end;
    if (strncasecmp(name, word, size) != 0 || !isdigit((unsigned char)name[size])) return 0;
    *out_number = (unsigned)strtoul(name + size, &end, 10);
    *out_rest = end;
    return *out_number < SIM_DEVICES_MAX;
}

static void nic_value(const vjob_vm *vm, unsigned number, const char *key, char *out, size_t cap)
{
    if (number >= vm->config->n_nics) return;
    const sim_nic *nic = &vm->config->nics[number];
    char mac[18];
    sim_mac_default(mac, vm->uuid, number);
    int made = !nic->mac[0];
    if (strcasecmp(key, ".present") == 0) snprintf(out, cap, "TRUE");
    if (strcasecmp(key, ".addressType") == 0) snprintf(out, cap, made ? "generated" : "static");
    if (strcasecmp(key, ".generatedAddress") == 0) snprintf(out, cap, "%s", made ? mac : "");
    if (strcasecmp(key, ".address") == 0) snprintf(out, cap, "%s", made ? "" : nic->mac);
    if (strcasecmp(key, ".virtualDev") == 0) snprintf(out, cap, "%s", nic->model);
    if (strcasecmp(key, ".networkName") == 0) snprintf(out, cap, "%s", nic->network);
}

/* Two disks on an IDE channel; unit 7 of a SCSI bus is the controller itself. */
static void disk_place(const sim_disk *disk, unsigned unit, char out[24])
{
    if (strcmp(disk->bus, "ide") == 0)
        snprintf(out, 24, "ide%u:%u", unit / 2, unit % 2);
    else
        snprintf(out, 24, "%s0:%u", strcmp(disk->bus, "sata") == 0 ? "sata" : "scsi",
                 unit < 7 ? unit : unit + 1);
}

static int bus_group(const sim_disk *disk)
{
    return strcmp(disk->bus, "ide") == 0 ? 0 : strcmp(disk->bus, "sata") == 0 ? 1 : 2;
}

static void disk_value(const vjob_vm *vm, const char *name, char *out, size_t cap)
{
    unsigned units[3] = {0};
    for (unsigned i = 0; i < vm->config->n_disks; i++) {
        const sim_disk *disk = &vm->config->disks[i];
        char place[24];
        disk_place(disk, units[bus_group(disk)]++, place);
        size_t size = strlen(place);
        if (strncasecmp(name, place, size) != 0) continue;
        if (strcasecmp(name + size, ".present") == 0) snprintf(out, cap, "TRUE");
        if (strcasecmp(name + size, ".deviceType") == 0) snprintf(out, cap, "disk");
        if (strcasecmp(name + size, ".fileName") != 0) continue;
        if (disk->image[0])
            snprintf(out, cap, "%s", disk->image);
        else
            sim_image_default(out, cap, vm->path, i);
    }
}

static void config_value(const vjob_vm *vm, const char *name, char *out, size_t cap)
{
    const sim_config *config = vm->config;
    unsigned number;
    const char *rest;
    if (strcasecmp(name, "displayName") == 0) snprintf(out, cap, "%s", vm->name);
    if (strcasecmp(name, "guestOS") == 0) snprintf(out, cap, "%s", config->os);
    if (strcasecmp(name, "numvcpus") == 0) snprintf(out, cap, "%u", config->cpus);
    if (strcasecmp(name, "memsize") == 0) snprintf(out, cap, "%u", config->memory_mb);
    if (strcasecmp(name, "svga.vramSize") == 0)
        snprintf(out, cap, "%llu", (unsigned long long)config->video_mb << 20);
    if (strcasecmp(name, "uuid.bios") == 0 || strcasecmp(name, "uuid.location") == 0)
        spell_uuid(out, vm->uuid);
    if (numbered(name, "ethernet", &number, &rest)) nic_value(vm, number, rest, out, cap);
    disk_value(vm, name, out, cap);
}

static char *value_of(const vjob_vm *vm, vjob_variable kind, const char *name)
{
    const sim_guest *guest = sim_guest_of(vm);
    const variable *over = written(vm, vm->variables, kind, name);
    if (over) return strdup(over->value);
    const sim_pair *pairs = kind == VJOB_VARIABLE_GUEST ? guest->variables
                            : kind == VJOB_VARIABLE_ENV ? guest->env
                                                        : NULL;
    size_t n = kind == VJOB_VARIABLE_GUEST ? guest->n_variables
               : kind == VJOB_VARIABLE_ENV ? guest->n_env
                                           : 0;
    for (size_t i = 0; i < n; i++)
        if (same_name(vm, kind, pairs[i].name, name)) return strdup(pairs[i].value);
    char text[SIM_PATH_MAX + 64] = "";
    if (kind == VJOB_VARIABLE_CONFIG && strcasecmp(name, "annotation") == 0)
        return strdup(vm->config->description ? vm->config->description : "");
    if (kind == VJOB_VARIABLE_CONFIG) config_value(vm, name, text, sizeof text);
    if (kind == VJOB_VARIABLE_GUEST && strcmp(name, "ip") == 0) sim_guest_address(vm, text);
    return strdup(text);
}

/* ---- the calls ---- */

static vjob_err check(const vjob_vm *vm, vjob_variable kind, const char *name)
{
    if (!vm || kind < VJOB_VARIABLE_GUEST || kind > VJOB_VARIABLE_ENV || !name)
        return vjob_fail(VJOB_EINVAL, NULL, NULL,
                         "vm, name or an argument beside it is missing, or there is no such kind");
    if (!name[0] || strlen(name) > NAME_MOST || !sim_text_printable(name) ||
        (kind == VJOB_VARIABLE_ENV && strchr(name, '=')))
        return vjob_fail(VJOB_EINVAL, NULL, NULL,
                         "the name of a variable has 1 to 255 bytes, and in an environment no =");
    return VJOB_OK;
}

vjob_err vjob_vm_get_variable(vjob_vm *vm, vjob_variable kind, const char *name, char **out_value)
{
    if (out_value) *out_value = NULL;
    vjob_err err = check(out_value ? vm : NULL, kind, name);
    if (err) return err;
    sim_why why = {0};
    int entered = sim_enter();
    err = sim_vm_check_here(vm, &why);
    if (!err && !(*out_value = value_of(vm, kind, name)))
        err = sim_say(&why, VJOB_ENOMEM, vm->name, "no memory for a variable of VM \"%s\"", vm->name);
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

vjob_err vjob_vm_set_variable(vjob_vm *vm, vjob_variable kind, const char *name, const char *value)
{
    vjob_err err = check(value ? vm : NULL, kind, name);
    if (err) return err;
    if (strlen(value) > VALUE_MOST || !sim_text_valid(value))
        return vjob_fail(VJOB_EINVAL, vm->uuid, NULL, "the value of a variable is UTF-8 of at most 1 MiB");
    sim_why why = {0};
    int entered = sim_enter();
    err = sim_vm_check_here(vm, &why);
    if (!err && (err = put(vm, kind, name, value)) != VJOB_OK)
        sim_say(&why, err, vm->name,
                err == VJOB_ELIMIT ? "VM \"%s\" has 10000 variables"
                                   : "no memory for a variable of VM \"%s\"",
                vm->name);
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}
