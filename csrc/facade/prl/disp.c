/* What is known of a host and its service: hardware, preferences, users. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU_MODEL "Simulated CPU @ 2.40GHz"
#define HOST_OS "Linux (simulated)"
#define NETWORKS_MAX 256

static int text(prl_record *record, prl_prop_id id, const char *value)
{
    return prl_bag_set_text(&record->bag, id, value);
}

static int number(prl_record *record, prl_prop_id id, PRL_UINT64 value)
{
    return prl_bag_set_number(&record->bag, id, value);
}

/* The record, or NULL (and nothing leaks) when filling it did not work. */
static vjob_obj *filled(prl_record *record, int fine)
{
    if (fine) return (vjob_obj *)record;
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

/* A read whose result is made now from the session's host. */
PRL_HANDLE prl_read_host(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, prl_outcome outcome,
                         vjob_obj *(*make)(prl_server *server, vjob_host *host))
{
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    call.outcome = outcome;
    vjob_host *host = prl_server_host(call.server);
    if (host) {
        call.object = make(call.server, host);
        call.forced = call.object ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

/* ---- hardware --------------------------------------------------------------------------------- */

static vjob_obj *host_disk_new(void)
{
    prl_record *disk = prl_record_new(PHT_HW_HARD_DISK);
    return filled(disk, disk && text(disk, PRL_PROP_SRVCFGHDD_DEV_NAME, "Simulated disk") &&
                            text(disk, PRL_PROP_SRVCFGHDD_DEV_ID, "/dev/sda"));
}

static vjob_obj *host_device_new(PRL_DEVICE_TYPE type, const char *name, const char *id)
{
    prl_record *device = prl_record_new(PHT_HW_GENERIC_DEVICE);
    return filled(device, device && number(device, PRL_PROP_SRVCFGDEV_TYPE, type) &&
                              text(device, PRL_PROP_SRVCFGDEV_NAME, name) &&
                              text(device, PRL_PROP_SRVCFGDEV_ID, id));
}

static vjob_obj *host_net_new(const vjob_network_info *network, PRL_UINT32 index)
{
    prl_record *net = prl_record_new(PHT_HW_NET_ADAPTER);
    return filled(net, net && number(net, PRL_PROP_SRVCFGNET_SYS_INDEX, index) &&
                           text(net, PRL_PROP_SRVCFGDEV_NAME, network->bridge) &&
                           number(net, PRL_PROP_SRVCFGDEV_TYPE, PDE_GENERIC_NETWORK_ADAPTER) &&
                           number(net, PRL_PROP_SRVCFGNET_ENABLED, (PRL_UINT64)network->active) &&
                           text(net, PRL_PROP_SRVCFGDEV_ID, network->bridge));
}

static int add_networks(prl_record *record, vjob_host *host,
                        vjob_obj *(*make)(const vjob_network_info *, PRL_UINT32))
{
    vjob_network_info *networks = calloc(NETWORKS_MAX, sizeof *networks);
    if (!networks) return 0;
    const size_t there = vjob_host_networks(host, networks, NETWORKS_MAX);
    int fine = 1;
    for (size_t i = 0; fine && i < there && i < NETWORKS_MAX; i++)
        fine = prl_record_add(record, make(&networks[i], (PRL_UINT32)i));
    free(networks);
    return fine;
}

static vjob_obj *srv_config_new(prl_server *server, vjob_host *host)
{
    vjob_host_info info;
    prl_record *config = prl_record_new(PHT_SERVER_CONFIG);
    PRL_UNUSED_PARAM(server);
    vjob_host_look(host, &info);
    return filled(config,
                  config && text(config, PRL_PROP_SRVCFG_HOSTNAME, info.name) &&
                      text(config, PRL_PROP_SRVCFG_CPU_MODEL, CPU_MODEL) &&
                      text(config, PRL_PROP_SRVCFG_HOST_OS_STR_PRESENTATION, HOST_OS) &&
                      number(config, PRL_PROP_SRVCFG_CPU_COUNT, info.cpus) &&
                      number(config, PRL_PROP_SRVCFG_CPU_SPEED, 2400) &&
                      number(config, PRL_PROP_SRVCFG_CPU_MODE, PCM_CPU_MODE_64) &&
                      number(config, PRL_PROP_SRVCFG_CPU_HVT, PCM_CPU_INTEL_VT_X) &&
                      number(config, PRL_PROP_SRVCFG_HOST_RAM_SIZE, info.memory_mb) &&
                      number(config, PRL_PROP_SRVCFG_HOST_OS_TYPE, PHO_LIN) &&
                      number(config, PRL_PROP_SRVCFG_MAX_HOST_NET_ADAPTERS, 16) &&
                      number(config, PRL_PROP_SRVCFG_MAX_VM_NET_ADAPTERS, 16) &&
                      prl_record_add(config, host_disk_new()) &&
                      prl_record_add(config, host_device_new(PDE_OPTICAL_DISK, "CD/DVD", "/dev/sr0")) &&
                      prl_record_add(config, host_device_new(PDE_SERIAL_PORT, "ttyS0", "/dev/ttyS0")) &&
                      prl_record_add(config, host_device_new(PDE_SOUND_DEVICE, "Default", "default")) &&
                      add_networks(config, host, host_net_new));
}

PRL_ASYNC_METHOD(PrlSrv_GetSrvConfig)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_SRV_CONFIG, PRL_OUTCOME_OBJECT, srv_config_new);
}

PRL_METHOD(PrlSrv_GetServerInfo)(PRL_HANDLE hServer, PRL_HANDLE_PTR phServerInfo)
{
    vjob_host_info info;
    char uuid[48];
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(phServerInfo);
    *phServerInfo = PRL_INVALID_HANDLE;
    vjob_host *host = prl_server_host(server);
    if (!host) return PRL_ERR_NOT_CONNECTED_TO_DISPATCHER;
    vjob_host_look(host, &info);
    vjob_host_release(host);
    prl_brace(info.uuid, uuid);
    prl_record *record = prl_record_new(PHT_SERVER_INFO);
    return prl_give_new(
        filled(record, record && text(record, PRL_PROP_SRVINFO_HOST_NAME, info.name) &&
                           text(record, PRL_PROP_SRVINFO_SERVER_UUID, uuid) &&
                           text(record, PRL_PROP_SRVINFO_OS_VERSION, HOST_OS) &&
                           text(record, PRL_PROP_SRVINFO_PRODUCT_VERSION, PRL_PRODUCT_VERSION) &&
                           number(record, PRL_PROP_SRVINFO_START_TIME, info.booted_ns / 1000000000u) &&
                           number(record, PRL_PROP_SRVINFO_CMD_PORT, 64000)),
        phServerInfo);
}

/* ---- preferences ------------------------------------------------------------------------------ */

static vjob_obj *prefs_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_PREFS, PHT_DISP_CONFIG);
}

PRL_ASYNC_METHOD(PrlSrv_GetCommonPrefs)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_COMMON_PREFS, PRL_OUTCOME_OBJECT, prefs_new);
}

PRL_ASYNC_METHOD(PrlSrv_CommonPrefsBeginEdit)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_COMMON_PREFS_BEGIN_EDIT);
    return prl_call_read(&call);
}

static PRL_HANDLE commit_prefs(const char *function, PRL_HANDLE h, PRL_HANDLE prefs)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, PJOC_SRV_COMMON_PREFS_COMMIT);
    PRL_ASYNC_NEED(call, !prl_resolve(prefs, PHT_DISP_CONFIG, &pin));
    vjob_host *host = prl_server_host(call.server);
    if (host) {
        call.forced = prl_store_put(host, PRL_STORE_PREFS, pin.obj);
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_CommonPrefsCommit)(PRL_HANDLE hServer, PRL_HANDLE hDispCfg)
{
    return commit_prefs(__func__, hServer, hDispCfg);
}

PRL_ASYNC_METHOD(PrlSrv_CommonPrefsCommitEx)(PRL_HANDLE hServer, PRL_HANDLE hDispCfg, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return commit_prefs(__func__, hServer, hDispCfg);
}

/* ---- processor features: a value for each word ------------------------------------------------ */

PRL_METHOD(PrlCpuFeatures_Create)(PRL_HANDLE_PTR phCpuFeatures)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(phCpuFeatures);
    return prl_give_new((vjob_obj *)prl_record_new(PHT_CPU_FEATURES), phCpuFeatures);
}

PRL_METHOD(PrlCpuFeatures_GetValue)(PRL_HANDLE hCpuFeatures, PRL_CPU_FEATURES_EX nId, PRL_UINT32_PTR pnValue)
{
    PRL_ENTER(prl_record, features, hCpuFeatures, PHT_CPU_FEATURES);
    PRL_NEED(pnValue && (PRL_UINT32)nId < PCFE_MAX);
    vjob_obj_lock(&features->obj);
    *pnValue = (PRL_UINT32)prl_bag_number(&features->bag, PRL_PROP_COUNT + (PRL_UINT32)nId);
    vjob_obj_unlock(&features->obj);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlCpuFeatures_SetValue)(PRL_HANDLE hCpuFeatures, PRL_CPU_FEATURES_EX nId, PRL_UINT32 nValue)
{
    PRL_ENTER(prl_record, features, hCpuFeatures, PHT_CPU_FEATURES);
    PRL_NEED((PRL_UINT32)nId < PCFE_MAX);
    vjob_obj_lock(&features->obj);
    const int fine = prl_bag_set_number(&features->bag, PRL_PROP_COUNT + (PRL_UINT32)nId, nValue);
    vjob_obj_unlock(&features->obj);
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

/* ---- users ------------------------------------------------------------------------------------ */

static vjob_obj *profile_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_PROFILE, PHT_USER_PROFILE);
}

/* The session's user is the one that is known. */
static vjob_obj *users_new(prl_server *server, vjob_host *host)
{
    char uuid[48], name[64];
    prl_record *list = prl_record_new(PHT_USER_INFO), *user = prl_record_new(PHT_USER_INFO);
    PRL_UNUSED_PARAM(host);
    vjob_obj_lock(&server->obj);
    snprintf(uuid, sizeof uuid, "%s", server->session_uuid);
    snprintf(name, sizeof name, "%s", server->user);
    vjob_obj_unlock(&server->obj);
    const int fine = list && user && text(user, PRL_PROP_USRINFO_NAME, name) &&
                     text(user, PRL_PROP_USRINFO_UUID, uuid) &&
                     number(user, PRL_PROP_USRINFO_SESSION_COUNT, 1) &&
                     text(user, PRL_PROP_USRINFO_DEFAULT_VM_FOLDER, "[standard]") &&
                     number(user, PRL_PROP_USRINFO_CAN_CHANGE_SRV_SETS, 1) &&
                     prl_record_add(list, vjob_obj_retain(&user->obj));
    vjob_obj_release((vjob_obj *)user);
    return filled(list, fine);
}

PRL_ASYNC_METHOD(PrlSrv_GetUserProfile)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_USER_PROFILE, PRL_OUTCOME_OBJECT, profile_new);
}

PRL_ASYNC_METHOD(PrlSrv_GetUserInfoList)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_USER_INFO_LIST, PRL_OUTCOME_KIDS, users_new);
}
