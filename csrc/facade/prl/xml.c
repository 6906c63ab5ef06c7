/* Reading XML documents into small trees of elements; attributes are not used by this API's texts. */
#include "prl_internal.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

/* Deeper documents are refused: freeing is recursive. */
#define MAX_DEPTH 64

typedef struct reader {
    XML_Parser parser;
    prl_element *root;
    prl_element *open[MAX_DEPTH];
    size_t depth;
    int failed; /* out of memory or too deep */
} reader;

void prl_xml_free(prl_element *root)
{
    while (root) {
        prl_element *next = root->next;
        prl_xml_free(root->first_child);
        free(root->name);
        free(root->text);
        free(root);
        root = next;
    }
}

static void fail(reader *r)
{
    r->failed = 1;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    reader *r = data;
    prl_element *element = calloc(1, sizeof *element);
    PRL_UNUSED_PARAM(attributes);
    if (!element || r->depth == MAX_DEPTH || !(element->name = strdup(name)) ||
        !(element->text = strdup(""))) {
        prl_xml_free(element);
        fail(r);
        return;
    }
    prl_element *parent = r->depth ? r->open[r->depth - 1] : NULL;
    if (!parent)
        r->root = element;
    else if (parent->last_child)
        parent->last_child->next = element;
    else
        parent->first_child = element;
    if (parent) parent->last_child = element;
    r->open[r->depth++] = element;
}

static void XMLCALL end(void *data, const XML_Char *name)
{
    PRL_UNUSED_PARAM(name);
    ((reader *)data)->depth--;
}

static void XMLCALL text(void *data, const XML_Char *chars, int length)
{
    reader *r = data;
    if (!r->depth) return;
    prl_element *element = r->open[r->depth - 1];
    const size_t old = strlen(element->text);
    char *longer = realloc(element->text, old + (size_t)length + 1);
    if (!longer) {
        fail(r);
        return;
    }
    memcpy(longer + old, chars, (size_t)length);
    longer[old + (size_t)length] = '\0';
    element->text = longer;
}

/* Documents bring no entities of their own, so nothing can be blown up. */
static void XMLCALL doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *id,
                            int subset)
{
    PRL_UNUSED_PARAM(name);
    PRL_UNUSED_PARAM(system);
    PRL_UNUSED_PARAM(id);
    PRL_UNUSED_PARAM(subset);
    fail(data);
}

vjob_err prl_xml_parse(const char *document, prl_element **out_root)
{
    reader r = {.parser = XML_ParserCreate("UTF-8")};
    *out_root = NULL;
    if (!r.parser) return VJOB_ENOMEM;
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, start, end);
    XML_SetCharacterDataHandler(r.parser, text);
    XML_SetStartDoctypeDeclHandler(r.parser, doctype);
    const size_t length = strlen(document);
    const int fine = length < INT32_MAX && XML_Parse(r.parser, document, (int)length, 1) == XML_STATUS_OK;
    XML_ParserFree(r.parser);
    if (fine && !r.failed && r.root) {
        *out_root = r.root;
        return VJOB_OK;
    }
    prl_xml_free(r.root);
    return VJOB_EPARSE;
}

const prl_element *prl_xml_child(const prl_element *element, const char *name)
{
    for (const prl_element *child = element->first_child; child; child = child->next)
        if (!strcmp(child->name, name)) return child;
    return NULL;
}

const char *prl_xml_value(const prl_element *element, const char *name)
{
    const prl_element *child = prl_xml_child(element, name);
    return child ? child->text : "";
}
