/**
 * vir_def.h - a domain's definition: what this API's XML says and the simulator's configuration does not hold.
 *
 * It is kept with the VM (vjob_vm_set_extra), goes into snapshots and clones with it, and never changes once
 * it is kept: to change something, copy it, change the copy, keep that. VMs that other APIs made have none;
 * vir_def_of makes one from their configuration.
 *
 * Names, uuid, disks and network interfaces are in vjob_vm_config; memory is in both (here exact, in KiB).
 */
#ifndef VIR_DEF_H
#define VIR_DEF_H

#include "vir_internal.h"

/** Texts of a definition; NULL: not there. Pieces of XML are kept as they were written, to be printed again. */
typedef enum vir_def_text {
    VIR_DEF_TYPE, /* domain@type */
    VIR_DEF_TITLE,
    VIR_DEF_DESCRIPTION,
    VIR_DEF_METADATA, /* what is inside <metadata> */
    VIR_DEF_OS_TYPE,
    VIR_DEF_ARCH,
    VIR_DEF_MACHINE,
    VIR_DEF_BOOT, /* devices to boot from, a blank between them */
    VIR_DEF_CLOCK,
    VIR_DEF_ON_POWEROFF,
    VIR_DEF_ON_REBOOT,
    VIR_DEF_ON_CRASH,
    VIR_DEF_EMULATOR,
    VIR_DEF_DEVICES, /* what is inside <devices>, without the emulator */
    VIR_DEF_OS_MORE, /* what is inside <os> beside type and boot */
    VIR_DEF_MORE,    /* other elements of the domain */
    VIR_DEF_TEXTS
} vir_def_text;

typedef struct vir_def {
    vjob_obj obj;
    char *text[VIR_DEF_TEXTS];
    uint64_t max_kib, now_kib; /* memory, currentMemory */
    uint32_t max_vcpus, now_vcpus;
    int from_xml;        /* its devices are in the texts; 0: made from a configuration */
    unsigned char *pins; /* per vcpu a map of VIR_DEF_PIN_BYTES; NULL: on every cpu */
    uint32_t scheduler[4];
} vir_def;
#define VIR_DEF_PIN_BYTES 32

/** An empty definition; one reference. NULL: out of memory, record written. */
vir_def *vir_def_new(void);
/** A copy that may be changed. NULL: record written. */
vir_def *vir_def_copy(const vir_def *def);
/** Set a text (copied; NULL: none). 0 | -1: record written */
int vir_def_set(vir_def *def, vir_def_text which, const char *text);
/** A VM's definition, or with `next` what it will be at its next start (if that differs); made from the
 *  configuration if it has none. One reference. NULL: record written. */
vir_def *vir_def_of(vjob_vm *vm, int next);
static inline void vir_def_release(vir_def *def)
{
    if (def) vjob_obj_release(&def->obj);
}

/* ---- XML (xml_domain.c) -------------------------------------------------------------------------- */

/** Read a domain's XML: the definition, and the rest in *out_config (vjob_vm_config_clear). NULL: record
 *  written. A missing uuid leaves "" there. */
vir_def *vir_xml_read_domain(vir_conn *conn, const char *xml, unsigned flags, vjob_vm_config *out_config);
/** What a domain defined by this XML would print without a guest; malloc'ed. NULL: record written. */
char *vir_xml_again(vir_conn *conn, const char *xml, unsigned flags);
/** Print it, with VIR_DOMAIN_XML_* flags; malloc'ed. NULL: record written. */
char *vir_xml_print_domain(vir_conn *conn, vjob_vm *vm, unsigned flags);

#endif
