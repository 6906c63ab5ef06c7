/* Guest operating systems: this API's numbers and the simulator's names. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* The first row of a number is the name that it gets; a name may be written in several ways. */
static const struct {
    PRL_UINT32 version;
    const char *name;
    const char *title; /* for people */
} systems[] = {
    {PVS_GUEST_VER_WIN_XP, "winxp", "Windows XP"},
    {PVS_GUEST_VER_WIN_2K, "win2000", "Windows 2000"},
    {PVS_GUEST_VER_WIN_2003, "win2003", "Windows Server 2003"},
    {PVS_GUEST_VER_WIN_VISTA, "winvista", "Windows Vista"},
    {PVS_GUEST_VER_WIN_2008, "win2008", "Windows Server 2008"},
    {PVS_GUEST_VER_WIN_WINDOWS7, "win7", "Windows 7"},
    {PVS_GUEST_VER_WIN_WINDOWS8, "win8", "Windows 8"},
    {PVS_GUEST_VER_WIN_2012, "win2012", "Windows Server 2012"},
    {PVS_GUEST_VER_WIN_WINDOWS8_1, "win8.1", "Windows 8.1"},
    {PVS_GUEST_VER_WIN_WINDOWS10, "win10", "Windows 10"},
    {PVS_GUEST_VER_WIN_2016, "win2016", "Windows Server 2016"},
    {PVS_GUEST_VER_WIN_2019, "win2019", "Windows Server 2019"},
    {PVS_GUEST_VER_WIN_2022, "win2022", "Windows Server 2022"},
    {PVS_GUEST_VER_WIN_WINDOWS11, "win11", "Windows 11"},
    {PVS_GUEST_VER_WIN_OTHER, "windows", "Other Windows"},
    {PVS_GUEST_VER_LIN_OTHER, "linux", "Other Linux"},
    {PVS_GUEST_VER_LIN_UBUNTU, "ubuntu", "Ubuntu Linux"},
    {PVS_GUEST_VER_LIN_DEBIAN, "debian", "Debian GNU/Linux"},
    {PVS_GUEST_VER_LIN_FEDORA, "fedora", "Fedora Linux"},
    {PVS_GUEST_VER_LIN_CENTOS, "centos", "CentOS Linux"},
    {PVS_GUEST_VER_LIN_REDHAT, "redhat", "Red Hat Enterprise Linux"},
    {PVS_GUEST_VER_LIN_REDHAT, "rhel", "Red Hat Enterprise Linux"},
    {PVS_GUEST_VER_LIN_SUSE, "suse", "SUSE Linux"},
    {PVS_GUEST_VER_LIN_OPENSUSE, "opensuse", "openSUSE Linux"},
    {PVS_GUEST_VER_MACOS_UNIVERSAL, "macos", "macOS"},
    {PVS_GUEST_VER_BSD_OTHER, "freebsd", "FreeBSD"},
    {PVS_GUEST_VER_SOL_OTHER, "solaris", "Solaris"},
    {PVS_GUEST_VER_DOS_OTHER, "dos", "MS-DOS"},
    {PVS_GUEST_VER_OTH_OTHER, "other", "Other"},
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

/* ---- what is offered -------------------------------------------------------------------------- */

#define SYSTEMS (sizeof systems / sizeof *systems)

static PRL_UINT8 type_of(size_t row)
{
    return (PRL_UINT8)(systems[row].version >> 8);
}

/* Is a row the first with its number, or (with `types`) the first with its type? */
static int is_first(size_t row, int types)
{
    for (size_t i = 0; i < row; i++)
        if (types ? type_of(i) == type_of(row) : systems[i].version == systems[row].version) return 0;
    return 1;
}

static PRL_RESULT give_types(PRL_HANDLE_PTR out)
{
    PRL_RESULT result = PRL_ERR_SUCCESS;
    PRL_HANDLE list;
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    if ((result = PrlApi_CreateOpTypeList(&list, sizeof(PRL_UINT8))) != 0) return result;
    for (size_t i = 0; i < SYSTEMS && !result; i++) {
        const PRL_UINT8 type = type_of(i);
        if (is_first(i, 1)) result = PrlOpTypeList_AddItem(list, &type);
    }
    if (result)
        PrlHandle_Free(list);
    else
        *out = list;
    return result;
}

static PRL_RESULT give_versions(PRL_UINT8 type, PRL_HANDLE_PTR out)
{
    PRL_RESULT result = PRL_ERR_SUCCESS;
    PRL_HANDLE list;
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    if ((result = PrlApi_CreateOpTypeList(&list, sizeof(PRL_UINT16))) != 0) return result;
    for (size_t i = 0; i < SYSTEMS && !result; i++) {
        const PRL_UINT16 version = (PRL_UINT16)systems[i].version;
        if (type_of(i) == type && is_first(i, 0)) result = PrlOpTypeList_AddItem(list, &version);
    }
    if (result)
        PrlHandle_Free(list);
    else
        *out = list;
    return result;
}

/* The first of a type. */
static PRL_RESULT default_version(PRL_UINT8 type, PRL_UINT16_PTR out)
{
    PRL_NEED(out);
    for (size_t i = 0; i < SYSTEMS; i++)
        if (type_of(i) == type) {
            *out = (PRL_UINT16)systems[i].version;
            return PRL_ERR_SUCCESS;
        }
    return PRL_ERR_INVALID_ARG;
}

PRL_METHOD(PrlApi_GetSupportedOsesTypes)(PRL_HOST_OS_TYPE nHostOsType, PRL_HANDLE_PTR phOsesTypesList)
{
    PRL_ENTER_PLAIN();
    PRL_UNUSED_PARAM(nHostOsType);
    return give_types(phOsesTypesList);
}

PRL_METHOD(PrlApi_GetSupportedOsesVersions)
(PRL_HOST_OS_TYPE nHostOsType, PRL_UINT8 nGuestOsType, PRL_HANDLE_PTR phGuestsList)
{
    PRL_ENTER_PLAIN();
    PRL_UNUSED_PARAM(nHostOsType);
    return give_versions(nGuestOsType, phGuestsList);
}

PRL_METHOD(PrlApi_GetDefaultOsVersion)(PRL_UINT8 nGuestOsType, PRL_UINT16_PTR pnOsVersion)
{
    PRL_ENTER_PLAIN();
    return default_version(nGuestOsType, pnOsVersion);
}

PRL_METHOD(PrlApi_GuestToString)
(PRL_UINT32 nGuestId, PRL_STR sGuestString, PRL_UINT32_PTR pnGuestStringSize)
{
    PRL_ENTER_PLAIN();
    for (size_t i = 0; i < SYSTEMS; i++)
        if (systems[i].version == nGuestId)
            return prl_text(systems[i].title, sGuestString, pnGuestStringSize);
    return prl_text("Unknown", sGuestString, pnGuestStringSize);
}

PRL_METHOD(PrlSrv_GetSupportedOses)(PRL_HANDLE hServer, PRL_HANDLE_PTR phOsesMatrix)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(server && phOsesMatrix);
    return prl_give_new((vjob_obj *)prl_record_new(PHT_GUEST_OSES_MATRIX), phOsesMatrix);
}

PRL_METHOD(PrlOsesMatrix_GetSupportedOsesTypes)(PRL_HANDLE hOsesMatrix, PRL_HANDLE_PTR phOsesTypesList)
{
    PRL_ENTER(vjob_obj, matrix, hOsesMatrix, PHT_GUEST_OSES_MATRIX);
    PRL_NEED(matrix);
    return give_types(phOsesTypesList);
}

PRL_METHOD(PrlOsesMatrix_GetSupportedOsesVersions)
(PRL_HANDLE hOsesMatrix, PRL_UINT8 nGuestOsType, PRL_HANDLE_PTR phGuestsList)
{
    PRL_ENTER(vjob_obj, matrix, hOsesMatrix, PHT_GUEST_OSES_MATRIX);
    PRL_NEED(matrix);
    return give_versions(nGuestOsType, phGuestsList);
}

PRL_METHOD(PrlOsesMatrix_GetDefaultOsVersion)
(PRL_HANDLE hOsesMatrix, PRL_UINT8 nGuestOsType, PRL_UINT16_PTR pnOsVersion)
{
    PRL_ENTER(vjob_obj, matrix, hOsesMatrix, PHT_GUEST_OSES_MATRIX);
    PRL_NEED(matrix);
    return default_version(nGuestOsType, pnOsVersion);
}

PRL_METHOD(PrlOsesMatrix_GetSupportType)
(PRL_HANDLE hOsesMatrix, PRL_UINT8 nGuestOsType, PRL_UINT16 nGuestOSVersion,
 PRL_GUEST_OS_SUPPORT_TYPE_PTR pnGuestSupportType)
{
    PRL_ENTER(vjob_obj, matrix, hOsesMatrix, PHT_GUEST_OSES_MATRIX);
    PRL_NEED(matrix && pnGuestSupportType);
    *pnGuestSupportType = PGS_OS_EXPERIMENTAL;
    for (size_t i = 0; i < SYSTEMS; i++)
        if (type_of(i) == nGuestOsType && systems[i].version == nGuestOSVersion)
            *pnGuestSupportType = PGS_OS_SUPPORTED;
    return PRL_ERR_SUCCESS;
}

/* ---- what a new VM gets ----------------------------------------------------------------------- */

/* The simulator's default for an operating system. */
static PRL_RESULT defaults_of(PRL_UINT32 version, vjob_vm_config *out)
{
    return prl_result(vjob_vm_config_default(prl_os_name(version), out));
}

PRL_METHOD(PrlApi_GetRecommendMinVmMem)(PRL_UINT32 nOsVersion, PRL_UINT32_PTR pnMinMemSize)
{
    return PrlVmCfg_GetDefaultMemSize(nOsVersion, 0, pnMinMemSize);
}

PRL_METHOD(PrlVmCfg_GetDefaultMemSize)
(PRL_UINT32 guestOsVersion, PRL_UINT32 hostRam, PRL_UINT32_PTR pnMemSize)
{
    vjob_vm_config config;
    PRL_ENTER_PLAIN();
    PRL_NEED(pnMemSize);
    PRL_UNUSED_PARAM(hostRam);
    const PRL_RESULT result = defaults_of(guestOsVersion, &config);
    if (result) return result;
    *pnMemSize = config.memory_mb;
    vjob_vm_config_clear(&config);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmCfg_GetDefaultVideoRamSize)
(PRL_UINT32 guestOsVersion, PRL_HANDLE hSrvConfig, PRL_BOOL bIs3DSupportEnabled,
 PRL_UINT32_PTR pnVideoRamSize)
{
    vjob_vm_config config;
    PRL_ENTER(vjob_obj, host, hSrvConfig, PHT_SERVER_CONFIG);
    PRL_NEED(host && pnVideoRamSize);
    PRL_UNUSED_PARAM(bIs3DSupportEnabled);
    const PRL_RESULT result = defaults_of(guestOsVersion, &config);
    if (result) return result;
    *pnVideoRamSize = config.video_mb;
    vjob_vm_config_clear(&config);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmCfg_GetDefaultHddSize)(PRL_UINT32 guestOsVersion, PRL_UINT32_PTR pnHddSize)
{
    vjob_vm_config config;
    PRL_ENTER_PLAIN();
    PRL_NEED(pnHddSize);
    const PRL_RESULT result = defaults_of(guestOsVersion, &config);
    if (result) return result;
    *pnHddSize = config.n_disks ? (PRL_UINT32)config.disks[0].size_mb : 0;
    vjob_vm_config_clear(&config);
    return PRL_ERR_SUCCESS;
}

/* What PrlVmCfg_SetDefaultConfig makes. */
PRL_METHOD(PrlVmCfg_IsDefaultDeviceNeeded)
(PRL_UINT32 guestOsVersion, PRL_DEVICE_TYPE deviceType, PRL_BOOL_PTR pbNeeded)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(pbNeeded);
    PRL_UNUSED_PARAM(guestOsVersion);
    *pbNeeded = deviceType == PDE_HARD_DISK || deviceType == PDE_OPTICAL_DISK ||
                deviceType == PDE_GENERIC_NETWORK_ADAPTER;
    return PRL_ERR_SUCCESS;
}
