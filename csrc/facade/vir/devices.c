/* Devices that are attached, detached, changed. The test driver cannot. */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "event.h"
#include "xml_domain.h"

#define FLAGS (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

typedef enum what { ATTACH, DETACH, UPDATE } what;

typedef struct work {
    what what;
    const char *xml;       /* one device */
    vjob_vm_config config; /* of the VM: its devices, when it was not made from XML */
    char name[64];         /* the device's, for events */
} work;

/* ---- which is which ---- */

/* What a device is known by: a disk's target, an interface's address. */
static const char *name_of(const xml_node *device)
{
    if (strcmp(device->name, "disk") == 0) return xml_get(xml_child(device, "target", NULL), "dev");
    if (strcmp(device->name, "interface") == 0) return xml_get(xml_child(device, "mac", NULL), "address");
    return xml_get(xml_child(device, "alias", NULL), "name");
}

static char *text_of(const xml_node *node)
{
    xml_out out = {.secure = 1};
    xml_node_print(&out, node, '\'');
    return xml_take(&out);
}

static int is_same(const xml_node *a, const xml_node *b)
{
    if (strcmp(a->name, b->name) != 0) return 0;
    const char *one = name_of(a), *two = name_of(b);
    if (one && two) return strcmp(one, two) == 0;
    char *first = text_of(a), *second = text_of(b);
    const int same = first && second && strcmp(first, second) == 0;
    free(first);
    free(second);
    return same;
}

/* ---- changing the tree ---- */

static int apply(work *w, xml_node *devices, xml_node *device)
{
    xml_node *old = devices->first;
    while (old && !(old->name && is_same(old, device))) old = old->next;
    if (w->what == ATTACH) {
        if (old && name_of(device))
            return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                            "the domain has a <%s> named %s already", device->name, name_of(device));
        xml_insert(devices, device, NULL);
        return 0;
    }
    if (!old)
        return vir_fail(VIR_FROM_DOMAIN,
                        w->what == DETACH ? VIR_ERR_DEVICE_MISSING : VIR_ERR_OPERATION_FAILED,
                        "the domain has no such <%s>", device->name);
    if (w->what == UPDATE) xml_insert(devices, device, old);
    xml_remove(old);
    return 0;
}

/* The devices in a text are a document of their own, as is the one that is handed over. */
static int edit_trees(work *w, xml_doc *all, xml_doc *one, vir_def *def)
{
    vjob_vm_config checked = {0};
    xml_node *device = one->root->first;
    while (device && !device->name) device = device->next;
    if (!device) return vir_fail(VIR_FROM_XML, VIR_ERR_XML_ERROR, "no device in the XML");
    vir_def *scratch = vir_def_new(); /* the same checks as in a domain; makes what is missing, too */
    int failed = !scratch || xml_read_devices(one, one->root, scratch, &checked);
    vir_def_release(scratch);
    vjob_vm_config_clear(&checked);
    if (failed || apply(w, all->root, device)) return -1;
    if (name_of(device)) strncpy(w->name, name_of(device), sizeof w->name - 1);
    char *text = xml_inside(all->root, '\'');
    failed = text ? vir_def_set(def, VIR_DEF_DEVICES, text) : -1;
    free(text);
    return failed;
}

static char *wrapped(const char *inside)
{
    const size_t size = strlen(inside) + 32;
    char *text = malloc(size);
    if (!text) {
        vir_fail_memory(VIR_FROM_DOMAIN);
        return NULL;
    }
    strcpy(text, "<devices>");
    strcat(text, inside);
    strcat(text, "</devices>");
    return text;
}

static int read_both(const vir_def *def, const work *w, xml_doc *all, xml_doc *one)
{
    char *there = wrapped(def->text[VIR_DEF_DEVICES] ? def->text[VIR_DEF_DEVICES] : "");
    char *given = there ? wrapped(w->xml) : NULL;
    *one = *all = (xml_doc){0};
    int failed = !given || xml_read(one, given, "devices", "device_definition", VIR_FROM_DOMAIN);
    if (!failed && xml_read(all, there, "devices", "kept", VIR_FROM_DOMAIN)) {
        xml_free(one);
        failed = -1;
    }
    free(there);
    free(given);
    return failed ? -1 : 0;
}

static int change(vir_def *def, void *data)
{
    work *w = data;
    xml_doc all, one;
    if (xml_own_devices(def, &w->config) || read_both(def, w, &all, &one)) return -1;
    const int failed = edit_trees(w, &all, &one, def);
    xml_free(&all);
    xml_free(&one);
    return failed;
}

/* ---- public ---- */

static int edit(vir_domain *d, const char *function, what what, const char *xml, unsigned flags)
{
    vir_conn *conn = d->member.conn;
    work w = {.what = what, .xml = xml};
    unsigned impact;
    if (conn->manner == VIR_MANNER_TEST) return vir_unsupported(function);
    VIR_WRITABLE_IN(conn, function, -1);
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags, &impact)) return -1;
    if (vjob_vm_get_config(there.vm, &w.config))
        return vir_fail_op(conn, VJOB_OP_CONFIGURE, vjob_last_error()->err, NULL);
    const int failed = vir_edit(conn, function, &there, impact, change, &w);
    vjob_vm_config_clear(&w.config);
    if (failed || !(impact & VIR_DOMAIN_AFFECT_LIVE) || what == UPDATE) return failed;
    vir_events_tell_domain(
        conn->host, there.vm,
        what == ATTACH ? VIR_DOMAIN_EVENT_ID_DEVICE_ADDED : VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, 0, w.name);
    return 0;
}

int virDomainAttachDevice(virDomainPtr domain, const char *xml)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(xml, "xml", -1);
    return edit(d, __func__, ATTACH, xml, VIR_DOMAIN_AFFECT_LIVE);
}

int virDomainAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(xml, "xml", -1);
    if (d->member.conn->manner != VIR_MANNER_TEST) VIR_FLAGS(d->member.conn, flags, FLAGS, -1);
    return edit(d, __func__, ATTACH, xml, flags);
}

int virDomainDetachDevice(virDomainPtr domain, const char *xml)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(xml, "xml", -1);
    return edit(d, __func__, DETACH, xml, VIR_DOMAIN_AFFECT_LIVE);
}

int virDomainDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(xml, "xml", -1);
    if (d->member.conn->manner != VIR_MANNER_TEST) VIR_FLAGS(d->member.conn, flags, FLAGS, -1);
    return edit(d, __func__, DETACH, xml, flags);
}

int virDomainUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(xml, "xml", -1);
    if (d->member.conn->manner != VIR_MANNER_TEST) VIR_FLAGS(d->member.conn, flags, FLAGS, -1);
    return edit(d, __func__, UPDATE, xml, flags);
}
