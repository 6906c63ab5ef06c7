/*
 * The shape of a management daemon's hypervisor driver: one long-lived connection and a cache of domains that events
 * keep up to date, among them one event that is kept after its handler has returned. What happens to a domain is
 * heard of in events, not from jobs.
 */
#include <pthread.h>

#include "driver.h"

#define MAX_DOMAINS 16

struct domain {
    char uuid[64], name[64];
    PRL_HANDLE sdkdom, cache_event;
    VIRTUAL_MACHINE_STATE state;
    int defined, changes;
};

struct driver {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    PRL_HANDLE server;
    struct domain domains[MAX_DOMAINS];
};

/* ---- domains ---- */

static struct domain *find_domain(struct driver *driver, const char *uuid)
{
    int i;
    for (i = 0; i < MAX_DOMAINS; i++)
        if (driver->domains[i].defined && !strcmp(driver->domains[i].uuid, uuid)) return &driver->domains[i];
    return NULL;
}

static struct domain *add_domain(struct driver *driver, const char *uuid, const char *name)
{
    int i;
    for (i = 0; i < MAX_DOMAINS && driver->domains[i].defined; i++) {}
    if (i == MAX_DOMAINS) return NULL;
    memset(&driver->domains[i], 0, sizeof driver->domains[i]);
    driver->domains[i].defined = 1;
    snprintf(driver->domains[i].uuid, sizeof driver->domains[i].uuid, "%s", uuid);
    snprintf(driver->domains[i].name, sizeof driver->domains[i].name, "%s", name);
    return &driver->domains[i];
}

static void forget_domain(struct domain *domain)
{
    PrlHandle_Free(domain->sdkdom);
    PrlHandle_Free(domain->cache_event); /* usually 0 */
    memset(domain, 0, sizeof *domain);
}

static int domain_state(PRL_HANDLE sdkdom, VIRTUAL_MACHINE_STATE *state)
{
    PRL_HANDLE info = first_param(PrlVm_GetState(sdkdom));
    int ret = -1;
    CHECK_RET(PrlVmInfo_GetState(info, state), cleanup);
    ret = 0;
cleanup:
    PrlHandle_Free(info);
    return ret;
}

static void read_disks(PRL_HANDLE sdkdom, int *count)
{
    PRL_UINT32 n = 0, i, size, index;
    PRL_VM_DEV_EMULATION_TYPE emulated;
    PRL_MASS_STORAGE_INTERFACE_TYPE bus;
    PRL_HANDLE disk = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_GetHardDisksCount(sdkdom, &n), cleanup);
    for (i = 0; i < n; i++) {
        char *image;
        CHECK_RET(PrlVmCfg_GetHardDisk(sdkdom, i, &disk), cleanup);
        CHECK_RET(PrlVmDev_GetEmulatedType(disk, &emulated), cleanup);
        EXPECT(emulated == PDT_USE_IMAGE_FILE);
        CHECK_RET(PrlVmDev_GetIfaceType(disk, &bus), cleanup);
        CHECK_RET(PrlVmDev_GetStackIndex(disk, &index), cleanup);
        CHECK_RET(PrlVmDevHd_GetDiskSize(disk, &size), cleanup);
        EXPECT(size > 0);
        image = get_string(PrlVmDev_GetFriendlyName, disk);
        EXPECT(image && *image);
        free(image);
        PrlHandle_Free(disk);
        disk = PRL_INVALID_HANDLE;
    }
    *count = (int)n;
cleanup:
    PrlHandle_Free(disk);
}

static void read_nets(PRL_HANDLE sdkdom)
{
    PRL_UINT32 n = 0, i;
    PRL_BOOL connected;
    PRL_VM_NET_ADAPTER_TYPE model;
    PRL_HANDLE net = PRL_INVALID_HANDLE, addresses = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_GetNetAdaptersCount(sdkdom, &n), cleanup);
    for (i = 0; i < n; i++) {
        char mac[32] = "";
        PRL_UINT32 size = sizeof mac, parts[6];
        char *network;
        CHECK_RET(PrlVmCfg_GetNetAdapter(sdkdom, i, &net), cleanup);
        CHECK_RET(PrlVmDevNet_GetMacAddressCanonical(net, mac, &size), cleanup);
        EXPECT(sscanf(mac, "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4],
                      &parts[5]) == 6);
        CHECK_RET(PrlVmDevNet_GetAdapterType(net, &model), cleanup);
        CHECK_RET(PrlVmDev_IsConnected(net, &connected), cleanup);
        EXPECT(connected);
        network = get_string(PrlVmDevNet_GetVirtualNetworkId, net);
        EXPECT(network && !strcmp(network, "default"));
        free(network);
        CHECK_RET(PrlVmDevNet_GetNetAddresses(net, &addresses), cleanup);
        PrlHandle_Free(addresses);
        addresses = PRL_INVALID_HANDLE;
        PrlHandle_Free(net);
        net = PRL_INVALID_HANDLE;
    }
cleanup:
    PrlHandle_Free(addresses);
    PrlHandle_Free(net);
}

static void read_boot_order(PRL_HANDLE sdkdom)
{
    PRL_UINT32 n = 0, i, index, place;
    PRL_BOOL in_use;
    PRL_DEVICE_TYPE type;
    PRL_HANDLE device = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_GetBootDevCount(sdkdom, &n), cleanup);
    for (i = 0; i < n; i++) {
        CHECK_RET(PrlVmCfg_GetBootDev(sdkdom, i, &device), cleanup);
        CHECK_RET(PrlBootDev_IsInUse(device, &in_use), cleanup);
        CHECK_RET(PrlBootDev_GetSequenceIndex(device, &place), cleanup);
        CHECK_RET(PrlBootDev_GetType(device, &type), cleanup);
        CHECK_RET(PrlBootDev_GetIndex(device, &index), cleanup);
        PrlHandle_Free(device);
        device = PRL_INVALID_HANDLE;
    }
cleanup:
    PrlHandle_Free(device);
}

static struct domain *load_domain(struct driver *driver, PRL_HANDLE sdkdom)
{
    char *uuid = get_string(PrlVmCfg_GetUuid, sdkdom), *name = get_string(PrlVmCfg_GetName, sdkdom);
    char *home = get_string(PrlVmCfg_GetHomePath, sdkdom),
         *text = get_string(PrlVmCfg_GetDescription, sdkdom);
    struct domain *domain = NULL;
    PRL_UINT32 cpus = 0, ram = 0, video = 0, vnc_port = 0;
    PRL_VM_REMOTE_DISPLAY_MODE vnc;
    PRL_VM_AUTOSTART_OPTION autostart;
    PRL_VM_TYPE type;
    int disks = 0;
    EXPECT(uuid && name && home && text && uuid_is_braced(uuid) && *name);
    if (!uuid || !name) goto cleanup;
    CHECK_RET(PrlVmCfg_GetCpuCount(sdkdom, &cpus), cleanup);
    CHECK_RET(PrlVmCfg_GetRamSize(sdkdom, &ram), cleanup);
    CHECK_RET(PrlVmCfg_GetVideoRamSize(sdkdom, &video), cleanup);
    CHECK_RET(PrlVmCfg_GetVNCMode(sdkdom, &vnc), cleanup);
    CHECK_RET(PrlVmCfg_GetVNCPort(sdkdom, &vnc_port), cleanup);
    CHECK_RET(PrlVmCfg_GetAutoStart(sdkdom, &autostart), cleanup);
    CHECK_RET(PrlVmCfg_GetVmType(sdkdom, &type), cleanup);
    EXPECT(type == PVT_VM && cpus > 0 && ram > 0);
    read_disks(sdkdom, &disks);
    read_nets(sdkdom);
    read_boot_order(sdkdom);
    domain = find_domain(driver, uuid);
    if (!domain) domain = add_domain(driver, uuid, name);
    if (!domain) goto cleanup;
    if (!domain->sdkdom) {
        PrlHandle_AddRef(sdkdom);
        domain->sdkdom = sdkdom;
    }
    EXPECT(domain->sdkdom == sdkdom);
    EXPECT(domain_state(sdkdom, &domain->state) == 0);
    printf("domain %s: %u cpus, %u MB, %d disks, state %#x\n", name, cpus, ram, disks,
           (unsigned)domain->state);
cleanup:
    free(uuid);
    free(name);
    free(home);
    free(text);
    return domain;
}

static void load_domains(struct driver *driver)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE, sdkdom = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0, i;
    CHECK_RET(job_result(PrlSrv_GetVmListEx(driver->server, PVTF_VM | PVTF_CT), &result), cleanup);
    CHECK_RET(PrlResult_GetParamsCount(result, &count), cleanup);
    for (i = 0; i < count; i++) {
        CHECK_RET(PrlResult_GetParamByIndex(result, i, &sdkdom), cleanup);
        EXPECT(load_domain(driver, sdkdom) != NULL);
        PrlHandle_Free(sdkdom);
        sdkdom = PRL_INVALID_HANDLE;
    }
cleanup:
    PrlHandle_Free(sdkdom);
    PrlHandle_Free(result);
}

/* ---- events ---- */

static void on_state(struct driver *driver, struct domain *domain, PRL_HANDLE event)
{
    PRL_HANDLE param = PRL_INVALID_HANDLE;
    PRL_INT32 state = 0;
    char *name = NULL;
    (void)driver;
    CHECK_RET(PrlEvent_GetParam(event, 0, &param), cleanup);
    name = get_string(PrlEvtPrm_GetName, param);
    EXPECT(name && !strcmp(name, "vminfo_vm_state"));
    CHECK_RET(PrlEvtPrm_ToInt32(param, &state), cleanup);
    domain->state = (VIRTUAL_MACHINE_STATE)state;
    domain->changes++;
cleanup:
    free(name);
    PrlHandle_Free(param);
}

static PRL_RESULT on_event(PRL_HANDLE handle, PRL_VOID_PTR opaque)
{
    struct driver *driver = opaque;
    PRL_HANDLE_TYPE kind = PHT_ERROR;
    PRL_EVENT_TYPE type;
    PRL_EVENT_ISSUER_TYPE issuer;
    struct domain *domain;
    char uuid[64];
    PRL_UINT32 size = sizeof uuid;
    CHECK_RET(PrlHandle_GetType(handle, &kind), cleanup);
    if (kind != PHT_EVENT) goto cleanup;
    CHECK_RET(PrlEvent_GetIssuerId(handle, uuid, &size), cleanup);
    CHECK_RET(PrlEvent_GetIssuerType(handle, &issuer), cleanup);
    CHECK_RET(PrlEvent_GetType(handle, &type), cleanup);
    EXPECT(uuid_is_braced(uuid) && issuer == PIE_DISPATCHER);
    pthread_mutex_lock(&driver->lock);
    domain = find_domain(driver, uuid);
    switch ((int)type) {
    case PET_DSP_EVT_VM_STATE_CHANGED:
        if (domain) on_state(driver, domain, handle);
        break;
    case PET_DSP_EVT_VM_DELETED:
    case PET_DSP_EVT_VM_UNREGISTERED:
        if (domain) forget_domain(domain);
        break;
    case PET_DSP_EVT_VM_PERFSTATS:
        if (!domain) break;
        PrlHandle_Free(domain->cache_event);
        domain->cache_event = handle; /* kept until the next one comes */
        handle = PRL_INVALID_HANDLE;
        break;
    default: break;
    }
    pthread_cond_broadcast(&driver->cond);
    pthread_mutex_unlock(&driver->lock);
cleanup:
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

static void wait_state(struct driver *driver, struct domain *domain, VIRTUAL_MACHINE_STATE state)
{
    pthread_mutex_lock(&driver->lock);
    while (domain->state != state) pthread_cond_wait(&driver->cond, &driver->lock);
    pthread_mutex_unlock(&driver->lock);
}

/* ---- performance ---- */

static PRL_INT64 counter(PRL_HANDLE event, const char *name)
{
    PRL_HANDLE param = PRL_INVALID_HANDLE;
    PRL_INT64 value = -1;
    PRL_RESULT ret = PrlEvent_GetParamByName(event, name, &param);
    if (ret == PRL_ERR_NO_DATA) return -1;
    CHECK_RET(ret, cleanup);
    CHECK_RET(PrlEvtPrm_ToInt64(param, &value), cleanup);
cleanup:
    PrlHandle_Free(param);
    return value;
}

static void watch_performance(struct driver *driver, struct domain *domain)
{
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_SubscribeToPerfStats(domain->sdkdom, NULL))));
    pthread_mutex_lock(&driver->lock);
    while (!domain->cache_event) pthread_cond_wait(&driver->cond, &driver->lock);
    EXPECT(counter(domain->cache_event, "guest.ram.usage") > 0);
    EXPECT(counter(domain->cache_event, "net.nic0.bytes_in") >= 0);
    EXPECT(counter(domain->cache_event, "no.such.counter") == -1);
    pthread_mutex_unlock(&driver->lock);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_UnsubscribeFromPerfStats(domain->sdkdom))));
}

/* ---- power ---- */

static void power(struct driver *driver, struct domain *domain)
{
    PRL_HANDLE vm = domain->sdkdom;
    EXPECT(wait_job(PrlVm_StopEx(vm, PSM_KILL, 0)) == PRL_ERR_DISP_VM_IS_NOT_STARTED);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Start(vm))));
    wait_state(driver, domain, VMS_RUNNING);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Pause(vm, PRL_FALSE))));
    wait_state(driver, domain, VMS_PAUSED);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Resume(vm))));
    wait_state(driver, domain, VMS_RUNNING);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Suspend(vm))));
    wait_state(driver, domain, VMS_SUSPENDED);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_DropSuspendedState(vm))));
    wait_state(driver, domain, VMS_STOPPED);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Start(vm))));
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Restart(vm))));
    EXPECT(wait_job(PrlVm_Unreg(vm)) == PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    EXPECT(wait_job(PrlVm_Delete(vm, PRL_INVALID_HANDLE)) == PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    watch_performance(driver, domain);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_StopEx(vm, PSM_KILL, 0))));
    wait_state(driver, domain, VMS_STOPPED);
    printf("power: done\n");
}

/* The handler forgets the domain, and its handle with it. */
static void removed(struct driver *driver, struct domain *domain)
{
    PRL_HANDLE vm = domain->sdkdom;
    PrlHandle_AddRef(vm);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Unreg(vm))));
    pthread_mutex_lock(&driver->lock);
    while (domain->defined) pthread_cond_wait(&driver->cond, &driver->lock);
    pthread_mutex_unlock(&driver->lock);
    PrlHandle_Free(vm);
    printf("removed\n");
}

int main(void)
{
    static struct driver driver = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct domain *domain = NULL;
    int i;
    if (open_connection(&driver.server)) return 2;
    EXPECT(PRL_SUCCEEDED(PrlSrv_RegEventHandler(driver.server, on_event, &driver)));
    load_domains(&driver);
    for (i = 0; i < MAX_DOMAINS && !domain; i++)
        if (driver.domains[i].defined && !strcmp(driver.domains[i].name, "WindowsXP"))
            domain = &driver.domains[i];
    if (!domain) return 3;
    power(&driver, domain);
    removed(&driver, domain);
    EXPECT(PRL_SUCCEEDED(PrlSrv_UnregEventHandler(driver.server, on_event, &driver)));
    for (i = 0; i < MAX_DOMAINS; i++)
        if (driver.domains[i].defined) forget_domain(&driver.domains[i]);
    return close_connection(driver.server);
}
