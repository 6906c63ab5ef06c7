/*
 * sim_test.h - what the tests of the simulator share: a world of one's own, operations that are waited
 * for, and a record of all changes as text.
 */
#ifndef SIM_TEST_H
#define SIM_TEST_H

#include <vjob/sim.h>

#include "core_test.h"

/** Begin a test: a fresh world from JSON (NULL: the built-in one), clock auto, the native API held. */
void st_begin(const char *json);
/** End it: nothing may be left over, the engine stops, the world is forgotten. */
int st_end(void **state);
#define SIM(test) cmocka_unit_test_teardown(test, st_end)

vjob_host *st_host(void);         /* the first one; borrowed until st_end */
vjob_vm *st_vm(const char *name); /* the same */
vjob_vm_state st_state(const char *name);

/** A job of a test kind, nothing working on it. */
vjob_job *st_job(void);
/** Start an operation; the job is the caller's (st_done). */
vjob_job *st_start(const vjob_op_request *request);
/** Wait for the end and return how it ended. */
vjob_err st_wait(vjob_job *job);
void st_done(vjob_job *job);
/** Start, wait, forget. The text of a failure is in st_text until the next call. */
vjob_err st_do(const vjob_op_request *request);
vjob_err st_op(vjob_op op, const char *vm);
extern char st_text[256];
/** Run `sh -c script` in a guest. The output is in st_out, how it ended in st_exit. */
vjob_err st_run(const char *vm, const char *script);
extern char st_out[8192];
extern int st_exit;
/** Sleep on the clock. */
void st_sleep(uint64_t ns);
/** The uuid of the snapshot with this name (static buffers, four of them). */
const char *st_snapshot(const char *vm, const char *name);

/** Changes since st_begin as "vm:state:starting vm:progress:20 ...", without progress unless asked. */
const char *st_changes(void);
void st_clear_changes(void);
void st_record_progress(int on);
#define CHANGES(expected) st_same(st_changes(), expected, __FILE__, __LINE__)
void st_same(const char *got, const char *expected, const char *file, int line);
#define SAME(got, expected) st_same(got, expected, __FILE__, __LINE__)
#define HAS(text, part) st_has(text, part, __FILE__, __LINE__)
void st_has(const char *text, const char *part, const char *file, int line);

#endif
