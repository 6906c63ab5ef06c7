/* What events say: counted, immutable content, and its form as a document. */
#include "prl_internal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic PRL_UINT64 last_number;

static void clear_param(prl_event_param *param)
{
    free(param->text);
    free(param->own_name);
    if (param->object) vjob_obj_release(param->object);
}

static void destroy(vjob_item *item)
{
    prl_content *content = (prl_content *)item;
    for (size_t i = 0; i < content->n_params; i++) clear_param(&content->params[i]);
    if (content->params != &content->first) free(content->params);
    free(content->filter);
    if (content->sample_vm) vjob_vm_release(content->sample_vm);
    if (content->item.scope) vjob_obj_release(&content->item.scope->obj);
    if (content->item.server) vjob_obj_release(&content->item.server->obj);
    free(content);
}

prl_content *prl_content_new(PRL_EVENT_TYPE type, PRL_EVENT_ISSUER_TYPE issuer, const char *issuer_id)
{
    prl_content *content = calloc(1, sizeof *content);
    if (!content) return NULL;
    vjob_item_init(&content->item.item, destroy);
    content->type = type;
    content->issuer = issuer;
    content->number = atomic_fetch_add(&last_number, 1) + 1;
    strncpy(content->issuer_id, issuer_id, sizeof content->issuer_id - 1);
    return content;
}

prl_content *prl_content_retain(prl_content *content)
{
    return (prl_content *)vjob_item_retain(&content->item.item);
}

void prl_content_release(prl_content *content)
{
    vjob_item_release(&content->item.item);
}

/* Room for one more. Most events have one parameter, which needs no memory of its own. */
static prl_event_param *make_room(prl_content *content)
{
    if (!content->n_params) return content->params = &content->first;
    const int moves = content->params == &content->first;
    prl_event_param *params =
        realloc(moves ? NULL : content->params, (content->n_params + 1) * sizeof *params);
    if (!params) return NULL;
    if (moves) *params = content->first;
    content->params = params;
    return &params[content->n_params];
}

int prl_content_add(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type, const char *text)
{
    const size_t length = text ? strlen(text) : 0;
    prl_event_param *param = make_room(content);
    if (!param) return 0;
    *param = (prl_event_param){.name = name, .type = type};
    if (length < sizeof param->number)
        memcpy(param->number, text ? text : "", length);
    else if (!(param->text = strdup(text)))
        return 0;
    content->n_params++;
    return 1;
}

int prl_content_own_name(prl_content *content)
{
    prl_event_param *param = &content->params[content->n_params - 1];
    param->own_name = strdup(param->name);
    param->name = param->own_name;
    if (param->own_name) return 1;
    clear_param(param);
    content->n_params--;
    return 0;
}

int prl_content_add_number(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type,
                           long long number)
{
    char digits[24], *at = digits + sizeof digits;
    unsigned long long rest = number < 0 ? 0ull - (unsigned long long)number : (unsigned long long)number;
    *--at = '\0';
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--at = '-';
    return prl_content_add(content, name, type, at);
}

int prl_content_add_object(prl_content *content, const char *name, vjob_obj *object)
{
    if (!object || !prl_content_add(content, name, PFD_ENTITY, "")) {
        if (object) vjob_obj_release(object);
        return 0;
    }
    content->params[content->n_params - 1].object = object;
    return 1;
}

/* ---- as a document ---------------------------------------------------------------------------- */

static void write_text(prl_writer *writer, const char *name, const char *text)
{
    prl_write(writer, "<%s>", name);
    prl_write_escaped(writer, text);
    prl_write(writer, "</%s>", name);
}

char *prl_content_write(const prl_content *content)
{
    prl_writer writer = {0};
    prl_write(&writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Event><Type>%u</Type><Code>%d</Code>",
              (unsigned)content->type, content->code);
    prl_write(&writer, "<IssuerType>%u</IssuerType>", (unsigned)content->issuer);
    write_text(&writer, "IssuerId", content->issuer_id);
    write_text(&writer, "Source", content->source);
    prl_write(&writer, "<AnswerRequired>%u</AnswerRequired>\n", content->answer_required);
    for (size_t i = 0; i < content->n_params; i++) {
        prl_write(&writer, "<Parameter><DataType>%u</DataType>", (unsigned)content->params[i].type);
        write_text(&writer, "Name", content->params[i].name);
        write_text(&writer, "Value", prl_param_text(&content->params[i]));
        prl_write_text(&writer, "</Parameter>\n");
    }
    prl_write_text(&writer, "</Event>\n");
    return prl_writer_take(&writer);
}

static int read_params(prl_content *content, const prl_element *root)
{
    for (const prl_element *child = root->first_child; child; child = child->next) {
        if (strcmp(child->name, "Parameter")) continue;
        const unsigned long type = strtoul(prl_xml_value(child, "DataType"), NULL, 10);
        if (!prl_content_add(content, prl_xml_value(child, "Name"), (PRL_PARAM_FIELD_DATA_TYPE)type,
                             prl_xml_value(child, "Value")) ||
            !prl_content_own_name(content))
            return 0;
    }
    return 1;
}

vjob_err prl_content_read(const char *text, prl_content **out_content)
{
    prl_element *root;
    *out_content = NULL;
    const vjob_err err = prl_xml_parse(text, &root);
    if (err) return err;
    if (strcmp(root->name, "Event") || !prl_xml_child(root, "Type")) {
        prl_xml_free(root);
        return VJOB_EPARSE;
    }
    prl_content *content =
        prl_content_new((PRL_EVENT_TYPE)strtoul(prl_xml_value(root, "Type"), NULL, 10),
                        (PRL_EVENT_ISSUER_TYPE)strtoul(prl_xml_value(root, "IssuerType"), NULL, 10),
                        prl_xml_value(root, "IssuerId"));
    if (content) {
        content->code = (PRL_RESULT)strtol(prl_xml_value(root, "Code"), NULL, 10);
        content->answer_required = strtoul(prl_xml_value(root, "AnswerRequired"), NULL, 10) != 0;
        snprintf(content->source, sizeof content->source, "%s", prl_xml_value(root, "Source"));
        if (!read_params(content, root)) {
            prl_content_release(content);
            content = NULL;
        }
    }
    prl_xml_free(root);
    *out_content = content;
    return content ? VJOB_OK : VJOB_ENOMEM;
}
