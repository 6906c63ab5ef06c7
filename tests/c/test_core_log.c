/* test_core_log.c - the event log: what a line is, and that two runs leave the same bytes (law 19). */
#include "core_test.h"

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a strict reader of one line ---- */

static const char *bad(const char *why, const char *at)
{
    print_error("%s at: %.60s\n", why, at);
    return NULL;
}

static int hex(const char *at, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)at[i])) return -1;
        *out = *out * 16 + (unsigned)(isdigit((unsigned char)at[i]) ? at[i] - '0' : (at[i] | 32) - 'a' + 10);
    }
    return 0;
}

/* Strict UTF-8 by its definition: decode, and see that nothing shorter would have done. */
static int utf8(const unsigned char *at, size_t *out_n)
{
    size_t n = *at < 0x80             ? 1
               : (*at & 0xe0) == 0xc0 ? 2
               : (*at & 0xf0) == 0xe0 ? 3
               : (*at & 0xf8) == 0xf0 ? 4
                                      : 0;
    uint32_t c = n == 1 ? *at : *at & (0x7f >> n);
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!n) return -1;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80) return -1;
        c = c << 6 | (at[i] & 0x3f);
    }
    *out_n = n;
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : 0;
}

/* A JSON string; its text, with escapes undone, goes to `out` (U+FFFD as '?'). */
static const char *string(const char *at, char *out)
{
    if (*at++ != '"') return bad("no string", at - 1);
    while (*at != '"') {
        size_t n = 1;
        unsigned code;
        if ((unsigned char)*at < 0x20) return bad("a bare control character", at);
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) {
            *out++ = at[1];
            n = 2;
        } else if (*at == '\\') {
            if (at[1] != 'u' || hex(at + 2, &code)) return bad("no such escape", at);
            *out++ = code == 0xfffd ? '?' : (char)code;
            n = 6;
        } else {
            if (utf8((const unsigned char *)at, &n)) return bad("no UTF-8", at);
            memcpy(out, at, n);
            out += n;
        }
        at += n;
    }
    *out = 0;
    return at + 1;
}

typedef struct row {
    unsigned long long t, n;
    char op[3000], obj[3000], state[3000];
    int progress;
} row;

static const char *number(const char *at, unsigned long long *out)
{
    char *end;
    if (!isdigit((unsigned char)*at)) return bad("no number", at);
    *out = strtoull(at, &end, 10);
    return end;
}

/* One line; NULL if it is not what log.c promises. */
static const char *parse(const char *at, row *r)
{
    memset(r, 0, sizeof *r);
    r->progress = -1;
    if (*at++ != '{') return bad("no object", at - 1);
    for (int first = 1; *at != '}'; first = 0) {
        char key[3000];
        if (!first && *at++ != ',') return bad("no comma", at - 1);
        if (!(at = string(at, key))) return NULL;
        if (*at++ != ':') return bad("no colon", at - 1);
        unsigned long long value = 0;
        char *text = !strcmp(key, "op")      ? r->op
                     : !strcmp(key, "obj")   ? r->obj
                     : !strcmp(key, "state") ? r->state
                                             : NULL;
        if (!(at = text ? string(at, text) : number(at, &value))) return NULL;
        if (!strcmp(key, "t"))
            r->t = value;
        else if (!strcmp(key, "n"))
            r->n = value;
        else if (!strcmp(key, "progress"))
            r->progress = (int)value;
        else if (!text)
            return bad("no such key", key);
    }
    if (at[1] != '\n') return bad("no end of line", at + 1);
    return at + 2;
}

/* ---- lines ---- */

static char path[300];

static int with_log(void **state)
{
    ct_none(state);
    snprintf(path, sizeof path, "%s", ct_temp("log"));
    OK(vjob__set_clock("auto"));
    OK(vjob__set_trace(path));
    OK(vjob_init());
    return 0;
}

static int without_log(void **state)
{
    int rc = ct_end(state);
    unlink(path);
    return rc;
}

#define LOGGED(test) cmocka_unit_test_setup_teardown(test, with_log, without_log)

static void write_line(const char *op, const char *obj, const char *state, int progress)
{
    vjob__world_lock();
    vjob__log(op, obj, state, progress);
    vjob__world_unlock();
}

static row rows[600];

static size_t read_rows(void)
{
    size_t n = 0;
    vjob__flush_trace();
    char *text = ct_read_file(path);
    for (const char *at = text; *at; n++) {
        CHECK(n < COUNT(rows));
        at = parse(at, &rows[n]);
        CHECK(at != NULL);
    }
    free(text);
    return n;
}

static void line_says_time_number_operation_object_state_progress(void **state)
{
    (void)state;
    uint64_t start = vjob_clock_now(), number = vjob__log_seq();
    write_line("start", "WindowsXP", "starting", 10);
    OK(vjob_sleep(S));
    write_line("stop", NULL, "", -1);
    write_line(NULL, NULL, NULL, 0);
    EQUAL(read_rows(), 3);
    EQUAL(rows[0].t, start);
    EQUAL(rows[0].n, number + 1);
    CHECK(!strcmp(rows[0].op, "start") && !strcmp(rows[0].obj, "WindowsXP") &&
          !strcmp(rows[0].state, "starting"));
    EQUAL(rows[0].progress, 10);
    EQUAL(rows[1].t, start + S);
    EQUAL(rows[1].n, number + 2);
    EQUAL(rows[1].progress, -1);
    CHECK(!rows[1].obj[0]);
    EQUAL(rows[2].progress, 0);
}

static void every_byte_in_a_name_leaves_a_valid_line(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char name[4] = {'a', (char)c, 'b', 0};
        write_line("op", name, name + 1, 50);
    }
    EQUAL(read_rows(), 255);
    for (int c = 1; c < 128; c++) {
        char name[4] = {'a', (char)c, 'b', 0};
        CHECK(!strcmp(rows[c - 1].obj, name)); /* and comes back as it was */
    }
    for (int c = 128; c < 256; c++) CHECK(!strcmp(rows[c - 1].obj, "a?b"));
}

static void utf8_stays_and_what_is_none_does_not(void **state)
{
    (void)state;
    static const char *const good[] = {"\xc3\xa4",     "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                       "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const broken[] = {"\xc3",
                                         "\xe2\x82",
                                         "\xc0\x80",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xf8\x88\x80\x80\x80",
                                         "\x80",
                                         "\xf0\x9f\x98",
                                         "\xe2\x28\xa1"};
    for (size_t i = 0; i < COUNT(good); i++) write_line("op", good[i], NULL, -1);
    for (size_t i = 0; i < COUNT(broken); i++) write_line("op", broken[i], NULL, -1);
    EQUAL(read_rows(), COUNT(good) + COUNT(broken));
    for (size_t i = 0; i < COUNT(good); i++) CHECK(!strcmp(rows[i].obj, good[i]));
    for (size_t i = 0; i < COUNT(broken); i++) CHECK(rows[COUNT(good) + i].obj[0] == '?');
}

static void endless_names_are_cut_and_the_line_stays_valid(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", "\"", "\x01", "\xc3\xa4", "\xf0\x9f\x98\x80", "\xff"};
    static char name[20001];
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t n = strlen(pieces[i]);
        for (size_t k = 0; k + n < sizeof name; k += n) memcpy(name + k, pieces[i], n);
        name[(sizeof name - 1) / n * n] = 0;
        write_line(name, name, name, 100);
        write_line(name, "short", name, -1);
    }
    EQUAL(read_rows(), 2 * COUNT(pieces));
    for (size_t i = 0; i < COUNT(pieces); i++) {
        EQUAL(rows[2 * i].progress, 100);
        CHECK(!strcmp(rows[2 * i + 1].obj, "short"));
        CHECK(strlen(rows[2 * i].obj) > 50);
    }
}

static void jobs_are_in_the_log_with_their_steps(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        int progress;
        uint64_t at;
    } expected[] = {
        {"running", 0, 0}, {"running", 25, 1}, {"running", 50, 2}, {"running", 75, 3}, {"done", 100, 4}};
    vjob_handle job;
    vjob_job_spec spec = {.operation = "copy", .object = "disk", .duration_ns = 4 * S, .progress_steps = 4};
    uint64_t start = vjob_clock_now();
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    EQUAL(read_rows(), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        CHECK(!strcmp(rows[i].op, "copy") && !strcmp(rows[i].obj, "disk") &&
              !strcmp(rows[i].state, expected[i].state));
        EQUAL(rows[i].progress, expected[i].progress);
        EQUAL(rows[i].t, start + expected[i].at * S);
        EQUAL(rows[i].n, rows[0].n + i);
    }
    OK(vjob_release(job));
}

static void log_is_private_and_replaces_what_was_there(void **state)
{
    (void)state;
    struct stat st;
    char link_path[400], target[400];
    write_line("old", NULL, NULL, -1);
    EQUAL(read_rows(), 1);
    EQUAL(stat(path, &st), 0);
    EQUAL(st.st_mode & 0777, 0600);
    OK(vjob__set_trace(path));
    EQUAL(read_rows(), 0);
    snprintf(target, sizeof target, "%s", ct_temp("target"));
    snprintf(link_path, sizeof link_path, "%s", ct_temp("link"));
    unlink(link_path);
    EQUAL(symlink(target, link_path), 0);
    FAILS(vjob__set_trace(link_path), VJOB_EIO); /* never through a link */
    unlink(link_path);
    FAILS(vjob__set_trace("/nowhere/at/all"), VJOB_EIO);
    CHECK(strstr(vjob_last_error()->text, "/nowhere/at/all") != NULL);
    write_line("new", NULL, NULL, -1); /* the one that was open still is */
    EQUAL(read_rows(), 1);
    OK(vjob__set_trace(NULL));
    write_line("off", NULL, NULL, -1);
    EQUAL(read_rows(), 1);
}

static void more_than_a_buffer_full_is_all_there(void **state)
{
    (void)state;
    char name[500];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    for (int i = 0; i < 500; i++) write_line("op", name, NULL, i % 100);
    EQUAL(read_rows(), 500);
    for (int i = 0; i < 500; i++) EQUAL(rows[i].progress, i % 100);
}

static void log_is_written_out_when_the_engine_is_idle(void **state)
{
    (void)state;
    struct stat st = {0};
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = S};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    while (stat(path, &st) == 0 && st.st_size == 0) {} /* nobody flushes but the scheduler */
    OK(vjob_release(job));
}

/* ---- two runs ---- */

static vjob_err a_body(vjob_handle job, void *data)
{
    OK(vjob_job_report(job, 30));
    OK(vjob_sleep((uint64_t)(uintptr_t)data * MS));
    return VJOB_OK;
}

/* All calls from one thread, outside callbacks: of all kinds that tell the log something. */
static int busy_program(void)
{
    uint64_t seed = 7;
    vjob_handle jobs[200];
    OK(vjob_init());
    for (size_t i = 0; i < COUNT(jobs); i++) {
        vjob_job_spec spec = {.operation = i % 3 ? "work" : "other", .object = i % 5 ? NULL : "thing"};
        spec.duration_ns = ct_random(&seed, 3) * S;
        spec.progress_steps = (uint32_t)ct_random(&seed, 4);
        if (i % 50 == 0) spec.body = a_body, spec.user_data = (void *)(uintptr_t)(i + 1);
        OK(vjob_job_start(&spec, &jobs[i]));
        if (spec.body) OK(vjob_sleep(1)); /* what it reports is a call from another thread: let it be alone */
        if (i % 7 == 0) OK(vjob_sleep(ct_random(&seed, S)));
        if (i % 11 == 0) vjob_job_cancel(jobs[ct_random(&seed, i + 1)]);
        if (i % 13 == 0) vjob_wait(jobs[ct_random(&seed, i + 1)], ct_random(&seed, S));
    }
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
    return 0; /* without deinit: exit writes the log out */
}

static void two_runs_of_one_program_leave_the_same_bytes(void **state)
{
    (void)state;
    char *first = NULL, file[300], variable[400];
    snprintf(file, sizeof file, "%s", ct_temp("run"));
    snprintf(variable, sizeof variable, "VJOB_TRACE=%s", file);
    const char *environment[] = {"VJOB_CLOCK=auto", "VJOB_SEED=1", variable, NULL};
    for (int i = 0; i < 5; i++) {
        unlink(file);
        ct_result r = ct_child("busy", environment);
        EQUAL(r.code, 0);
        ct_result_free(&r);
        char *text = ct_read_file(file);
        size_t lines = 0;
        row one;
        for (const char *at = text; *at; lines++) CHECK((at = parse(at, &one)) != NULL);
        CHECK(lines >= 400);
        if (first) CHECK(!strcmp(text, first));
        if (first)
            free(text);
        else
            first = text;
    }
    free(first);
    unlink(file);
}

int main(void)
{
    static const ct_role roles[] = {{"busy", busy_program}};
    ct_become(roles, COUNT(roles));
    const struct CMUnitTest tests[] = {
        LOGGED(line_says_time_number_operation_object_state_progress),
        LOGGED(every_byte_in_a_name_leaves_a_valid_line),
        LOGGED(utf8_stays_and_what_is_none_does_not),
        LOGGED(endless_names_are_cut_and_the_line_stays_valid),
        LOGGED(jobs_are_in_the_log_with_their_steps),
        LOGGED(log_is_private_and_replaces_what_was_there),
        LOGGED(more_than_a_buffer_full_is_all_there),
        LOGGED(log_is_written_out_when_the_engine_is_idle),
        NONE(two_runs_of_one_program_leave_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
