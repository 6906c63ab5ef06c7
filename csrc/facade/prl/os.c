/* Guest operating systems: this API's numbers and the simulator's names. */
#include "prl_internal.h"

#include <string.h>

/* The first row of a number is the name that it gets; a name may be written in several ways. */
static const struct {
    PRL_UINT32 version;
    const char *name;
} systems[] = {
    {PVS_GUEST_VER_WIN_XP, "winxp"},          {PVS_GUEST_VER_WIN_2K, "win2000"},
    {PVS_GUEST_VER_WIN_2003, "win2003"},      {PVS_GUEST_VER_WIN_VISTA, "winvista"},
    {PVS_GUEST_VER_WIN_2008, "win2008"},      {PVS_GUEST_VER_WIN_WINDOWS7, "win7"},
    {PVS_GUEST_VER_WIN_WINDOWS8, "win8"},     {PVS_GUEST_VER_WIN_2012, "win2012"},
    {PVS_GUEST_VER_WIN_WINDOWS8_1, "win8.1"}, {PVS_GUEST_VER_WIN_WINDOWS10, "win10"},
    {PVS_GUEST_VER_WIN_2016, "win2016"},      {PVS_GUEST_VER_WIN_2019, "win2019"},
    {PVS_GUEST_VER_WIN_2022, "win2022"},      {PVS_GUEST_VER_WIN_WINDOWS11, "win11"},
    {PVS_GUEST_VER_WIN_OTHER, "windows"},     {PVS_GUEST_VER_LIN_OTHER, "linux"},
    {PVS_GUEST_VER_LIN_UBUNTU, "ubuntu"},     {PVS_GUEST_VER_LIN_DEBIAN, "debian"},
    {PVS_GUEST_VER_LIN_FEDORA, "fedora"},     {PVS_GUEST_VER_LIN_CENTOS, "centos"},
    {PVS_GUEST_VER_LIN_REDHAT, "redhat"},     {PVS_GUEST_VER_LIN_REDHAT, "rhel"},
    {PVS_GUEST_VER_LIN_SUSE, "suse"},         {PVS_GUEST_VER_LIN_OPENSUSE, "opensuse"},
    {PVS_GUEST_VER_MACOS_UNIVERSAL, "macos"}, {PVS_GUEST_VER_BSD_OTHER, "freebsd"},
    {PVS_GUEST_VER_SOL_OTHER, "solaris"},     {PVS_GUEST_VER_DOS_OTHER, "dos"},
    {PVS_GUEST_VER_OTH_OTHER, "other"},
};

PRL_UINT32 prl_os_version(const char *name)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (!strcmp(systems[i].name, name)) return systems[i].version;
    if (!strncmp(name, "win", 3)) return PVS_GUEST_VER_WIN_OTHER;
    return strstr(name, "linux") ? PVS_GUEST_VER_LIN_OTHER : PVS_GUEST_VER_OTH_OTHER;
}

const char *prl_os_name(PRL_UINT32 version)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (systems[i].version == version) return systems[i].name;
    switch (version >> 8) {
    case PVS_GUEST_TYPE_WINDOWS: return "windows";
    case PVS_GUEST_TYPE_LINUX: return "linux";
    case PVS_GUEST_TYPE_MACOS: return "macos";
    case PVS_GUEST_TYPE_FREEBSD: return "freebsd";
    default: return "other";
    }
}
