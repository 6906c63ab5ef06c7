/* Saved images as files. See image.h. */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "TestGuestMagic"; /* with its NUL: 15 bytes */
#define HEADER (sizeof mark + 4)
#define XML_MAX (4u << 20)

/* ---- writing ---- */

static int begin(vir_conn *conn, vjob_vm *vm, const char *path, vjob_part **out)
{
    vjob_vm_info info;
    const int number = vjob_part_begin(path, out);
    if (!number) return 0;
    vjob_vm_look(vm, &info);
    return vir_fail_errno(conn->from, number, "saving domain '%s' to '%s': open failed", info.name, path);
}

static int write_to(vir_conn *conn, vjob_part **part, const char *path, const char *xml)
{
    const int32_t size = xml ? (int32_t)strlen(xml) : 0;
    int number = vjob_part_write(*part, mark, sizeof mark);
    if (!number && xml) number = vjob_part_write(*part, &size, sizeof size);
    if (!number && xml) number = vjob_part_write(*part, xml, (size_t)size);
    if (!number) return 0;
    vjob_part_end(*part, 0);
    *part = NULL;
    return vir_fail_errno(conn->from, number, "'%s': write failed", path);
}

int vir_image_begin(vir_conn *conn, vjob_vm *vm, const char *path, vjob_part **out)
{
    char *xml = vir_xml_print_domain(conn, vm, VIR_DOMAIN_XML_SECURE);
    int failed = xml ? begin(conn, vm, path, out) : -1;
    if (!failed) failed = write_to(conn, out, path, xml);
    free(xml);
    return failed;
}

int vir_core_begin(vir_conn *conn, vjob_vm *vm, const char *path, vjob_part **out)
{
    return begin(conn, vm, path, out) || write_to(conn, out, path, NULL) ? -1 : 0;
}

int vir_image_end(vir_conn *conn, vjob_part *part, const char *path, int keep)
{
    const int number = vjob_part_end(part, keep);
    return number && keep ? vir_fail_errno(conn->from, number, "'%s': cannot be put in its place", path) : 0;
}

/* ---- reading ---- */

/* The XML inside, or NULL: record written. Takes over `data`. */
static char *take_xml(const vir_conn *conn, const char *path, char *data, size_t size)
{
    int32_t length = 0;
    if (size >= HEADER) memcpy(&length, data + sizeof mark, sizeof length);
    if (size >= sizeof mark && memcmp(data, mark, sizeof mark) != 0)
        vir_fail(conn->from, VIR_ERR_INTERNAL_ERROR, "mismatched header magic");
    else if (size < HEADER)
        vir_fail_errno(conn->from, 0, "incomplete save header in '%s'", path);
    else if (length < 1 || (uint32_t)length > XML_MAX)
        vir_fail(conn->from, VIR_ERR_INTERNAL_ERROR, "length of metadata out of range");
    else if ((size_t)length > size - HEADER)
        vir_fail_errno(conn->from, 0, "incomplete metadata in '%s'", path);
    else {
        memmove(data, data + HEADER, (size_t)length);
        data[length] = '\0';
        return data;
    }
    free(data);
    return NULL;
}

char *vir_image_read(vir_conn *conn, const char *path)
{
    char *data;
    size_t size;
    const int number = vjob_file_read(path, XML_MAX + HEADER, &data, &size);
    if (!number) return take_xml(conn, path, data, size);
    vir_fail_errno(conn->from, number, "cannot read domain image '%s'", path);
    return NULL;
}

/* ---- rewriting ---- */

static int check_same(vir_conn *conn, const char *inside, const char *xml)
{
    vjob_vm_config is, will;
    vir_def *a = vir_xml_read_domain(conn, inside, 0, &is), *b;
    if (!a) return -1;
    int failed = 0;
    b = vir_xml_read_domain(conn, xml, 0, &will);
    if (!b)
        failed = -1;
    else if (strcmp(is.name, will.name) != 0 || (will.uuid[0] && strcmp(is.uuid, will.uuid) != 0))
        failed = vir_fail(conn->from, VIR_ERR_CONFIG_UNSUPPORTED,
                          "the XML is of domain '%s', the image of '%s'", will.name, is.name);
    if (b) vjob_vm_config_clear(&will);
    vir_def_release(b);
    vjob_vm_config_clear(&is);
    vir_def_release(a);
    return failed;
}

int vir_image_rewrite(vir_conn *conn, const char *path, const char *inside, const char *xml)
{
    vjob_part *part;
    if (check_same(conn, inside, xml)) return -1;
    const int number = vjob_part_begin(path, &part);
    if (number) return vir_fail_errno(conn->from, number, "cannot write domain image '%s'", path);
    return write_to(conn, &part, path, xml) || vir_image_end(conn, part, path, 1) ? -1 : 0;
}

/* ---- restoring ---- */

static int find_place(vir_conn *conn, vir_restore *r)
{
    vjob_vm_info info;
    vjob_vm *named;
    if (r->config.uuid[0] && !vjob_vm_by_uuid(conn->host, r->config.uuid, &r->vm)) {
        vjob_vm_look(r->vm, &info);
        if (!vir_is_active(&info)) return 0;
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain '%s' is already active",
                        info.name);
    }
    if (vjob_vm_by_name(conn->host, r->config.name, &named)) return 0;
    const int failed =
        vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain '%s' already exists with uuid %s",
                 r->config.name, vjob_vm_uuid(named));
    vjob_vm_release(named);
    return failed;
}

int vir_restore_begin(vir_conn *conn, const char *path, const char *xml, vir_restore *out)
{
    memset(out, 0, sizeof *out);
    char *inside = vir_image_read(conn, path);
    if (!inside) return -1;
    out->def = vir_xml_read_domain(conn, xml ? xml : inside, 0, &out->config);
    free(inside);
    if (!out->def) return -1;
    if (!find_place(conn, out)) return 0;
    vir_restore_end(out);
    return -1;
}

void vir_restore_end(vir_restore *restore)
{
    vir_def_release(restore->def);
    if (restore->vm) vjob_vm_release(restore->vm);
    vjob_vm_config_clear(&restore->config);
    memset(restore, 0, sizeof *restore);
}

vjob_op_request vir_restore_request(vir_conn *conn, const vir_restore *restore)
{
    if (restore->vm)
        return (vjob_op_request){.op = VJOB_OP_START,
                                 .vm = restore->vm,
                                 .flags = VJOB_OPF_NOT_PAUSED | VJOB_OPF_RESTORED,
                                 .space = VJOB_SPACE_VIR};
    return (vjob_op_request){.op = VJOB_OP_CREATE,
                             .host = conn->host,
                             .config = &restore->config,
                             .extra = &restore->def->obj,
                             .space = VJOB_SPACE_VIR,
                             .flags = VJOB_OPF_RUN | VJOB_OPF_TRANSIENT | VJOB_OPF_RESTORED};
}
