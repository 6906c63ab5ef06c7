/* A VM's configuration as this API sees it: properties, and nodes for devices, boot order and shares. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- nodes ------------------------------------------------------------------------------------ */

prl_node *prl_config_node(const prl_config *config, PRL_UINT64 serial)
{
    for (size_t i = 0; i < config->n_nodes; i++)
        if (config->nodes[i].serial == serial) return &config->nodes[i];
    return NULL;
}

/* `kind` counts for devices only; PDE_GENERIC_DEVICE is any. */
static int fits(const prl_node *node, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind)
{
    if (type == PRL_ANY_VIRTUAL_DEV ? !prl_type_is_device(node->type) : node->type != type) return 0;
    return kind == PDE_GENERIC_DEVICE || node->kind == kind;
}

prl_node *prl_config_nth(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind, size_t index)
{
    for (size_t i = 0; i < config->n_nodes; i++)
        if (fits(&config->nodes[i], type, kind) && !index--) return &config->nodes[i];
    return NULL;
}

size_t prl_config_count(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind)
{
    size_t count = 0;
    for (size_t i = 0; i < config->n_nodes; i++) count += (size_t)fits(&config->nodes[i], type, kind);
    return count;
}

prl_node *prl_config_add(prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind)
{
    if (config->n_nodes == config->capacity) {
        const size_t capacity = config->capacity ? config->capacity * 2 : 4;
        prl_node *nodes = realloc(config->nodes, capacity * sizeof *nodes);
        if (!nodes) return NULL;
        config->nodes = nodes;
        config->capacity = capacity;
    }
    prl_node *node = &config->nodes[config->n_nodes++];
    *node = (prl_node){.serial = ++config->last_serial, .type = type, .kind = kind};
    return node;
}

void prl_config_remove(prl_config *config, prl_node *node)
{
    prl_bag_clear(&node->bag);
    memmove(node, node + 1, (size_t)(config->nodes + config->n_nodes - (node + 1)) * sizeof *node);
    config->n_nodes--;
}

int prl_config_copy(prl_config *out, const prl_config *config)
{
    *out = (prl_config){.last_serial = config->last_serial, .nodes_changed = config->nodes_changed};
    if (!prl_bag_copy(&out->bag, &config->bag)) return 0;
    for (size_t i = 0; i < config->n_nodes; i++) {
        const prl_node *from = &config->nodes[i];
        prl_node *node = prl_config_add(out, from->type, from->kind);
        if (!node || !prl_bag_copy(&node->bag, &from->bag)) {
            prl_config_clear(out);
            return 0;
        }
        node->serial = from->serial;
    }
    out->last_serial = config->last_serial;
    return 1;
}

void prl_config_clear(prl_config *config)
{
    prl_bag_clear(&config->bag);
    for (size_t i = 0; i < config->n_nodes; i++) prl_bag_clear(&config->nodes[i].bag);
    free(config->nodes);
    *config = (prl_config){0};
}

/* ---- what is kept with the VM in the world ---------------------------------------------------- */

static void saved_destroy(vjob_obj *obj)
{
    prl_config_clear(&((prl_saved *)obj)->config);
}

static const vjob_class saved_class = {"saved configuration", VJOB_SPACE_PRL, 0, saved_destroy, NULL};

vjob_obj *prl_saved_new(const prl_config *config)
{
    prl_saved *saved = (prl_saved *)vjob_obj_new(&saved_class, sizeof *saved);
    if (!saved) return NULL;
    if (!prl_config_copy(&saved->config, config)) {
        vjob_obj_release(&saved->obj);
        return NULL;
    }
    prl_bag_unmark(&saved->config.bag);
    for (size_t i = 0; i < saved->config.n_nodes; i++) prl_bag_unmark(&saved->config.nodes[i].bag);
    saved->config.nodes_changed = 0;
    prl_traits_note(config);
    return &saved->obj;
}

/* ---- as a document ---------------------------------------------------------------------------- */

char *prl_config_write(const prl_config *config)
{
    prl_writer writer = {0};
    prl_write_text(&writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ParallelsVirtualMachine>\n");
    prl_bag_write(&config->bag, &writer);
    for (size_t i = 0; i < config->n_nodes; i++) {
        const prl_node *node = &config->nodes[i];
        prl_write(&writer, "<Node><HandleType>%u</HandleType><Kind>%u</Kind>\n", (unsigned)node->type,
                  (unsigned)node->kind);
        prl_bag_write(&node->bag, &writer);
        prl_write_text(&writer, "</Node>\n");
    }
    prl_write_text(&writer, "</ParallelsVirtualMachine>\n");
    return prl_writer_take(&writer);
}

static int is_node_type(PRL_HANDLE_TYPE type)
{
    return prl_type_is_device(type) || type == PHT_BOOT_DEVICE || type == PHT_SHARE ||
           type == PHT_SCREEN_RESOLUTION;
}

int prl_config_read(prl_config *config, const prl_element *root)
{
    config->nodes_changed = 1;
    if (!prl_bag_read(&config->bag, root)) return 0;
    for (const prl_element *child = root->first_child; child; child = child->next) {
        const PRL_HANDLE_TYPE type = (PRL_HANDLE_TYPE)strtoul(prl_xml_value(child, "HandleType"), NULL, 10);
        if (strcmp(child->name, "Node") || !is_node_type(type)) continue;
        prl_node *node =
            prl_config_add(config, type, (PRL_DEVICE_TYPE)strtoul(prl_xml_value(child, "Kind"), NULL, 10));
        if (!node || !prl_bag_read(&node->bag, child)) return 0;
    }
    return 1;
}
