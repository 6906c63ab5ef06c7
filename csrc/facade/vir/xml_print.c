/* Printing XML: lines, trees, pieces that were kept as text. */
#include "xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(xml_out *out, const char *text, size_t size)
{
    const size_t need = out->size + size + 1;
    if (out->failed) return;
    if (need > out->cap) {
        const size_t cap = need * 2;
        char *grown = realloc(out->data, cap);
        if (!grown) {
            out->failed = 1;
            return;
        }
        out->data = grown;
        out->cap = cap;
    }
    memcpy(out->data + out->size, text, size);
    out->size += size;
    out->data[out->size] = '\0';
}

static void puts_(xml_out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_escaped(xml_out *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': puts_(out, "&amp;"); break;
        case '<': puts_(out, "&lt;"); break;
        case '>': puts_(out, "&gt;"); break;
        case '"': puts_(out, "&quot;"); break;
        case '\'': puts_(out, "&apos;"); break;
        default: put(out, text, 1);
        }
    }
}

/* In the text of an element quotes stand for themselves. */
static void put_content(xml_out *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': puts_(out, "&amp;"); break;
        case '<': puts_(out, "&lt;"); break;
        case '>': puts_(out, "&gt;"); break;
        default: put(out, text, 1);
        }
    }
}

static void begin(xml_out *out)
{
    for (int i = 0; i < out->indent; i++) puts_(out, "  ");
}

void xml_line(xml_out *out, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    begin(out);
    puts_(out, text);
    puts_(out, "\n");
}

void xml_escaped(xml_out *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    begin(out);
    for (const char *at = format; *at; at++) {
        if (at[0] == '%' && at[1] == 's') {
            put_escaped(out, va_arg(arguments, const char *));
            at++;
        } else {
            put(out, at, 1);
        }
    }
    puts_(out, "\n");
    va_end(arguments);
}

void xml_element(xml_out *out, const char *name, const char *text)
{
    xml_escaped(out, "<%s>%s</%s>", name, text, name);
}

/* ---- trees ---- */

static int secret(const xml_node *node, const xml_attr *attr)
{
    return strcmp(node->name, "graphics") == 0 && strncmp(attr->name, "passwd", 6) == 0;
}

static void print_attrs(xml_out *out, const xml_node *node, char quote)
{
    for (const xml_attr *attr = node->attrs; attr; attr = attr->next) {
        if (!out->secure && secret(node, attr)) continue;
        puts_(out, " ");
        puts_(out, attr->name);
        put(out, quote == '"' ? "=\"" : "='", 2);
        put_escaped(out, attr->value);
        put(out, &quote, 1);
    }
}

static int has_text(const xml_node *node)
{
    const xml_node *child = node->first;
    while (child && child->name) child = child->next;
    return child != NULL;
}

/* `flat`: text is around it, so blanks would count. */
static void print(xml_out *out, const xml_node *node, char quote, int flat)
{
    if (!node->name) {
        put_content(out, node->text);
        return;
    }
    const int inside_flat = flat || has_text(node);
    if (!flat) begin(out);
    puts_(out, "<");
    puts_(out, node->name);
    print_attrs(out, node, quote);
    puts_(out, node->first ? ">" : "/>");
    if (node->first) {
        if (!inside_flat) puts_(out, "\n");
        out->indent++;
        for (const xml_node *child = node->first; child; child = child->next)
            print(out, child, quote, inside_flat);
        out->indent--;
        if (!inside_flat) begin(out);
        puts_(out, "</");
        puts_(out, node->name);
        puts_(out, ">");
    }
    if (!flat) puts_(out, "\n");
}

void xml_node_print(xml_out *out, const xml_node *node, char quote)
{
    print(out, node, quote, 0);
}

/* ---- pieces ---- */

char *xml_inside(const xml_node *node, char quote)
{
    xml_out out = {.secure = 1};
    const int flat = has_text(node);
    put(&out, "", 0);
    for (const xml_node *child = node->first; child; child = child->next) print(&out, child, quote, flat);
    return xml_take(&out);
}

/* They were well-formed when they were kept. */
void xml_pieces(xml_out *out, const char *pieces, char quote)
{
    xml_doc doc;
    char *whole = NULL;
    if (!pieces || !*pieces) return;
    const size_t size = strlen(pieces) + 32;
    whole = malloc(size);
    if (whole) snprintf(whole, size, "<pieces>%s</pieces>", pieces);
    if (!whole || xml_read(&doc, whole, "pieces", "kept", VIR_FROM_XML)) {
        free(whole);
        out->failed = 1;
        return;
    }
    const int flat = has_text(doc.root);
    if (flat) begin(out);
    for (const xml_node *child = doc.root->first; child; child = child->next) print(out, child, quote, flat);
    if (flat) puts_(out, "\n");
    xml_free(&doc);
    free(whole);
}

char *xml_take(xml_out *out)
{
    char *text = out->data;
    const int failed = out->failed || !text;
    if (failed) free(text);
    *out = (xml_out){0};
    if (!failed) return text;
    vir_fail_memory(VIR_FROM_XML);
    return NULL;
}
