/* Worlds from files: test:///PATH reads a node's XML with its domains and networks. Private per connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_world.h"
#include "vir_def.h"
#include "vir_network.h"
#include "xml.h"

#define FILE_MAX (4u << 20)
#define FUNCTION "virConnectOpen"

static const char empty_world[] =
    "{\"hosts\": [{\"name\": \"localhost\", \"cpus\": 1024, \"memory_mb\": 1000000000, \"networks\": []}]}";

/* ---- texts ---- */

/* A file below the folder of the node's, or by its whole path. malloc'ed; NULL: record written. */
static char *read_file(const char *node_path, const char *name)
{
    const char *slash = strrchr(node_path, '/');
    const size_t folder = name[0] == '/' || !slash ? 0 : (size_t)(slash - node_path) + 1;
    char *path = malloc(folder + strlen(name) + 1), *text = NULL;
    size_t size;
    if (!path) {
        vir_fail_memory(VIR_FROM_TEST);
        return NULL;
    }
    memcpy(path, node_path, folder);
    strcpy(path + folder, name);
    const int number = vjob_file_read(path, FILE_MAX, &text, &size);
    if (number) vir_fail(VIR_FROM_XML, VIR_ERR_XML_ERROR, "failed to read %s: %s", path, strerror(number));
    free(path);
    return text;
}

/* The XML of one object: in the file that its attribute names, or written out here. */
static char *text_of(const char *node_path, const xml_node *node)
{
    const char *file = xml_get(node, "file");
    if (file) return read_file(node_path, file);
    xml_out out = {.secure = 1};
    xml_node_print(&out, node, '\'');
    return xml_take(&out);
}

/* ---- objects ---- */

static int add_network(vir_conn *conn, const char *text)
{
    vjob_network_config config;
    vjob_network *network = NULL;
    vir_netdef *def = vir_xml_read_network(text, &config);
    if (!def) return -1;
    const int failed =
        vjob_network_define(conn->host, &config, VJOB_SPACE_VIR, &def->obj, &network)
            ? vir_net_fail(conn, vjob_last_error()->err, vjob_last_error()->text)
            : vir_run(conn, FUNCTION, &(vjob_op_request){.op = VJOB_OP_NETWORK_START, .network = network});
    if (network) vjob_network_release(network);
    vjob_obj_release(&def->obj);
    return failed;
}

/* How a domain is at the beginning, by elements of the test driver's own namespace. */
typedef struct marks {
    int state; /* virDomainState */
    int transient, saved;
} marks;

/* Elements are known by the end of their names: the prefix is the author's choice. */
static const xml_node *find_mark(const xml_node *domain, const char *name)
{
    for (const xml_node *child = domain->first; child; child = child->next) {
        const char *colon = child->name ? strchr(child->name, ':') : NULL;
        if (colon && strcmp(colon + 1, name) == 0) return child;
    }
    return NULL;
}

static int read_marks(const xml_node *domain, marks *out)
{
    const xml_node *state = find_mark(domain, "runstate");
    *out = (marks){VIR_DOMAIN_RUNNING, find_mark(domain, "transient") != NULL,
                   find_mark(domain, "hasmanagedsave") != NULL};
    if (out->saved && !state) out->state = VIR_DOMAIN_SHUTOFF;
    if (state) out->state = atoi(xml_text(state));
    if (out->state < VIR_DOMAIN_RUNNING || out->state > VIR_DOMAIN_CRASHED)
        return xml_wrong(state, VIR_FROM_TEST, "runstate '%s' out of range", xml_text(state));
    if (out->transient && out->state == VIR_DOMAIN_SHUTOFF)
        return xml_wrong(domain, VIR_FROM_TEST, "transient domain cannot have runstate 'shutoff'");
    if (out->saved && out->state != VIR_DOMAIN_SHUTOFF)
        return xml_wrong(domain, VIR_FROM_TEST,
                         "domain with managed save data can only have runstate 'shutoff'");
    return 0;
}

static int put_state(vir_conn *conn, vjob_vm *vm, const marks *m)
{
    const vjob_op_request pause = {.op = VJOB_OP_PAUSE, .vm = vm};
    const vjob_op_request save = {.op = VJOB_OP_SUSPEND, .vm = vm};
    if (m->saved) return vir_run(conn, FUNCTION, &save);
    return m->state == VIR_DOMAIN_PAUSED ? vir_run(conn, FUNCTION, &pause) : 0;
}

static int make_domain(vir_conn *conn, const char *text, const marks *m)
{
    vjob_vm_config config;
    vjob_vm *vm = NULL;
    vir_def *def = vir_xml_read_domain(conn, text, 0, &config);
    if (!def) return -1;
    const int off = m->state == VIR_DOMAIN_SHUTOFF || m->state == VIR_DOMAIN_CRASHED;
    const vjob_op_request request = {.op = VJOB_OP_CREATE,
                                     .host = conn->host,
                                     .config = &config,
                                     .extra = &def->obj,
                                     .flags = (off && !m->saved ? 0 : VJOB_OPF_RUN) |
                                              (m->transient ? VJOB_OPF_TRANSIENT : 0)};
    int failed = vir_run_making(conn, FUNCTION, &request, &vm);
    if (!failed) failed = put_state(conn, vm, m);
    if (vm) vjob_vm_release(vm);
    vjob_vm_config_clear(&config);
    vir_def_release(def);
    return failed;
}

static int add_domain(vir_conn *conn, const char *text)
{
    xml_doc doc;
    marks m;
    if (xml_read(&doc, text, "domain", "domain_definition", VIR_FROM_DOMAIN)) return -1;
    const int failed = read_marks(doc.root, &m) || make_domain(conn, text, &m);
    xml_free(&doc);
    return failed;
}

static int add_all(vir_conn *conn, const char *path, const xml_node *root, const char *name,
                   int (*add)(vir_conn *conn, const char *text))
{
    for (const xml_node *node = NULL; (node = xml_child(root, name, node));) {
        char *text = text_of(path, node);
        const int failed = text ? add(conn, text) : -1;
        free(text);
        if (failed) return -1;
    }
    return 0;
}

/* ---- opening ---- */

int vir_test_open_file(const char *path, vir_conn *conn)
{
    xml_doc doc;
    char *text = read_file("", path);
    if (!text) return -1;
    int failed = xml_read(&doc, text, "node", "node_definition", VIR_FROM_TEST);
    free(text);
    if (failed) return -1;
    if (vjob_host_open_private(NULL, empty_world, sizeof empty_world - 1, &conn->host))
        failed = vir_fail(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "%s", vjob_last_error()->text);
    if (!failed) failed = add_all(conn, path, doc.root, "network", add_network);
    if (!failed) failed = add_all(conn, path, doc.root, "domain", add_domain);
    xml_free(&doc);
    return failed;
}
