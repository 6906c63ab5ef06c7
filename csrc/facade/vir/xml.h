/**
 * xml.h - XML as this API takes and gives it: small documents read into a tree, trees and texts printed.
 *
 * Reading refuses what could cost much: more than 4 MiB, nesting beyond 64 levels, entities of the document's own.
 * Prefixes of namespaces are kept as written. A tree lives in one block of memory and goes all at once.
 */
#ifndef VIR_XML_H
#define VIR_XML_H

#include "vir_internal.h"

typedef struct xml_attr {
    struct xml_attr *next;
    const char *name, *value;
} xml_attr;

typedef struct xml_node {
    struct xml_node *parent, *first, *last, *next;
    const char *name; /* NULL: this is text */
    const char *text; /* of a text */
    xml_attr *attrs, *last_attr;
    unsigned line;
} xml_node;

typedef struct xml_doc {
    xml_node *root;
    struct xml_chunk *chunks;
} xml_doc;

/**
 * Read a document whose root must be `root`. `what` is what errors call it ("domain_definition").
 * -1, record written: VIR_ERR_XML_DETAIL (not well-formed; from `from`), VIR_ERR_XML_ERROR (another root,
 * too large, too deep, entities) | VIR_ERR_NO_MEMORY
 */
int xml_read(xml_doc *doc, const char *text, const char *root, const char *what, int from);
void xml_free(xml_doc *doc);

/** The first child with this name after `after` (NULL: from the start), or NULL. */
xml_node *xml_child(const xml_node *node, const char *name, const xml_node *after);
/** The value of an attribute, or NULL. `node` may be NULL. */
const char *xml_get(const xml_node *node, const char *name);
/** Put an attribute into a node; 0, or -1: out of memory, record written. */
int xml_set(xml_doc *doc, xml_node *node, const char *name, const char *value);
/** An element without content, in front of the others. NULL: record written. */
xml_node *xml_put_first(xml_doc *doc, xml_node *parent, const char *name);
/** Put a node (maybe of another document that lives as long) among the children of a parent: in front of
 *  `before`, or at the end. */
void xml_insert(xml_node *parent, xml_node *node, xml_node *before);
void xml_remove(xml_node *node);
/** The first child with this name, made at the end if there is none. NULL: record written. */
xml_node *xml_need_child(xml_doc *doc, xml_node *parent, const char *name);
/** The text directly inside, without blanks around it; "" if there is none. */
const char *xml_text(const xml_node *node);

/* ---- refusing: all write the record and return -1 ---------------------------------------------------- */

/** VIR_ERR_CONFIG_UNSUPPORTED: "line N: <NAME>: reason". */
int xml_unsupported(const xml_node *node, int from, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));
/** VIR_ERR_XML_ERROR, the same way. */
int xml_wrong(const xml_node *node, int from, const char *reason, ...) __attribute__((format(printf, 3, 4)));

/* ---- printing ------------------------------------------------------------------------------------------- */

typedef struct xml_out {
    char *data;
    size_t size, cap;
    int failed; /* out of memory */
    int indent; /* levels, of two blanks */
    int secure; /* secrets are printed */
} xml_out;

/** One line at the present indentation. What is inserted is not escaped, and short. */
void xml_line(xml_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** An element with a text. */
void xml_element(xml_out *out, const char *name, const char *text);
/** One line with texts of any length that are escaped: only %s. */
void xml_escaped(xml_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** A node with all that is in it; `quote` is ' or ". */
void xml_node_print(xml_out *out, const xml_node *node, char quote);
/** What is inside a node, at indentation 0; malloc'ed. NULL: record written. */
char *xml_inside(const xml_node *node, char quote);
/** Print pieces that xml_inside gave (or NULL), at the present indentation. */
void xml_pieces(xml_out *out, const char *pieces, char quote);
/** The text, malloc'ed, the caller's. NULL: record written. */
char *xml_take(xml_out *out);

#endif
