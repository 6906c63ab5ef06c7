/** device_stats.h - devices of domains by name, and what passed through them. */
#ifndef VIR_DEVICE_STATS_H
#define VIR_DEVICE_STATS_H

#include "vir_def.h"
#include "xml.h"

typedef struct vir_device {
    char name[64];   /* target */
    char other[512]; /* a disk's source, an interface's address */
} vir_device;
typedef struct vir_devices {
    vir_device *all;
    size_t n;
} vir_devices;
/** The disks, or the network interfaces, of a domain's XML. 0 | -1: record written */
int vir_devices_of(vir_conn *conn, vjob_vm *vm, int disks, vir_devices *out);
void vir_devices_free(vir_devices *list);

void vir_disk_figures(const vjob_vm_info *info, size_t nth, virDomainBlockStatsPtr out);
/** 0 | -1: record written */
int vir_nic_figures(vjob_vm *vm, size_t nth, virDomainInterfaceStatsPtr out);

#endif
