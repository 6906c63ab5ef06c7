/* What clients tell a host's service and read back: profile, licence, traffic, resource policy. Nothing in the world
 * depends on these; they are kept with the host for all sessions. */
#include "prl_internal.h"

static PRL_HANDLE put(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, prl_store_id id,
                      PRL_HANDLE item, PRL_HANDLE_TYPE type)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    PRL_ASYNC_NEED(call, !prl_resolve(item, type, &pin));
    vjob_host *host = prl_server_host(call.server);
    if (host) {
        call.forced = prl_store_put(host, id, pin.obj);
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

/* ---- the user's profile ------------------------------------------------------------------------ */

PRL_ASYNC_METHOD(PrlSrv_UserProfileBeginEdit)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_USER_PROFILE_BEGIN_EDIT);
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_UserProfileCommit)(PRL_HANDLE hServer, PRL_HANDLE hUserProfile)
{
    return put(__func__, hServer, PJOC_SRV_USER_PROFILE_COMMIT, PRL_STORE_PROFILE, hUserProfile,
               PHT_USER_PROFILE);
}

/* ---- the licence: whatever key there is, it is valid ------------------------------------------- */

static vjob_obj *license_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_LICENSE, PHT_LICENSE);
}

PRL_ASYNC_METHOD(PrlSrv_GetLicenseInfo)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_LICENSE_INFO, PRL_OUTCOME_OBJECT, license_new);
}

static PRL_RESULT keep_license(vjob_host *host, const char *key, const char *user, const char *company)
{
    prl_record *license = prl_record_new(PHT_LICENSE);
    const int fine = license && prl_bag_set_text(&license->bag, PRL_PROP_LIC_LICENSE_KEY, key) &&
                     prl_bag_set_text(&license->bag, PRL_PROP_LIC_USER_NAME, user) &&
                     prl_bag_set_text(&license->bag, PRL_PROP_LIC_COMPANY_NAME, company);
    const PRL_RESULT result =
        fine ? prl_store_put(host, PRL_STORE_LICENSE, &license->obj) : PRL_ERR_OUT_OF_MEMORY;
    vjob_obj_release((vjob_obj *)license);
    return result;
}

static PRL_HANDLE update_license(const char *function, PRL_HANDLE h, PRL_CONST_STR key, PRL_CONST_STR user,
                                 PRL_CONST_STR company)
{
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, PJOC_SRV_UPDATE_LICENSE);
    PRL_ASYNC_NEED(call, key && user && company);
    vjob_host *host = prl_server_host(call.server);
    call.outcome = PRL_OUTCOME_OBJECT;
    if (host) {
        call.forced = keep_license(host, key, user, company);
        if (!call.forced) call.object = license_new(call.server, host);
        if (!call.forced && !call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_UpdateLicense)
(PRL_HANDLE hServer, PRL_CONST_STR sKey, PRL_CONST_STR sUser, PRL_CONST_STR sCompany)
{
    return update_license(__func__, hServer, sKey, sUser, sCompany);
}

PRL_ASYNC_METHOD(PrlSrv_UpdateLicenseEx)
(PRL_HANDLE hServer, PRL_CONST_STR sKey, PRL_CONST_STR sUser, PRL_CONST_STR sCompany, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return update_license(__func__, hServer, sKey, sUser, sCompany);
}

/* Nothing is forbidden. */
PRL_METHOD(PrlSrv_HasRestriction)
(PRL_HANDLE hServer, PRL_LICENSE_RESTRICTION_KEY nRestrictionKey, PRL_BOOL_PTR pbHasRestriction)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(server && pbHasRestriction);
    PRL_UNUSED_PARAM(nRestrictionKey);
    *pbHasRestriction = PRL_FALSE;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlAcl_IsAllowed)(PRL_HANDLE hAcl, PRL_ALLOWED_VM_COMMAND nPermission, PRL_BOOL_PTR pbAllowed)
{
    PRL_ENTER(vjob_obj, rights, hAcl, PHT_ACCESS_RIGHTS);
    PRL_NEED(rights && pbAllowed);
    PRL_UNUSED_PARAM(nPermission);
    *pbAllowed = PRL_TRUE;
    return PRL_ERR_SUCCESS;
}

/* ---- traffic and resources ---------------------------------------------------------------------- */

static vjob_obj *classes_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_CLASSES, PHT_HANDLES_LIST);
}

static vjob_obj *shaping_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_SHAPING, PHT_NETWORK_SHAPING_CONFIG);
}

static vjob_obj *vcmmd_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_VCMMD, PHT_VCMMD_CONFIG);
}

PRL_ASYNC_METHOD(PrlSrv_GetNetworkClassesList)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_NETWORK_CLASSES_LIST, PRL_OUTCOME_OBJECT,
                         classes_new);
}

PRL_ASYNC_METHOD(PrlSrv_UpdateNetworkClassesList)
(PRL_HANDLE hServer, PRL_HANDLE hNetworkClassesList, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return put(__func__, hServer, PJOC_SRV_UPDATE_NETWORK_CLASSES_CONFIG, PRL_STORE_CLASSES,
               hNetworkClassesList, PHT_HANDLES_LIST);
}

PRL_ASYNC_METHOD(PrlSrv_GetNetworkShapingConfig)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_NETWORK_SHAPING_CONFIG, PRL_OUTCOME_OBJECT,
                         shaping_new);
}

PRL_ASYNC_METHOD(PrlSrv_UpdateNetworkShapingConfig)
(PRL_HANDLE hServer, PRL_HANDLE hNetworkShapingConfig, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return put(__func__, hServer, PJOC_SRV_UPDATE_NETWORK_SHAPING_CONFIG, PRL_STORE_SHAPING,
               hNetworkShapingConfig, PHT_NETWORK_SHAPING_CONFIG);
}

PRL_ASYNC_METHOD(PrlSrv_RestartNetworkShaping)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_RESTART_NETWORK_SHAPING);
    PRL_UNUSED_PARAM(nFlags);
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_GetVcmmdConfig)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_VCMMD_CONFIG, PRL_OUTCOME_OBJECT, vcmmd_new);
}

PRL_ASYNC_METHOD(PrlSrv_SetVcmmdConfig)(PRL_HANDLE hDispConfig, PRL_HANDLE hVcmmdConfig, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return put(__func__, hDispConfig, PJOC_SRV_STORE_VALUE_BY_KEY, PRL_STORE_VCMMD, hVcmmdConfig,
               PHT_VCMMD_CONFIG);
}

/* ---- lists of what there is none of ------------------------------------------------------------- */

static vjob_obj *no_plugins(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    PRL_UNUSED_PARAM(host);
    return (vjob_obj *)prl_record_new(PHT_PLUGIN_INFO);
}

PRL_ASYNC_METHOD(PrlSrv_GetPluginsList)(PRL_HANDLE hServer, PRL_CONST_STR sClassId, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(sClassId);
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_PLUGINS_LIST, PRL_OUTCOME_KIDS, no_plugins);
}

PRL_ASYNC_METHOD(PrlSrv_RefreshPlugins)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_REFRESH_PLUGINS);
    PRL_UNUSED_PARAM(nFlags);
    return prl_call_read(&call);
}

static vjob_obj *no_templates(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    PRL_UNUSED_PARAM(host);
    return (vjob_obj *)prl_record_new(PHT_CT_TEMPLATE);
}

PRL_ASYNC_METHOD(PrlSrv_GetCtTemplateList)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_CT_TEMPLATE_LIST, PRL_OUTCOME_KIDS, no_templates);
}

/* ---- the session -------------------------------------------------------------------------------- */

PRL_METHOD(PrlSrv_IsProxyConnection)(PRL_HANDLE hServer, PRL_BOOL_PTR pbProxyConnection)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(server && pbProxyConnection);
    *pbProxyConnection = PRL_FALSE;
    return PRL_ERR_SUCCESS;
}

/* What every product of this age can do, but for shared networking's absence. */
PRL_METHOD(PrlSrv_IsFeatureSupported)
(PRL_HANDLE hServer, PRL_FEATURES_MATRIX nFeatureId, PRL_BOOL_PTR pbIsSupported)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(server && pbIsSupported);
    *pbIsSupported = nFeatureId > PFSM_UNKNOWN_FEATURE && nFeatureId <= PFSM_ROUTED_NETWORKING &&
                     nFeatureId != PFSM_NO_SHARED_NETWORKING;
    return PRL_ERR_SUCCESS;
}

/* Bytes, as a text. A simulated host has one disk, whatever the path. */
PRL_ASYNC_METHOD(PrlSrv_GetDiskFreeSpace)(PRL_HANDLE hServer, PRL_CONST_STR sPath, PRL_UINT32 nFlags)
{
    vjob_stats *stats;
    prl_writer writer = {0};
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_GET_DISK_FREE_SPACE);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, sPath);
    vjob_host *host = prl_server_host(call.server);
    call.outcome = PRL_OUTCOME_TEXT;
    if (host) {
        call.forced = prl_result(vjob_stats_read(host, NULL, &stats));
        if (!call.forced) {
            prl_write(&writer, "%llu", (unsigned long long)stats->disk_free);
            vjob_stats_free(stats);
            call.text = prl_writer_take(&writer);
            if (!call.text) call.forced = PRL_ERR_OUT_OF_MEMORY;
        }
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}
