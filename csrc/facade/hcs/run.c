/* Programs in guests: their pipes, their beginning and their end. */
#include <stdlib.h>
#include <string.h>

#include "hcs_process.h"
#include "win32.h"

/* ---- life ------------------------------------------------------------------------------------------------ */

static void unlink_run(hcs_run *run)
{
    vjob_obj_lock(&hcs_root.obj);
    if (run->link) {
        *run->link = run->next;
        if (run->next) run->next->link = run->link;
        run->link = NULL;
    }
    vjob_obj_unlock(&hcs_root.obj);
}

static void close_fd(int fd)
{
    if (fd >= 0) vjob_fd_close(fd);
}

static void destroy(vjob_obj *obj)
{
    hcs_run *run = (hcs_run *)obj;
    unlink_run(run);
    close_fd(run->input_fd);
    for (int i = 0; i < 2; i++) {
        close_fd(run->out[i].fd);
        free(run->out[i].text);
    }
    for (int i = 0; i < 3; i++) close_fd(run->client_fds[i]);
    hcs_call_release(run->creating);
    if (run->job) vjob_obj_release(&run->job->obj);
    if (run->exit) vjob_obj_release(&run->exit->obj);
    hcs_machine_release(run->machine);
}

static const vjob_class run_class = {"program", VJOB_SPACE_HCS, HCS_TYPE_PROCESS, destroy, NULL};

void hcs_run_release(hcs_run *run)
{
    if (run) vjob_obj_release(&run->obj);
}

/* 0: no descriptors. */
static int make_pipe(hcs_run *run, int which, int *guests_end)
{
    int pair[2];
    if (vjob_socket_pair(pair)) return 0;
    vjob_socket_end(pair[0], which == 0 ? 0 : 1); /* one direction only */
    run->client_fds[which] = pair[0];
    *guests_end = pair[1];
    return 1;
}

static int wants(const json_t *parameters, const char *key)
{
    return json_is_true(hcs_at(parameters, key));
}

hcs_run *hcs_run_new(hcs_machine *machine, const json_t *parameters)
{
    hcs_run *run = (hcs_run *)vjob_obj_new(&run_class, sizeof *run);
    if (!run) return NULL;
    run->machine = machine;
    vjob_obj_retain(&machine->obj);
    run->input_fd = run->out[0].fd = run->out[1].fd = -1;
    for (int i = 0; i < 3; i++) run->client_fds[i] = -1;
    for (int i = 0; i < 2; i++) vjob_flag_init(&run->out[i].flag, 1, 0);
    run->merges = wants(parameters, "EmulateConsole");
    run->exit = vjob_job_new(&hcs_exit_kind, sizeof *run->exit, "exit");
    int fine = run->exit != NULL;
    if (fine && wants(parameters, "CreateStdInPipe")) fine = make_pipe(run, 0, &run->input_fd);
    if (fine && wants(parameters, "CreateStdOutPipe")) fine = make_pipe(run, 1, &run->out[0].fd);
    if (fine && wants(parameters, "CreateStdErrPipe") && !run->merges)
        fine = make_pipe(run, 2, &run->out[1].fd);
    if (fine) return run;
    vjob_obj_release(&run->obj);
    return NULL;
}

/* ---- the client's ends -------------------------------------------------------------------------------------- */

void hcs_run_give_pipes(hcs_run *run, HANDLE out[3])
{
    for (int i = 0; i < 3; i++) {
        vjob_obj_lock(&run->obj);
        const int fd = run->client_fds[i];
        run->client_fds[i] = -1;
        out[i] = run->pipes[i];
        vjob_obj_unlock(&run->obj);
        if (fd < 0) continue;
        out[i] = win32_pipe_new(fd);
        if (!out[i]) vjob_fd_close(fd);
        vjob_obj_lock(&run->obj);
        run->pipes[i] = out[i];
        vjob_obj_unlock(&run->obj);
    }
}

void hcs_run_drop_pipes(hcs_run *run)
{
    for (int i = 0; i < 3; i++) {
        vjob_obj_lock(&run->obj);
        const int fd = run->client_fds[i];
        run->client_fds[i] = -1;
        vjob_obj_unlock(&run->obj);
        close_fd(fd);
    }
}

void hcs_run_close_pipe(hcs_run *run, const char *which)
{
    const int all = strcmp(which, "All") == 0;
    if ((all || strcmp(which, "StdIn") == 0) && run->input_fd >= 0) vjob_socket_end(run->input_fd, 0);
    if ((all || strcmp(which, "StdOut") == 0) && run->out[0].fd >= 0) vjob_socket_end(run->out[0].fd, 1);
    if ((all || strcmp(which, "StdErr") == 0) && run->out[1].fd >= 0) vjob_socket_end(run->out[1].fd, 1);
}

/* ---- workers ---------------------------------------------------------------------------------------------------- */

typedef struct worker {
    vjob_job job;
    hcs_run *run; /* kept */
    hcs_stream *stream;
} worker;

static void worker_destroy(vjob_obj *obj)
{
    hcs_run_release(((worker *)obj)->run);
}

static const vjob_job_kind worker_kind = {
    .cls = {"pipe worker", VJOB_SPACE_HCS, HCS_TYPE_CALL, worker_destroy, NULL}};

static int start_worker(hcs_run *run, hcs_stream *stream, vjob_err (*body)(vjob_job *job, void *data))
{
    worker *made = (worker *)vjob_job_new(&worker_kind, sizeof *made, "pipe");
    if (!made) return 0;
    made->run = run;
    vjob_obj_retain(&run->obj);
    made->stream = stream;
    const vjob_err err = vjob_job_run(&made->job, body, made);
    vjob_obj_release(&made->job.obj);
    return !err;
}

/* From the client to the program, until one of them has had enough. */
static vjob_err feed(vjob_job *job, void *data)
{
    hcs_run *run = ((worker *)data)->run;
    char part[4096];
    size_t size = 1;
    (void)job;
    while (size) {
        if (vjob_fd_read(run->input_fd, part, sizeof part, &size)) size = 0;
        if (vjob_guest_feed(run->job, part, size)) break;
    }
    return VJOB_OK;
}

/* 0: there is nothing more to come. */
static int take(hcs_run *run, hcs_stream *stream, char **text, size_t *size)
{
    vjob_obj_lock(&run->obj);
    *text = stream->text;
    *size = stream->size;
    const int goes_on = stream->size || !stream->over;
    stream->text = NULL;
    stream->size = 0;
    vjob_obj_unlock(&run->obj);
    return goes_on;
}

/* From the program to the client. */
static vjob_err carry(vjob_job *job, void *data)
{
    const worker *me = data;
    vjob_flag *flag = &me->stream->flag;
    char *text;
    size_t size, index;
    int open = 1;
    (void)job;
    while (take(me->run, me->stream, &text, &size)) {
        if (size && open) open = vjob_fd_write(me->stream->fd, text, size) == VJOB_OK;
        free(text);
        if (!size && vjob_flags_wait(VJOB_SPACE_HCS, &flag, 1, 0, VJOB_FOREVER, &index)) break;
    }
    vjob_socket_end(me->stream->fd, 1); /* who reads there comes to the end */
    return VJOB_OK;
}

/* ---- what the program does: world ------------------------------------------------------------------------------------ */

static void wrote(void *data, int to, const char *text, size_t size)
{
    hcs_run *run = data;
    hcs_stream *stream = &run->out[to == 2 && !run->merges];
    if (stream->fd < 0) return;
    vjob_obj_lock(&run->obj);
    char *longer = realloc(stream->text, stream->size + size);
    if (longer) {
        memcpy(longer + stream->size, text, size);
        stream->text = longer;
        stream->size += size;
    }
    vjob_obj_unlock(&run->obj);
    vjob_flag_set(&stream->flag);
}

static hcs_call *take_creating(hcs_run *run)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *call = run->creating;
    run->creating = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    return call;
}

static void began(void *data, uint64_t pid)
{
    hcs_run *run = data;
    vjob_obj_lock(&hcs_root.obj);
    run->pid = (uint32_t)pid;
    vjob_obj_unlock(&hcs_root.obj);
    hcs_call *call = take_creating(run);
    if (!call) return;
    call->info.pid = (uint32_t)pid;
    vjob_job_end_world(&call->job, VJOB_OK);
    hcs_call_release(call);
}

static void tell_exit(hcs_run *run)
{
    hcs_sink *at = NULL;
    char *status = hcs_run_status(run);
    while ((at = hcs_sinks_next(&run->sinks, at))) hcs_sink_exit(at, HcsEventProcessExited, status);
    free(status);
}

static void ended(vjob_job *job, vjob_err err, hcs_run *run)
{
    const vjob_op_result *found = vjob_op_get_result(job);
    hcs_call *call = take_creating(run);
    vjob_obj_lock(&hcs_root.obj);
    run->exited = 1;
    run->exit_code = err || !found ? 1 : (uint32_t)found->exit_code;
    vjob_obj_unlock(&hcs_root.obj);
    if (call) { /* it never began */
        if (found && found->text && !call->message) call->message = strdup(found->text);
        vjob_job_end_world(&call->job, err ? err : VJOB_EFAILED);
        hcs_call_release(call);
    }
    for (int i = 0; i < 2; i++) {
        vjob_obj_lock(&run->obj);
        run->out[i].over = 1;
        vjob_obj_unlock(&run->obj);
        vjob_flag_set(&run->out[i].flag);
    }
    if (run->input_fd >= 0) vjob_socket_end(run->input_fd, 0);
    unlink_run(run);
    vjob_job_end_world(run->exit, VJOB_OK);
    tell_exit(run);
}

typedef struct program_job {
    vjob_job job;
    hcs_run *run; /* kept until it has ended */
} program_job;

static void program_ended(vjob_job *job)
{
    hcs_run *run = ((program_job *)job)->run;
    ended(job, vjob_job_get_err(job), run);
    hcs_run_release(run);
}

static const vjob_job_kind program_kind = {.cls = {"program", VJOB_SPACE_HCS, HCS_TYPE_CALL, NULL, NULL},
                                           .ended = program_ended};

/* ---- start -------------------------------------------------------------------------------------------------------------- */

/* Words of a command line as Windows takes it apart. The array and its texts are one block. */
static const char **split(const char *line)
{
    const size_t size = strlen(line);
    const char **words = malloc((size / 2 + 2) * sizeof *words + size * 2 + 2);
    if (!words) return NULL;
    char *out = (char *)(words + size / 2 + 2);
    size_t n = 0;
    while (*line) {
        while (*line == ' ' || *line == '\t') line++;
        if (!*line) break;
        words[n++] = out;
        for (int quoted = 0; *line && (quoted || (*line != ' ' && *line != '\t')); line++) {
            if (line[0] == '\\' && line[1] == '"')
                *out++ = *++line;
            else if (*line == '"')
                quoted = !quoted;
            else
                *out++ = *line;
        }
        *out++ = '\0';
    }
    words[n] = NULL;
    return words;
}

static const char *base_name(const char *path)
{
    for (const char *p = path; *p; p++)
        if (*p == '/' || *p == '\\') path = p + 1;
    return path;
}

/* "cmd /c a b" is one text for the shell: the rest of the line as it stands. NULL: it is no such line. */
static const char *after_cmd(const char *line, const char *const *words)
{
    if (!words[0] || !words[1]) return NULL;
    const char *name = base_name(words[0]);
    if (strcasecmp(name, "cmd") != 0 && strcasecmp(name, "cmd.exe") != 0) return NULL;
    if (strcasecmp(words[1], "/c") != 0) return NULL;
    const char *at = line;
    while (*at && strncasecmp(at, "/c", 2) != 0) at++;
    return *at ? at + 2 : NULL;
}

/* There a shell takes a command line apart. */
static int is_linux(const hcs_run *run)
{
    vjob_vm_info info;
    vjob_vm_look(run->machine->vm, &info);
    return strncmp(info.os, "win", 3) != 0;
}

/* NULL at the end; the texts are the document's. */
static const char **words_of(const json_t *list)
{
    const size_t n = json_array_size(list);
    const char **words = calloc(n + 1, sizeof *words);
    for (size_t i = 0; words && i < n; i++) words[i] = json_string_value(json_array_get(list, i));
    return words;
}

/* "NAME=value", NULL at the end; one block each. */
static char **environment_of(const json_t *map)
{
    const char *name;
    json_t *value;
    size_t n = 0;
    char **made = calloc(json_object_size(map) + 1, sizeof *made);
    if (!made) return NULL;
    json_object_foreach((json_t *)map, name, value)
    {
        const char *text = json_string_value(value);
        made[n] = malloc(strlen(name) + strlen(text) + 2);
        if (made[n]) strcat(strcat(strcpy(made[n++], name), "="), text);
    }
    return made;
}

static vjob_err run_program(hcs_run *run, const json_t *p, const char **words, const char *shell_text)
{
    const char *const shell[] = {"-c", shell_text, NULL};
    char **environment = environment_of(hcs_at(p, "Environment"));
    const char *user = hcs_text_at(p, "User");
    const vjob_guest_program program = {.path = shell_text ? "sh" : words[0],
                                        .args = shell_text ? shell : words + 1,
                                        .env = (const char *const *)environment,
                                        .cwd = hcs_text_at(p, "WorkingDirectory"),
                                        .user = *user ? user : NULL,
                                        .streams = &run->streams};
    vjob_err err = environment ? vjob_guest_run(run->machine->vm, &program, run->job) : VJOB_ENOMEM;
    for (char **at = environment; at && *at; at++) free(*at);
    free(environment);
    return err;
}

static vjob_err start(hcs_run *run, const json_t *p)
{
    const char *line = hcs_text_at(p, "CommandLine"), *application = hcs_text_at(p, "ApplicationName");
    const char **words;
    const json_t *args = hcs_at(p, "CommandArgs");
    if (json_array_size(args))
        words = words_of(args);
    else
        words = split(*line ? line : application);
    if (!words) return VJOB_ENOMEM;
    const char *shell_text = NULL;
    if (*line && !json_array_size(args)) shell_text = is_linux(run) ? line : after_cmd(line, words);
    const vjob_err err = words[0] && *words[0] ? run_program(run, p, words, shell_text) : VJOB_EINVAL;
    free(words);
    return err;
}

static int start_workers(hcs_run *run)
{
    if (run->input_fd >= 0 && !start_worker(run, NULL, feed)) return 0;
    for (int i = 0; i < 2; i++)
        if (run->out[i].fd >= 0 && !start_worker(run, &run->out[i], carry)) return 0;
    return 1;
}

void hcs_run_start(hcs_run *run, const json_t *parameters, hcs_call *call)
{
    program_job *job = (program_job *)vjob_job_new(&program_kind, sizeof *job, "program");
    if (!job) {
        hcs_call_fail(call, E_OUTOFMEMORY, "no memory for a process");
        return;
    }
    run->streams =
        (vjob_guest_streams){.began = began, .wrote = wrote, .data = run, .is_fed = run->input_fd >= 0};
    run->job = &job->job;
    job->run = run;
    vjob_obj_retain(&run->obj);
    vjob_obj_retain(&call->job.obj);
    vjob_obj_lock(&hcs_root.obj);
    run->creating = call;
    run->next = run->machine->runs;
    run->link = &run->machine->runs;
    if (run->next) run->next->link = &run->next;
    run->machine->runs = run;
    vjob_obj_unlock(&hcs_root.obj);
    const vjob_err err = start_workers(run) ? start(run, parameters) : VJOB_ETHREAD;
    if (err) vjob_job_end(run->job, err);
}

/* ---- looking ------------------------------------------------------------------------------------------------------------ */

int hcs_run_has_exited(hcs_run *run)
{
    vjob_obj_lock(&hcs_root.obj);
    const int exited = run->exited;
    vjob_obj_unlock(&hcs_root.obj);
    return exited;
}

char *hcs_run_status(hcs_run *run)
{
    vjob_obj_lock(&hcs_root.obj);
    const uint32_t pid = run->pid, code = run->exit_code;
    const int exited = run->exited;
    vjob_obj_unlock(&hcs_root.obj);
    return hcs_dump(json_pack("{s:I, s:b, s:I, s:i}", "ProcessId", (json_int_t)pid, "Exited", exited,
                              "ExitCode", (json_int_t)code, "LastWaitResult", 0));
}
