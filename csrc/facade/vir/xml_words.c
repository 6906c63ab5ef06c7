/* What domain XML may say: the words of attributes and elements that are known. */
#include "xml_domain.h"

#include <string.h>

static const char *const types[] = {"none", "qemu",   "kvm",    "xen",  "lxc",  "uml",       "openvz", "test",
                                    "vz",   "vmware", "hyperv", "vbox", "phyp", "parallels", "bhyve",  NULL};
static const char *const os_types[] = {"hvm", "xen", "linux", "xenpvh", "exe", "uml", NULL};
static const char *const archs[] = {
    "alpha",     "armv6l",  "armv7l",  "armv7b",   "aarch64",     "cris",   "i686",  "ia64",  "lm32",
    "m68k",      "mips",    "mipsel",  "mips64",   "mips64el",    "parisc", "ppc",   "ppc64", "ppc64le",
    "ppcemb",    "riscv32", "riscv64", "s390",     "s390x",       "sh4",    "sh4eb", "sparc", "sparc64",
    "unicore32", "x86_64",  "xtensa",  "xtensaeb", "loongarch64", NULL};
static const char *const boot[] = {"fd", "hd", "cdrom", "network", NULL};
static const char *const clocks[] = {"utc", "localtime", "variable", "timezone", "absolute", NULL};
static const char *const actions[] = {"destroy", "restart", "rename-restart", "preserve", NULL};
static const char *const crash_actions[] = {
    "destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart", NULL};
static const char *const disk_types[] = {"file",   "block", "dir",       "network",
                                         "volume", "nvme",  "vhostuser", NULL};
static const char *const disk_devices[] = {"disk", "cdrom", "floppy", "lun", NULL};
static const char *const nic_types[] = {"user",    "ethernet", "vhostuser", "server", "client",  "mcast",
                                        "network", "bridge",   "internal",  "direct", "hostdev", "udp",
                                        "vdpa",    "null",     "vds",       NULL};
static const char *const devices[] = {
    "emulator", "disk",    "controller", "lease",       "filesystem", "interface", "smartcard",  "serial",
    "parallel", "console", "channel",    "input",       "tpm",        "graphics",  "audio",      "sound",
    "video",    "hostdev", "redirdev",   "redirfilter", "hub",        "watchdog",  "memballoon", "rng",
    "nvram",    "panic",   "shmem",      "memory",      "iommu",      "vsock",     "crypto",     NULL};
/* In the order in which they are printed; those that the definition holds itself stand for their place. */
static const char *const elements[] = {"genid",
                                       "maxMemory",
                                       "memory",
                                       "currentMemory",
                                       "memoryBacking",
                                       "blkiotune",
                                       "memtune",
                                       "vcpu",
                                       "vcpus",
                                       "iothreads",
                                       "iothreadids",
                                       "defaultiothread",
                                       "cputune",
                                       "numatune",
                                       "resource",
                                       "sysinfo",
                                       "bootloader",
                                       "bootloader_args",
                                       "os",
                                       "idmap",
                                       "features",
                                       "cpu",
                                       "clock",
                                       "on_poweroff",
                                       "on_reboot",
                                       "on_crash",
                                       "on_lockfailure",
                                       "pm",
                                       "perf",
                                       "devices",
                                       "seclabel",
                                       "keywrap",
                                       "launchSecurity",
                                       NULL};

static const char *const *const lists[] = {
    [XML_WORD_TYPE] = types,          [XML_WORD_OS] = os_types,     [XML_WORD_ARCH] = archs,
    [XML_WORD_BOOT] = boot,           [XML_WORD_CLOCK] = clocks,    [XML_WORD_ACTION] = actions,
    [XML_WORD_CRASH] = crash_actions, [XML_WORD_DISK] = disk_types, [XML_WORD_DISK_DEVICE] = disk_devices,
    [XML_WORD_NIC] = nic_types,       [XML_WORD_DEVICE] = devices,  [XML_WORD_ELEMENT] = elements,
};

int xml_word(xml_words list, const char *word)
{
    for (int i = 0; word && lists[list][i]; i++)
        if (strcmp(lists[list][i], word) == 0) return i;
    return -1;
}
