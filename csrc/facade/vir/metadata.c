/* Titles, descriptions, and elements that programs keep with domains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "event.h"
#include "xml.h"

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* The namespace that an element is in, by its prefix or by default. */
static const char *namespace_of(const xml_node *node)
{
    char name[80];
    const char *colon = node->name ? strchr(node->name, ':') : NULL;
    if (colon)
        snprintf(name, sizeof name, "xmlns:%.*s", (int)(colon - node->name), node->name);
    else
        snprintf(name, sizeof name, "xmlns");
    return xml_get(node, name);
}

/* The metadata as a tree with one root. 0 | -1: record written */
static int read_all(const char *inside, xml_doc *out)
{
    const size_t size = strlen(inside ? inside : "") + 32;
    char *text = malloc(size);
    if (!text) return vir_fail_memory(VIR_FROM_DOMAIN);
    snprintf(text, size, "<metadata>%s</metadata>", inside ? inside : "");
    const int failed = xml_read(out, text, "metadata", "metadata", VIR_FROM_DOMAIN);
    free(text);
    return failed;
}

static const xml_node *find(const xml_doc *doc, const char *uri)
{
    for (const xml_node *at = doc->root->first; at; at = at->next) {
        const char *is = at->name ? namespace_of(at) : NULL;
        if (is && strcmp(is, uri) == 0) return at;
    }
    return NULL;
}

/* As it was given: without prefix and namespace. */
static char *print_plain(const xml_node *found)
{
    xml_node plain = *found;
    xml_attr kept[64], **last = &plain.attrs;
    size_t n = 0;
    const char *colon = strchr(found->name, ':');
    if (colon) plain.name = colon + 1;
    plain.attrs = NULL;
    for (const xml_attr *at = found->attrs; at && n < 64; at = at->next) {
        if (strncmp(at->name, "xmlns", 5) == 0) continue;
        kept[n] = *at;
        kept[n].next = NULL;
        *last = &kept[n];
        last = &kept[n++].next;
    }
    xml_out out = {0};
    xml_node_print(&out, &plain, '"');
    char *text = xml_take(&out);
    size_t size = text ? strlen(text) : 0;
    if (size && text[size - 1] == '\n') text[size - 1] = '\0';
    return text;
}

static char *get_element(const vir_def *def, const char *uri)
{
    xml_doc doc;
    if (read_all(def->text[VIR_DEF_METADATA], &doc)) return NULL;
    const xml_node *found = find(&doc, uri);
    char *text = found ? print_plain(found) : NULL;
    if (!found) vir_fail(VIR_FROM_DOMAIN, VIR_ERR_NO_DOMAIN_METADATA, "nothing under %s", uri);
    xml_free(&doc);
    return text;
}

char *virDomainGetMetadata(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    unsigned impact;
    VIR_DOMAIN(d, domain, NULL);
    VIR_NEED((flags & 3) != 3, "flags", NULL);
    VIR_NEED(type >= 0 && type < VIR_DOMAIN_METADATA_LAST, "type", NULL);
    VIR_NEED((type == VIR_DOMAIN_METADATA_ELEMENT) == (uri != NULL), "uri", NULL);
    VIR_FLAGS(d->member.conn, flags, 3, NULL);
    VIR_THERE(there, d, NULL);
    if (vir_impact(&there, flags, &impact)) return NULL;
    vir_def *def = vir_def_meant(&there, impact);
    if (!def) return NULL;
    char *text = NULL;
    if (type == VIR_DOMAIN_METADATA_ELEMENT) {
        text = get_element(def, uri);
    } else {
        const char *kept = def->text[type == VIR_DOMAIN_METADATA_TITLE ? VIR_DEF_TITLE : VIR_DEF_DESCRIPTION];
        if (kept)
            text = vir_copy_text(kept);
        else
            vir_fail(VIR_FROM_DOMAIN, VIR_ERR_NO_DOMAIN_METADATA, "the domain has no %s",
                     type == VIR_DOMAIN_METADATA_TITLE ? "title" : "description");
    }
    vir_def_release(def);
    return text;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------- */

typedef struct change {
    int type;
    const char *text, *key, *uri;
} change;

static int change_text(vir_def *def, const change *to)
{
    const char *text = to->text && *to->text ? to->text : NULL;
    return vir_def_set(def, to->type == VIR_DOMAIN_METADATA_TITLE ? VIR_DEF_TITLE : VIR_DEF_DESCRIPTION,
                       text);
}

/* The element with a prefix of its own and the namespace. 0 | -1 */
static int put_element(xml_out *out, const change *to)
{
    xml_doc doc;
    char name[160], namespace_name[100];
    /* its root may have any name: looked at first */
    const char *at = to->text + strspn(to->text, " \t\r\n");
    const size_t size = *at == '<' ? strcspn(at + 1, " \t\r\n/>") : 0;
    char root[128];
    if (!size || size >= sizeof root)
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, "metadata is no element");
    snprintf(root, sizeof root, "%.*s", (int)size, at + 1);
    if (xml_read(&doc, to->text, root, "metadata", VIR_FROM_DOMAIN)) return -1;
    snprintf(name, sizeof name, "%.40s:%.100s", to->key, root);
    snprintf(namespace_name, sizeof namespace_name, "xmlns:%.40s", to->key);
    int failed = xml_set(&doc, doc.root, namespace_name, to->uri);
    doc.root->name = name;
    if (!failed) xml_node_print(out, doc.root, '"');
    xml_free(&doc);
    return failed;
}

static int change_element(vir_def *def, const change *to)
{
    xml_doc doc;
    xml_out out = {0};
    if (read_all(def->text[VIR_DEF_METADATA], &doc)) return -1;
    const xml_node *old = find(&doc, to->uri);
    int failed = 0;
    for (const xml_node *at = doc.root->first; at; at = at->next)
        if (at != old && at->name) xml_node_print(&out, at, '"');
    xml_free(&doc);
    if (to->text) failed = put_element(&out, to);
    if (!failed && !out.size) return vir_def_set(def, VIR_DEF_METADATA, NULL);
    if (failed) {
        free(out.data);
        return -1;
    }
    char *all = xml_take(&out);
    failed = !all || vir_def_set(def, VIR_DEF_METADATA, all);
    free(all);
    return failed ? -1 : 0;
}

static int change_metadata(vir_def *def, void *data)
{
    const change *to = data;
    return to->type == VIR_DOMAIN_METADATA_ELEMENT ? change_element(def, to) : change_text(def, to);
}

int virDomainSetMetadata(virDomainPtr domain, int type, const char *metadata, const char *key,
                         const char *uri, unsigned int flags)
{
    unsigned impact;
    change to = {type, metadata, key, uri};
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(type >= 0 && type < VIR_DOMAIN_METADATA_LAST, "type", -1);
    if (type == VIR_DOMAIN_METADATA_ELEMENT) {
        VIR_NEED(uri, "uri", -1);
        VIR_NEED(key || !metadata, "key", -1);
    } else {
        VIR_NEED(!key, "key", -1);
        VIR_NEED(!uri, "uri", -1);
        VIR_NEED(type != VIR_DOMAIN_METADATA_TITLE || !metadata || !strchr(metadata, '\n'), "metadata", -1);
    }
    VIR_FLAGS(d->member.conn, flags, 3, -1);
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags, &impact)) return -1;
    if (vir_edit(d->member.conn, __func__, &there, impact, change_metadata, &to)) return -1;
    vir_events_tell_domain(d->member.conn->host, there.vm, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, type, uri);
    return 0;
}
