/** image.h - saved images: a mark, a length, the domain's XML; in a file that appears whole or not at all. */
#ifndef VIR_IMAGE_H
#define VIR_IMAGE_H

#include "vir_def.h"

/** Begin an image of a domain as it is now. 0 | -1, record written: VIR_ERR_SYSTEM_ERROR with errno */
int vir_image_begin(vir_conn *conn, vjob_vm *vm, const char *path, vjob_part **out);
/** The same for a core dump, which has the mark only. */
int vir_core_begin(vir_conn *conn, vjob_vm *vm, const char *path, vjob_part **out);
/** qemu holds a running guest while its core is written, unless VIR_DUMP_LIVE. 1: it is held now; 0; -1, record */
int vir_core_hold(vir_conn *conn, const char *function, vjob_vm *vm, unsigned flags);
/** It goes on, when it was held. 0 | -1: failed already, or it cannot go on; record written */
int vir_core_let_go(vir_conn *conn, const char *function, vjob_vm *vm, int held, int failed);
/** Put it in its place, or (keep 0) remove it; the record stays unless putting fails. 0 | -1 */
int vir_image_end(vir_conn *conn, vjob_part *part, const char *path, int keep);
/** The XML in an image, malloc'ed. NULL, record written: SYSTEM_ERROR, or INTERNAL_ERROR: it is no image */
char *vir_image_read(vir_conn *conn, const char *path);

/** Put other XML of the same domain into an image; `inside` is what is there. 0 | -1, record written */
int vir_image_rewrite(vir_conn *conn, const char *path, const char *inside, const char *xml);

/** What restoring needs: the image's domain, and where it is now. */
typedef struct vir_restore {
    vir_def *def;
    vjob_vm_config config;
    vjob_vm *vm; /* kept; NULL: there is none with its uuid */
} vir_restore;
/** Read an image and look for its domain; `xml` takes the place of the image's, or is NULL. -1, record
 *  written: also VIR_ERR_OPERATION_INVALID (it is active), VIR_ERR_OPERATION_FAILED (its name has another) */
int vir_restore_begin(vir_conn *conn, const char *path, const char *xml, vir_restore *out);
void vir_restore_end(vir_restore *restore);
/** The operation that makes it run again. */
vjob_op_request vir_restore_request(vir_conn *conn, const vir_restore *restore);

#endif
