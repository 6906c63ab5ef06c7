/* rows.c - the table of operations, and the defaults for how long they take. */
#include <string.h>

#include "act.h"
#include "operation.h"

#define STEADY (SIM_STATE(STOPPED) | SIM_STATE(RUNNING) | SIM_STATE(PAUSED) | SIM_STATE(SUSPENDED))
#define KEEP SIM_STATE_KEEP
#define X SIM_OP_EXCLUSIVE
#define READ SIM_OP_READ
#define GUEST SIM_OP_GUEST
#define S(state) SIM_STATE(state)
#define V(state) VJOB_VM_##state
#define C(change) VJOB_CHANGE_##change
#define F(flag) SIM_ROW_##flag

/* Asking takes a moment too: a program that asks again and again lets the auto clock advance by it. */
/* clang-format off */
const sim_op_row sim_op_rows[VJOB_OP_COUNT] = {
    /*                     name     class  required states              during, after             verdict    ms, steps  flags                    begin, finish, undo */
    [VJOB_OP_NONE]     = {"none",     READ,  0,                          KEEP, KEEP,                0,            0, 0,  0,                            NULL, NULL, NULL},
    [VJOB_OP_START]    = {"start",    X,     S(STOPPED),                 V(STARTING), V(RUNNING),   C(STARTED),   500, 5,  F(MEMORY) | F(BOOT),        NULL, NULL, NULL},
    [VJOB_OP_STOP]     = {"stop",     X,     S(RUNNING) | S(PAUSED),     V(STOPPING), V(STOPPED),   C(STOPPED),   200, 2,  F(FINAL) | F(DOWN),         NULL, NULL, NULL},
    [VJOB_OP_SHUTDOWN] = {"shutdown", X,     S(RUNNING),                 V(STOPPING), V(STOPPED),   C(STOPPED),   1000, 5, F(TOOLS) | F(DOWN),         NULL, NULL, NULL},
    [VJOB_OP_RESET]    = {"reset",    X,     S(RUNNING) | S(PAUSED),     V(RESETTING), V(RUNNING),  C(RESET),     200, 2,  F(FINAL) | F(BOOT),         NULL, NULL, NULL},
    [VJOB_OP_RESTART]  = {"restart",  X,     S(RUNNING),                 V(RESETTING), V(RUNNING),  C(RESET),     1500, 5, F(TOOLS) | F(BOOT),         NULL, NULL, NULL},
    [VJOB_OP_PAUSE]    = {"pause",    X,     S(RUNNING),                 V(PAUSING), V(PAUSED),     C(PAUSED),    100, 1,  0,                          NULL, NULL, NULL},
    [VJOB_OP_CONTINUE] = {"continue", X,     S(PAUSED),                  V(CONTINUING), V(RUNNING), C(CONTINUED), 100, 1,  0,                          NULL, NULL, NULL},
    [VJOB_OP_SUSPEND]  = {"suspend",  X,     S(RUNNING) | S(PAUSED),     V(SUSPENDING), V(SUSPENDED), C(SUSPENDED), 800, 5, F(DOWN) | F(SAVE),         NULL, NULL, NULL},
    [VJOB_OP_RESUME]   = {"resume",   X,     S(SUSPENDED),               V(RESUMING), V(RUNNING),   C(RESUMED),   800, 5,  F(MEMORY) | F(SAVE),        NULL, NULL, NULL},
    [VJOB_OP_DROP_SUSPENDED] =
                         {"drop_suspended", X, S(SUSPENDED),             KEEP, V(STOPPED),          C(STOPPED),   100, 1,  0,                          NULL, sim_act_drop, NULL},
    [VJOB_OP_SNAPSHOT] = {"snapshot", X,     STEADY,                     KEEP, KEEP,                0,            500, 5,  0,                          sim_act_snapshot_begin, sim_act_snapshot, NULL},
    [VJOB_OP_SWITCH_SNAPSHOT] =
                         {"switch_snapshot", X, STEADY,                  KEEP, KEEP,                0,            500, 5,  0,                          sim_act_switch_begin, sim_act_switch, NULL},
    [VJOB_OP_DELETE_SNAPSHOT] =
                         {"delete_snapshot", X, STEADY,                  KEEP, KEEP,                0,            300, 3,  0,                          sim_act_delete_snapshot_begin, sim_act_delete_snapshot, NULL},
    [VJOB_OP_CONFIGURE] = {"configure", X,   STEADY,                     KEEP, KEEP,                0,            50, 0,   0,                          sim_act_configure_begin, sim_act_configure, NULL},
    [VJOB_OP_CLONE]    = {"clone",    X,     STEADY,                     KEEP, KEEP,                0,            1000, 10, 0,                         sim_act_clone_begin, sim_act_make, sim_act_unmake},
    [VJOB_OP_UNREGISTER] = {"unregister", X, S(STOPPED) | S(SUSPENDED),  KEEP, KEEP,                0,            50, 0,   0,                          NULL, sim_act_unregister, NULL},
    [VJOB_OP_DELETE]   = {"delete",   X,     S(STOPPED) | S(SUSPENDED),  KEEP, KEEP,                0,            300, 3,  0,                          NULL, sim_act_delete, NULL},
    [VJOB_OP_INSTALL_TOOLS] =
                         {"install_tools", X, S(RUNNING),                KEEP, KEEP,                0,            1500, 5, 0,                          NULL, sim_act_install_tools, NULL},
    [VJOB_OP_MIGRATE]  = {"migrate",  X,     STEADY,                     KEEP, KEEP,                0,            1500, 10, 0,                         sim_act_migrate_begin, sim_act_migrate, NULL},
    [VJOB_OP_CREATE]   = {"create",   READ,  0,                          KEEP, KEEP,                0,            300, 3,  F(HOST),                    sim_act_create_begin, sim_act_make, sim_act_unmake},
    [VJOB_OP_REGISTER] = {"register", READ,  0,                          KEEP, KEEP,                0,            100, 0,  F(HOST),                    sim_act_register_begin, sim_act_register, NULL},
    [VJOB_OP_LOGIN]    = {"login",    READ,  0,                          KEEP, KEEP,                0,            20, 0,   F(HOST),                    sim_act_login_begin, NULL, NULL},
    [VJOB_OP_LOGOFF]   = {"logoff",   READ,  0,                          KEEP, KEEP,                0,            0, 0,    F(HOST),                    NULL, NULL, NULL},
    [VJOB_OP_LIST]     = {"list",     READ,  0,                          KEEP, KEEP,                0,            1, 0,    F(HOST),                    NULL, sim_act_list, NULL},
    [VJOB_OP_READ]     = {"read",     READ,  0,                          KEEP, KEEP,                0,            1, 0,    F(ACT),                     NULL, NULL, NULL},
    [VJOB_OP_GUEST_LOGIN] =
                         {"guest_login", GUEST, S(RUNNING),              KEEP, KEEP,                0,            20, 0,   F(TOOLS),                   sim_act_guest_login_begin, NULL, NULL},
    [VJOB_OP_GUEST_LOGOUT] =
                         {"guest_logout", GUEST, 0,                      KEEP, KEEP,                0,            0, 0,    0,                          NULL, NULL, NULL},
    [VJOB_OP_GUEST_RUN] = {"guest_run", GUEST, S(RUNNING),               KEEP, KEEP,                0,            50, 0,   F(TOOLS),                   sim_act_run_begin, sim_act_run, sim_act_run_undo},
    [VJOB_OP_GUEST_FILE] =
                         {"guest_file", GUEST, S(RUNNING),               KEEP, KEEP,                0,            10, 0,   F(TOOLS) | F(ACT),          NULL, NULL, NULL},
    [VJOB_OP_GUEST_PROCESS] =
                         {"guest_process", GUEST, S(RUNNING),            KEEP, KEEP,                0,            10, 0,   F(TOOLS) | F(ACT),          NULL, NULL, NULL},
    [VJOB_OP_GUEST_COPY] =
                         {"guest_copy", GUEST, S(RUNNING),               KEEP, KEEP,                0,            20, 0,   F(TOOLS),                   NULL, sim_act_copy, sim_act_copy_undo},
    [VJOB_OP_SHARES]   = {"shared_folders", GUEST, S(RUNNING),           KEEP, KEEP,                0,            10, 0,   F(TOOLS) | F(ACT),          NULL, NULL, NULL},
    [VJOB_OP_SCREEN]   = {"screen",   GUEST, S(RUNNING),                 KEEP, KEEP,                0,            50, 0,   F(TOOLS) | F(ACT),          NULL, NULL, NULL},
    [VJOB_OP_VARIABLE] = {"variable", READ,  0,                          KEEP, KEEP,                0,            0, 0,    F(ACT),                     NULL, NULL, NULL},
    [VJOB_OP_DUMP]     = {"dump",     X,     S(RUNNING) | S(PAUSED),     KEEP, KEEP,                0,            800, 5,  0,                          NULL, NULL, NULL},
    [VJOB_OP_NETWORK_CREATE] =
                         {"network_create", READ, 0,                     KEEP, KEEP,                0,            300, 3,  F(HOST),                    sim_act_network_create_begin, sim_act_network_create, NULL},
    [VJOB_OP_NETWORK_START] =
                         {"network_start", READ, 0,                      KEEP, KEEP,                0,            200, 2,  F(HOST),                    sim_act_network_start_begin, sim_act_network_start, NULL},
    [VJOB_OP_NETWORK_STOP] =
                         {"network_stop", READ, 0,                       KEEP, KEEP,                0,            100, 1,  F(HOST),                    sim_act_network_stop_begin, sim_act_network_stop, NULL},
    [VJOB_OP_UPGRADE]  = {"upgrade",  X,     S(STOPPED),                 KEEP, KEEP,                0,            500, 5,  F(ACT),                     NULL, NULL, NULL},
};
/* clang-format on */

vjob_op sim_op_by_name(const char *name)
{
    for (int op = VJOB_OP_NONE + 1; op < VJOB_OP_COUNT; op++)
        if (strcmp(sim_op_rows[op].name, name) == 0) return (vjob_op)op;
    return VJOB_OP_NONE;
}

const char *vjob_op_name(vjob_op op)
{
    return (unsigned)op < VJOB_OP_COUNT ? sim_op_rows[op].name : "unknown";
}

vjob_op sim_op_effective(vjob_op op, uint32_t flags, const vjob_vm *vm)
{
    vjob_vm_state state = sim_vm_state(vm);
    int soft = op == VJOB_OP_SHUTDOWN || op == VJOB_OP_RESTART;
    if (soft && flags & VJOB_OPF_FORCE && (vm->tools != VJOB_TOOLS_RUNNING || state == VJOB_VM_PAUSED))
        return op == VJOB_OP_SHUTDOWN ? VJOB_OP_STOP : VJOB_OP_RESET;
    if (op != VJOB_OP_START || flags & VJOB_OPF_ONLY_STOPPED) return op;
    if (state == VJOB_VM_PAUSED && !(flags & VJOB_OPF_NOT_PAUSED)) return VJOB_OP_CONTINUE;
    if (state == VJOB_VM_SUSPENDED) return VJOB_OP_RESUME;
    return op;
}

uint32_t sim_op_states(vjob_op op, uint32_t flags)
{
    uint32_t states = sim_op_rows[op].states;
    if (op == VJOB_OP_STOP && flags & VJOB_OPF_IN_ANY_STATE) return (1u << VJOB_VM_STATE_COUNT) - 1;
    if (op != VJOB_OP_START || flags & VJOB_OPF_ONLY_STOPPED) return states;
    states |= SIM_STATE(SUSPENDED);
    if (!(flags & VJOB_OPF_NOT_PAUSED)) states |= SIM_STATE(PAUSED);
    return states;
}
