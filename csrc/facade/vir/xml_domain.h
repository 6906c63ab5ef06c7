/** xml_domain.h - what the files about domain XML share. */
#ifndef VIR_XML_DOMAIN_H
#define VIR_XML_DOMAIN_H

#include "vir_def.h"
#include "xml.h"

typedef enum xml_words {
    XML_WORD_TYPE,
    XML_WORD_OS,
    XML_WORD_ARCH,
    XML_WORD_BOOT,
    XML_WORD_CLOCK,
    XML_WORD_ACTION,
    XML_WORD_CRASH,
    XML_WORD_DISK,
    XML_WORD_DISK_DEVICE,
    XML_WORD_NIC,
    XML_WORD_DEVICE,
    XML_WORD_ELEMENT /* below <domain>, in the order of printing */
} xml_words;
/** Its place in the list, or -1. */
int xml_word(xml_words list, const char *word);

/** A size in an element: text and unit, in KiB, rounded up. 0, or -1 with a record (XML_ERROR, INVALID_ARG, OVERFLOW). */
int xml_read_kib(const xml_node *node, uint64_t *out_kib);
/** A uuid in any usual form into canonical text; -1: it is none (nothing is written). */
int xml_read_uuid(const char *text, char out_uuid[37]);
/** The element <name> of a domain, network: into out. -1 with a record. */
int xml_read_name(const xml_node *root, int from, char *out, size_t cap);
/** Its <uuid>, or "". -1 with a record. */
int xml_read_root_uuid(const xml_node *root, int from, char out_uuid[40]);

/** <devices>: disks and interfaces into the configuration, the rest is kept (VIR_DEF_DEVICES, VIR_DEF_EMULATOR). */
int xml_read_devices(xml_doc *doc, xml_node *devices, vir_def *def, vjob_vm_config *config);

/** Let a definition of a VM that was not made from XML tell its devices itself. 0 | -1: record written */
int xml_own_devices(vir_def *def, const vjob_vm_config *config);
/** Print a definition as <domain>, at the present indentation. `run`: the id, 0: none. */
void xml_print_def(xml_out *out, const vir_def *def, const vjob_vm_config *config, uint32_t run);

#endif
