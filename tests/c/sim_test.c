/* sim_test.c - see sim_test.h. */
#include "sim_test.h"

char st_text[256], st_out[8192];
int st_exit;

static char changes[65536];
static size_t changes_used;
static int with_progress;
static vjob_observer *observer;
static vjob_host *host;
static struct {
    char name[64];
    vjob_vm *vm;
} known[64];

/* ---- worlds ---- */

static const char *detail(const vjob_change_info *info)
{
    static char number[16], network[160];
    static const char *const networks[] = {"?", "defined", "started", "stopped", "undefined", "autostart"};
    static const char *const tools[] = {"none", "stopped", "running"};
    vjob_vm_info look;
    switch (info->change) {
    case VJOB_CHANGE_STATE: return vjob_vm_state_name(info->state);
    case VJOB_CHANGE_PROGRESS: snprintf(number, sizeof number, "%u", info->progress); return number;
    case VJOB_CHANGE_TOOLS: vjob_vm_look(info->vm, &look); return tools[look.tools];
    case VJOB_CHANGE_NETWORK:
        snprintf(network, sizeof network, "%s-%s", info->text, networks[info->network_change]);
        return network;
    default: return "";
    }
}

/* world */
static void record(const vjob_change_info *info, void *data)
{
    (void)data;
    vjob_vm_info look = {0};
    if (info->change == VJOB_CHANGE_PROGRESS && !with_progress) return;
    if (info->vm) vjob_vm_look(info->vm, &look);
    const char *text = detail(info);
    int n = snprintf(changes + changes_used, sizeof changes - changes_used, "%s%s:%s%s%s",
                     changes_used ? " " : "", look.name, vjob_change_name(info->change), text[0] ? ":" : "",
                     text);
    if (changes_used + (size_t)n < sizeof changes) changes_used += (size_t)n;
}

void st_begin(const char *json)
{
    unsetenv("VJOB_INVENTORY");
    OK(vjob_sim_reset());
    if (json) OK(vjob_sim_load_json(json, strlen(json)));
    OK(vjob_sim_set_clock("auto"));
    OK(vjob_init());
    OK(vjob_observer_add(NULL, record, NULL, &observer));
    OK(vjob_host_find(NULL, &host));
    st_clear_changes();
    with_progress = 0;
}

int st_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        vjob_vm_release(known[i].vm);
        known[i].vm = NULL;
    }
    vjob_observer_remove(observer);
    vjob_host_release(host);
    observer = NULL;
    host = NULL;
    return ct_end(state) || vjob_sim_reset() != VJOB_OK;
}

vjob_host *st_host(void)
{
    return host;
}

vjob_vm *st_vm(const char *name)
{
    size_t i = 0;
    while (known[i].vm && strcmp(known[i].name, name) != 0) i++;
    CHECK(i < COUNT(known));
    if (!known[i].vm) {
        OK(vjob_vm_by_name(host, name, &known[i].vm));
        snprintf(known[i].name, sizeof known[i].name, "%s", name);
    }
    return known[i].vm;
}

vjob_vm_state st_state(const char *name)
{
    return vjob_vm_get_state(st_vm(name));
}

/* ---- operations ---- */

static const vjob_job_kind kind = {.cls = {.name = "test job", .space = VJOB_SPACE_NATIVE, .type = 77}};

vjob_job *st_job(void)
{
    vjob_job *job = vjob_job_new(&kind, sizeof *job, "test");
    CHECK(job != NULL);
    return job;
}

vjob_job *st_start(const vjob_op_request *request)
{
    vjob_job *job = st_job();
    OK(vjob_op_start(request, job));
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    return job;
}

vjob_err st_wait(vjob_job *job)
{
    OK(vjob_job_wait(job, VJOB_FOREVER));
    const vjob_op_result *result = vjob_op_get_result(job);
    CHECK(result != NULL);
    snprintf(st_text, sizeof st_text, "%s", result->text);
    return vjob_job_get_err(job);
}

void st_done(vjob_job *job)
{
    vjob_obj_release(&job->obj);
}

vjob_err st_do(const vjob_op_request *request)
{
    vjob_job *job = st_start(request);
    vjob_err err = st_wait(job);
    st_done(job);
    return err;
}

vjob_err st_op(vjob_op op, const char *vm)
{
    return st_do(&(vjob_op_request){.op = op, .vm = st_vm(vm)});
}

vjob_err st_run(const char *vm, const char *script)
{
    const char *args[] = {"-c", script, NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(st_vm(vm), &(vjob_guest_program){.path = "/bin/sh", .args = args}, job));
    vjob_err err = st_wait(job);
    const vjob_op_result *result = vjob_op_get_result(job);
    snprintf(st_out, sizeof st_out, "%s", result->out ? result->out : "");
    st_exit = result->exit_code;
    st_done(job);
    return err;
}

void st_sleep(uint64_t ns)
{
    OK(vjob_sleep(ns));
}

const char *st_snapshot(const char *vm, const char *name)
{
    static char uuids[4][40];
    static unsigned turn;
    char *found = NULL;
    size_t n;
    vjob_snapshot_info *infos;
    OK(vjob_vm_snapshots(st_vm(vm), &infos, &n));
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].name, name) == 0) found = strcpy(uuids[turn++ % 4], infos[i].uuid);
    vjob_sim_free(infos);
    CHECK(found != NULL);
    return found;
}

/* ---- changes ---- */

const char *st_changes(void)
{
    changes[changes_used] = '\0';
    return changes;
}

void st_clear_changes(void)
{
    changes_used = 0;
    changes[0] = '\0';
}

void st_record_progress(int on)
{
    with_progress = on;
}

void st_same(const char *got, const char *expected, const char *file, int line)
{
    if (strcmp(got, expected) != 0) {
        fprintf(stderr, "got:      %s\nexpected: %s\n", got, expected);
        ct_check(0, "the texts are the same", file, line);
    }
    if (got == changes) st_clear_changes();
}

void st_has(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part)) return;
    fprintf(stderr, "text: %s\nhas not: %s\n", text, part);
    ct_check(0, "the text has this part", file, line);
}
