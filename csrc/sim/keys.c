/*
 * keys.c - the format of inventories, in one table. To add a key: a member in a sim_spec struct, a line
 * here, its use in build.c and save.c, and `VJOB_UPDATE=1 test_sim_schema` for the JSON Schema.
 */
#include "inventory.h"

const char *const sim_state_words[] = {"stopped", "running", "paused", "suspended", NULL};
const vjob_vm_state sim_state_values[] = {VJOB_VM_STOPPED, VJOB_VM_RUNNING, VJOB_VM_PAUSED,
                                          VJOB_VM_SUSPENDED};
const char *const sim_tools_words[] = {"installed", "none", NULL};
const char *const sim_bus_words[] = {"ide", "scsi", "sata", "virtio", NULL};
static const char *operation_words[VJOB_OP_COUNT];

#define AT(type, member) offsetof(sim_spec_##type, member)
#define END                                                                                                  \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

static const sim_key login_keys[] = {
    {"name", SIM_KEY_TEXT, AT(login, name), 1, 255, .required = 1, .about = "Who logs in."},
    {"password", SIM_KEY_TEXT, AT(login, password), 0, 255, .text = "",
     .about = "In clear text; never in logs or errors."},
    END};
static const sim_table login_table = {"user", sizeof(sim_spec_login), login_keys};

static const sim_key network_keys[] = {
    {"name", SIM_KEY_TEXT, AT(network, name), 1, 127, .required = 1, .about = "Name that adapters refer to."},
    {"uuid", SIM_KEY_UUID, AT(network, uuid),
     .about = "Unique on its host; default: made from seed and name."},
    {"active", SIM_KEY_BOOL, AT(network, active), .number = 1, .about = "Is it up?"},
    {"persistent", SIM_KEY_BOOL, AT(network, persistent), .number = 1,
     .about = "false: it is gone when it stops."},
    {"autostart", SIM_KEY_BOOL, AT(network, autostart), .about = "Does it start with the host?"},
    {"bridge", SIM_KEY_TEXT, AT(network, bridge), 0, 31, .text = "",
     .about = "Interface of the host; empty: made from the position."},
    {"forward", SIM_KEY_TEXT, AT(network, forward), 0, 15, .text = "nat",
     .about = "How it reaches the outside: nat, route ...; empty: not at all."},
    {"address", SIM_KEY_TEXT, AT(network, address), 0, 47, .text = "",
     .about = "Address of the host in it; empty: none."},
    {"netmask", SIM_KEY_TEXT, AT(network, netmask), 0, 47, .text = "", .about = "Mask of that address."},
    {"dhcp_first", SIM_KEY_TEXT, AT(network, dhcp_first), 0, 47, .text = "",
     .about = "First address that is given out; empty: none are."},
    {"dhcp_last", SIM_KEY_TEXT, AT(network, dhcp_last), 0, 47, .text = "", .about = "Last one."},
    END};
static const sim_table network_table = {"network", sizeof(sim_spec_network), network_keys};

static const sim_key disk_keys[] = {
    {"size_mb", SIM_KEY_INT, AT(disk, size_mb), 1, SIM_DISK_MAX, .number = 8192, .about = "Size in MB."},
    {"image", SIM_KEY_TEXT, AT(disk, image), 0, 511, .text = "",
     .about = "Path of the image; empty: made from the VM's path."},
    {"bus", SIM_KEY_WORD, AT(disk, bus), .words = sim_bus_words, .text = "ide",
     .about = "Where it is attached."},
    END};
static const sim_table disk_table = {"disk", sizeof(sim_spec_disk), disk_keys};

static const sim_key nic_keys[] = {
    {"network", SIM_KEY_TEXT, AT(nic, network), 1, 127, .text = "default",
     .about = "Name of a network of the host."},
    {"mac", SIM_KEY_MAC, AT(nic, mac), .text = "", .about = "MAC address; empty: made from the VM's uuid."},
    {"model", SIM_KEY_TEXT, AT(nic, model), 0, 15, .text = "e1000", .about = "What the guest sees."},
    END};
static const sim_table nic_table = {"nic", sizeof(sim_spec_nic), nic_keys};

static const sim_key program_keys[] = {
    {"path", SIM_KEY_TEXT, AT(program, path), 1, 511, .required = 1, .about = "Path by which it is started."},
    {"exit_code", SIM_KEY_INT, AT(program, exit_code), -2147483648., 2147483647., .about = "How it ends."},
    {"stdout", SIM_KEY_LINES, AT(program, out), 0, 1048576, .text = "",
     .about = "What it writes to standard output."},
    {"stderr", SIM_KEY_LINES, AT(program, errors), 0, 1048576, .text = "",
     .about = "What it writes to standard error."},
    {"duration_s", SIM_KEY_REAL, AT(program, duration_s), 0, 1e8,
     .about = "Seconds of the clock that it runs."},
    END};
static const sim_table program_table = {"program", sizeof(sim_spec_program), program_keys};

static const sim_key guest_keys[] = {
    {"users", SIM_KEY_LIST, AT(guest, users), .table = &login_table,
     .about = "Who may log in; nobody listed: everybody."},
    {"tools", SIM_KEY_CHOICE, AT(guest, tools), .words = sim_tools_words, .about = "Guest tools."},
    {"boot_s", SIM_KEY_REAL, AT(guest, boot_s), 0, 1e6, .number = 2,
     .about = "Seconds from running until the tools are up."},
    {"files", SIM_KEY_TEXTS, AT(guest, files), .about = "Path to content; folders above are made."},
    {"programs", SIM_KEY_LIST, AT(guest, programs), .table = &program_table,
     .about = "Programs beside the built-in ones."},
    {"env", SIM_KEY_TEXTS, AT(guest, env), .about = "Environment of its programs."},
    {"variables", SIM_KEY_TEXTS, AT(guest, variables), .about = "Variables that the host can read."},
    {"console_user", SIM_KEY_TEXT, AT(guest, console_user), 0, 63, .text = "",
     .about = "Who sits at the console; empty: nobody."},
    END};
static const sim_table guest_table = {"guest", sizeof(sim_spec_guest), guest_keys};

#define HARDWARE(at)                                                                                         \
    {"cpus",                                                                                                 \
     SIM_KEY_INT,                                                                                            \
     (at) + AT(hardware, cpus),                                                                              \
     1,                                                                                                      \
     1024,                                                                                                   \
     .number = 1,                                                                                            \
     .about = "Processors; at most the host's."},                                                            \
        {"memory_mb", SIM_KEY_INT,       (at) + AT(hardware, memory_mb),                                     \
         1,           SIM_VM_MEMORY_MAX, .about = "Memory in MB; default by os."},                           \
        {"video_mb",                                                                                         \
         SIM_KEY_INT,                                                                                        \
         (at) + AT(hardware, video_mb),                                                                      \
         0,                                                                                                  \
         65536,                                                                                              \
         .number = -1,                                                                                       \
         .about = "Video memory in MB; default by os."},                                                     \
        {"os",                                                                                               \
         SIM_KEY_TEXT,                                                                                       \
         (at) + AT(hardware, os),                                                                            \
         1,                                                                                                  \
         63,                                                                                                 \
         .text = "other",                                                                                    \
         .about = "Operating system: winxp, win10, linux ..."},                                              \
        {"description", SIM_KEY_LINES, (at) + AT(hardware, description), 0, 65536, .about = "Free text."},   \
        {"disks",                                                                                            \
         SIM_KEY_LIST_OR_NULL,                                                                               \
         (at) + AT(hardware, disks),                                                                         \
         0,                                                                                                  \
         SIM_DEVICES_MAX,                                                                                    \
         .table = &disk_table,                                                                               \
         .about = "Disks; default: one of 8192 MB."},                                                        \
    {                                                                                                        \
        "nics", SIM_KEY_LIST_OR_NULL, (at) + AT(hardware, nics), 0, SIM_DEVICES_MAX,                         \
            .table = &nic_table, .about = "Network adapters; default: one on the host's first network."      \
    }

static const sim_key hardware_keys[] = {HARDWARE(0), END};
static const sim_table hardware_table = {"configuration", sizeof(sim_spec_hardware), hardware_keys};

static const sim_table snapshot_table;
static const sim_key snapshot_keys[] = {
    {"name", SIM_KEY_TEXT, AT(snapshot, name), 0, 255, .text = "snapshot",
     .about = "Names need not be unique."},
    {"description", SIM_KEY_LINES, AT(snapshot, description), 0, 511, .text = "", .about = "Free text."},
    {"uuid", SIM_KEY_UUID, AT(snapshot, uuid), .about = "Default: made from the seed."},
    {"state", SIM_KEY_CHOICE, AT(snapshot, state), .words = sim_state_words,
     .about = "State of the VM when it was taken."},
    {"created_ns", SIM_KEY_INT, AT(snapshot, created_ns), 0, 9007199254740992. * 1000,
     .about = "Instant of the clock, ns since 1970; 0: when the world began."},
    {"current", SIM_KEY_BOOL, AT(snapshot, current),
     .about = "Is it the one the VM goes on from? At most one of a VM; default: the last one."},
    {"config", SIM_KEY_STRUCT, AT(snapshot, config), .table = &hardware_table,
     .about = "Configuration at that time; default: the VM's."},
    {"files", SIM_KEY_TEXTS, AT(snapshot, files),
     .about = "Files of the guest at that time; default: the guest's."},
    {"children", SIM_KEY_LIST, AT(snapshot, children), .table = &snapshot_table,
     .about = "Snapshots taken after this one."},
    END};
static const sim_table snapshot_table = {"snapshot", sizeof(sim_spec_snapshot), snapshot_keys};

static const sim_key vm_keys[] = {
    {"name", SIM_KEY_TEXT, AT(vm, name), 1, SIM_NAME_MAX,
     .about = "Unique on its host; default: vm and its position."},
    {"count", SIM_KEY_INT, AT(vm, count), 1, 1000000, .about = "Makes this many VMs: name0, name1 ..."},
    {"path", SIM_KEY_TEXT, AT(vm, path), 1, SIM_PATH_MAX,
     .about = "Unique on its host; default: [standard] NAME/NAME.vmx."},
    {"uuid", SIM_KEY_UUID, AT(vm, uuid), .about = "Unique; default: made from seed and name."},
    HARDWARE(AT(vm, hardware)),
    {"state", SIM_KEY_CHOICE, AT(vm, state), .words = sim_state_words, .about = "State at the beginning."},
    {"registered", SIM_KEY_BOOL, AT(vm, registered), .number = 1,
     .about = "false: its files are there, but the host does not list it."},
    {"snapshots", SIM_KEY_LIST, AT(vm, snapshots), .table = &snapshot_table,
     .about = "Roots of the snapshot tree."},
    {"guest", SIM_KEY_STRUCT, AT(vm, guest), .table = &guest_table, .about = "What is inside."},
    END};
static const sim_table vm_table = {"vm", sizeof(sim_spec_vm), vm_keys};

static const sim_key host_keys[] = {
    {"name", SIM_KEY_TEXT, AT(host, name), 1, 255,
     .about = "Unique; default: localhost for the first, host and its position for others."},
    {"uuid", SIM_KEY_UUID, AT(host, uuid), .about = "Default: made from seed and name."},
    {"cpus", SIM_KEY_INT, AT(host, cpus), 1, 1024, .number = 16, .about = "Processors."},
    {"memory_mb", SIM_KEY_INT, AT(host, memory_mb), 1, 1099511627776., .number = 65536,
     .about = "Memory in MB, shared by running VMs."},
    {"users", SIM_KEY_LIST, AT(host, users), .table = &login_table,
     .about = "Who may log in; nobody listed: everybody."},
    {"networks", SIM_KEY_LIST_OR_NULL, AT(host, networks), 0, 1024, .table = &network_table,
     .about = "Virtual networks; default: one, default."},
    {"vms", SIM_KEY_LIST, AT(host, vms), .table = &vm_table, .about = "Virtual machines."},
    END};
static const sim_table host_table = {"host", sizeof(sim_spec_host), host_keys};

static const sim_key timing_keys[] = {{"duration_s", SIM_KEY_REAL, AT(timing, duration_s), 0, 1e8,
                                       .number = -1, .about = "Seconds of the clock; default: as built in."},
                                      {"jitter", SIM_KEY_REAL, AT(timing, jitter), 0, 1,
                                       .about = "Share of the duration that chance adds or takes."},
                                      {"progress_steps", SIM_KEY_INT, AT(timing, progress_steps), 0, 1000,
                                       .number = -1, .about = "Progress reports; default: as built in."},
                                      END};
static const sim_table timing_table = {"timing", sizeof(sim_spec_timing), timing_keys};

static const sim_key world_keys[] = {
    {"strict", SIM_KEY_BOOL, AT(world, strict),
     .about = "true: a host name that is not listed is an error; false: it reaches the first host."},
    {"hosts", SIM_KEY_LIST_OR_NULL, AT(world, hosts), 1, 100000, .table = &host_table,
     .about = "Default: one, localhost."},
    {"operations", SIM_KEY_BY_NAME, AT(world, operations), .table = &timing_table, .words = operation_words,
     .about = "How long operations take, by name."},
    END};
const sim_table sim_inventory_table = {"inventory", sizeof(sim_spec_world), world_keys};

/* The names of operations have their home in rows.c. */
__attribute__((constructor)) static void list_operations(void)
{
    for (int op = VJOB_OP_NONE + 1; op < VJOB_OP_COUNT; op++)
        operation_words[op - 1] = vjob_op_name((vjob_op)op);
}
