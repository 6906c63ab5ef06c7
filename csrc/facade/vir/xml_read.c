/* Reading XML into a tree. See xml.h for what is refused. */
#include "xml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_BYTES (4u << 20)
#define DEPTH_MAX 64
#define CHUNK 8192u

/* ---- memory ---- */

typedef struct xml_chunk {
    struct xml_chunk *next;
    size_t used, cap;
    char data[];
} xml_chunk;

static void *take(xml_doc *doc, size_t size)
{
    xml_chunk *chunk = doc->chunks;
    size = (size + 7) & ~(size_t)7;
    if (!chunk || chunk->cap - chunk->used < size) {
        const size_t cap = size > CHUNK ? size : CHUNK;
        chunk = malloc(sizeof *chunk + cap);
        if (!chunk) return NULL;
        *chunk = (xml_chunk){doc->chunks, 0, cap};
        doc->chunks = chunk;
    }
    void *made = chunk->data + chunk->used;
    chunk->used += size;
    return memset(made, 0, size);
}

static char *take_text(xml_doc *doc, const char *text, size_t size)
{
    char *copy = take(doc, size + 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

void xml_free(xml_doc *doc)
{
    while (doc->chunks) {
        xml_chunk *next = doc->chunks->next;
        free(doc->chunks);
        doc->chunks = next;
    }
    doc->root = NULL;
}

/* ---- building ---- */

typedef struct reader {
    XML_Parser parser;
    xml_doc *doc;
    xml_node *at;
    char *text; /* collected since the last tag */
    size_t text_size, text_cap;
    int depth;
    const char *refused; /* NULL: not */
    int no_memory;
} reader;

static void stop(reader *r, const char *why)
{
    if (why)
        r->refused = why;
    else
        r->no_memory = 1;
    XML_StopParser(r->parser, XML_FALSE);
}

static void append(xml_node *parent, xml_node *node)
{
    node->parent = parent;
    if (!parent) return;
    *(parent->last ? &parent->last->next : &parent->first) = node;
    parent->last = node;
}

static int blank(const char *text, size_t size)
{
    return strspn(text, " \t\r\n") >= size;
}

/* Blanks between elements are layout; they come back when it is printed. */
static void end_text(reader *r)
{
    const size_t size = r->text_size;
    r->text_size = 0;
    if (!size || !r->at) return;
    r->text[size] = '\0';
    if (blank(r->text, size)) return;
    xml_node *node = take(r->doc, sizeof *node);
    if (node) node->text = take_text(r->doc, r->text, size);
    if (!node || !node->text) {
        stop(r, NULL);
        return;
    }
    append(r->at, node);
}

static void on_text(void *data, const XML_Char *text, int size)
{
    reader *r = data;
    const size_t need = r->text_size + (size_t)size + 1;
    if (need > r->text_cap) {
        const size_t cap = need * 2;
        char *grown = realloc(r->text, cap);
        if (!grown) {
            stop(r, NULL);
            return;
        }
        r->text = grown;
        r->text_cap = cap;
    }
    memcpy(r->text + r->text_size, text, (size_t)size);
    r->text_size += (size_t)size;
}

static int put_attr(xml_doc *doc, xml_node *node, const char *name, const char *value)
{
    xml_attr *attr = take(doc, sizeof *attr);
    if (!attr) return 0;
    attr->name = take_text(doc, name, strlen(name));
    attr->value = take_text(doc, value, strlen(value));
    if (!attr->name || !attr->value) return 0;
    *(node->last_attr ? &node->last_attr->next : &node->attrs) = attr;
    node->last_attr = attr;
    return 1;
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attrs)
{
    reader *r = data;
    end_text(r);
    if (++r->depth > DEPTH_MAX) {
        stop(r, "elements are nested too deeply");
        return;
    }
    xml_node *node = take(r->doc, sizeof *node);
    int ok = node && (node->name = take_text(r->doc, name, strlen(name)));
    for (size_t i = 0; ok && attrs[i]; i += 2) ok = put_attr(r->doc, node, attrs[i], attrs[i + 1]);
    if (!ok) {
        stop(r, NULL);
        return;
    }
    node->line = (unsigned)XML_GetCurrentLineNumber(r->parser);
    append(r->at, node);
    if (!r->at) r->doc->root = node;
    r->at = node;
}

static void on_end(void *data, const XML_Char *name)
{
    reader *r = data;
    (void)name;
    end_text(r);
    r->depth--;
    r->at = r->at->parent;
}

/* An entity can stand for any amount of text, or for a file. */
static void on_entity(void *data, const XML_Char *name, int is_parameter, const XML_Char *value, int size,
                      const XML_Char *base, const XML_Char *system, const XML_Char *public_id,
                      const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)size;
    (void)base, (void)system, (void)public_id, (void)notation;
    stop(data, "entities of the document's own are not accepted");
}

/* ---- errors ---- */

static int bad_form(const reader *r, const char *what, int from)
{
    const unsigned line = (unsigned)XML_GetCurrentLineNumber(r->parser);
    const enum XML_Error error = XML_GetErrorCode(r->parser);
    if (r->no_memory || error == XML_ERROR_NO_MEMORY) return vir_fail_memory(from);
    if (r->refused) {
        const char *name = r->at ? r->at->name : "document";
        return vir_fail(VIR_FROM_XML, VIR_ERR_XML_ERROR, "line %u: <%s>: %s", line, name, r->refused);
    }
    if (r->at)
        return vir_fail(from, VIR_ERR_XML_DETAIL, "(%s):%u: %s in <%s>", what, line, XML_ErrorString(error),
                        r->at->name);
    return vir_fail(from, VIR_ERR_XML_DETAIL, "(%s):%u: %s", what, line, XML_ErrorString(error));
}

static int parse(reader *r, const char *text, size_t size, const char *what, int from)
{
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetEntityDeclHandler(r->parser, on_entity);
    if (XML_Parse(r->parser, text, (int)size, 1) != XML_STATUS_OK) return bad_form(r, what, from);
    return 0;
}

int xml_read(xml_doc *doc, const char *text, const char *root, const char *what, int from)
{
    reader r = {.doc = doc};
    *doc = (xml_doc){0};
    const size_t size = strnlen(text, SIZE_MAX_BYTES + 1);
    if (size > SIZE_MAX_BYTES)
        return vir_fail(VIR_FROM_XML, VIR_ERR_XML_ERROR, "<%s>: the document is larger than 4 MiB", root);
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser) return vir_fail_memory(from);
    int failed = parse(&r, text, size, what, from);
    XML_ParserFree(r.parser);
    free(r.text);
    if (!failed && strcmp(doc->root->name, root) != 0)
        failed =
            vir_fail(VIR_FROM_XML, VIR_ERR_XML_ERROR, "line %u: expecting root element of '%s', not '%.100s'",
                     doc->root->line, root, doc->root->name);
    if (failed) xml_free(doc);
    return failed;
}

/* ---- using ---- */

xml_node *xml_child(const xml_node *node, const char *name, const xml_node *after)
{
    xml_node *child = after ? after->next : node ? node->first : NULL;
    while (child && !(child->name && strcmp(child->name, name) == 0)) child = child->next;
    return child;
}

const char *xml_get(const xml_node *node, const char *name)
{
    const xml_attr *attr = node ? node->attrs : NULL;
    while (attr && strcmp(attr->name, name) != 0) attr = attr->next;
    return attr ? attr->value : NULL;
}

int xml_set(xml_doc *doc, xml_node *node, const char *name, const char *value)
{
    return put_attr(doc, node, name, value) ? 0 : vir_fail_memory(VIR_FROM_XML);
}

xml_node *xml_put_first(xml_doc *doc, xml_node *parent, const char *name)
{
    xml_node *node = take(doc, sizeof *node);
    if (!node || !(node->name = take_text(doc, name, strlen(name)))) {
        vir_fail_memory(VIR_FROM_XML);
        return NULL;
    }
    node->parent = parent;
    node->line = parent->line;
    node->next = parent->first;
    parent->first = node;
    if (!parent->last) parent->last = node;
    return node;
}

void xml_insert(xml_node *parent, xml_node *node, xml_node *before)
{
    xml_node *left = NULL;
    for (xml_node *at = parent->first; at && at != before; at = at->next) left = at;
    node->parent = parent;
    node->next = before;
    *(left ? &left->next : &parent->first) = node;
    if (!before) parent->last = node;
}

void xml_remove(xml_node *node)
{
    xml_node *parent = node->parent, *left = NULL;
    for (xml_node *at = parent->first; at != node; at = at->next) left = at;
    *(left ? &left->next : &parent->first) = node->next;
    if (parent->last == node) parent->last = left;
    node->next = NULL;
}

xml_node *xml_need_child(xml_doc *doc, xml_node *parent, const char *name)
{
    xml_node *child = xml_child(parent, name, NULL);
    if (child) return child;
    child = xml_put_first(doc, parent, name);
    if (!child || parent->last == child) return child;
    xml_remove(child);
    xml_insert(parent, child, NULL);
    return child;
}

const char *xml_text(const xml_node *node)
{
    const xml_node *child = node ? node->first : NULL;
    while (child && child->name) child = child->next;
    if (!child) return "";
    /* Trimmed in place: the tree is its reader's own. */
    char *text = (char *)child->text + strspn(child->text, " \t\r\n");
    size_t size = strlen(text);
    while (size && strchr(" \t\r\n", text[size - 1])) size--;
    text[size] = '\0';
    return text;
}

#define SAY(code)                                                                                            \
    char text[512];                                                                                          \
    va_list arguments;                                                                                       \
    va_start(arguments, reason);                                                                             \
    vsnprintf(text, sizeof text, reason, arguments);                                                         \
    va_end(arguments);                                                                                       \
    return vir_fail(from, code, "line %u: <%.60s>: %s", node->line, node->name, text)

int xml_unsupported(const xml_node *node, int from, const char *reason, ...)
{
    SAY(VIR_ERR_CONFIG_UNSUPPORTED);
}

int xml_wrong(const xml_node *node, int from, const char *reason, ...)
{
    SAY(VIR_ERR_XML_ERROR);
}
