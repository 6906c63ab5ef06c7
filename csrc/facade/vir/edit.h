/** edit.h - changes of a domain's definition: of the guest that is there, of what is defined, or of both. */
#ifndef VIR_EDIT_H
#define VIR_EDIT_H

#include "vir_def.h"

/** VIR_DOMAIN_AFFECT_* as asked for -> which of them is meant. 0 | -1: record written */
int vir_impact(const vir_there *there, unsigned flags, unsigned *out_impact);
/** Change a copy, keep it. `change` returns 0, or -1 with the record written. 0 | -1 */
typedef int (*vir_change)(vir_def *def, void *data);
int vir_edit(const vir_conn *conn, const char *function, const vir_there *there, unsigned impact,
             vir_change change, void *data);
/** The definition that an impact is about. NULL: record written */
vir_def *vir_def_meant(const vir_there *there, unsigned impact);

#endif
