/* A host's networks: virtual ones, private ones, classes of traffic and what they may use, services in containers. */
#include "prl_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- sets of definitions that are told apart by a name ----------------------------------------- */

typedef struct set {
    prl_store_id id;
    PRL_HANDLE_TYPE type;
    prl_prop_id name;
    prl_store_errors errors;
} set;

static const set private_nets = {
    PRL_STORE_PRIVATE_NETS,
    PHT_IPPRIV_NET,
    PRL_PROP_IPPRIVNET_NAME,
    {PRL_NET_DUPLICATE_IPPRIVATE_NETWORK_NAME, PRL_NET_IPPRIVATE_NETWORK_DOES_NOT_EXIST}};
static const set offline_services = {PRL_STORE_OFFLINE_SERVICES,
                                     PHT_OFFLINE_SERVICE,
                                     PRL_PROP_OFFMGMTSERVICE_NAME,
                                     {PRL_ERR_ENTRY_ALREADY_EXISTS, PRL_ERR_ENTRY_DOES_NOT_EXIST}};
static PRL_HANDLE change(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, const set *of,
                         PRL_HANDLE member, prl_store_how how)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    PRL_ASYNC_NEED(call, !prl_resolve(member, of->type, &pin));
    vjob_host *host = prl_server_host(call.server);
    if (host) {
        call.forced = prl_store_change(host, of->id, of->name, pin.obj, how, &of->errors);
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

/* Change(server, member, flags) */
#define CHANGE(function, code, of, how)                                                                      \
    PRL_ASYNC_METHOD(function)(PRL_HANDLE hServer, PRL_HANDLE member, PRL_UINT32 nFlags)                     \
    {                                                                                                        \
        PRL_UNUSED_PARAM(nFlags);                                                                            \
        return change(__func__, hServer, code, of, member, how);                                             \
    }
CHANGE(PrlSrv_AddIPPrivateNetwork, PJOC_SRV_ADD_IPPRIVATE_NETWORK, &private_nets, PRL_STORE_ADD)
CHANGE(PrlSrv_UpdateIPPrivateNetwork, PJOC_SRV_UPDATE_IPPRIVATE_NETWORK, &private_nets, PRL_STORE_UPDATE)
CHANGE(PrlSrv_RemoveIPPrivateNetwork, PJOC_SRV_REMOVE_IPPRIVATE_NETWORK, &private_nets, PRL_STORE_REMOVE)
CHANGE(PrlSrv_UpdateOfflineService, PJOC_SRV_UPDATE_OFFLINE_SERVICE, &offline_services, PRL_STORE_PUT)
CHANGE(PrlSrv_DeleteOfflineService, PJOC_SRV_DELETE_OFFLINE_SERVICE, &offline_services, PRL_STORE_REMOVE)

static vjob_obj *private_nets_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_PRIVATE_NETS, PHT_IPPRIV_NET);
}

static vjob_obj *offline_services_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    return prl_store_get(host, PRL_STORE_OFFLINE_SERVICES, PHT_OFFLINE_SERVICE);
}

PRL_ASYNC_METHOD(PrlSrv_GetIPPrivateNetworksList)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_IPPRIVATE_NETWORKS_LIST, PRL_OUTCOME_KIDS,
                         private_nets_new);
}

PRL_ASYNC_METHOD(PrlSrv_GetOfflineServicesList)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_OFFLINE_SERVICES_LIST, PRL_OUTCOME_KIDS,
                         offline_services_new);
}

/* ---- virtual networks -------------------------------------------------------------------------- */

static int copy_text(char *out, size_t cap, const prl_bag *bag, prl_prop_id id)
{
    const char *text = prl_bag_text(bag, id);
    snprintf(out, cap, "%s", text);
    return strlen(text) < cap;
}

/* What the world keeps of a definition. 0: a text is too long. */
static int to_world(prl_record *record, vjob_network_config *out)
{
    vjob_obj_lock(&record->obj);
    const prl_bag *bag = &record->bag;
    const int is_bridged = prl_bag_number(bag, PRL_PROP_VIRTNET_NETWORK_TYPE) == PVN_BRIDGED_ETHERNET;
    const int gives = prl_bag_number(bag, PRL_PROP_VIRTNET_DHCP_SERVER_ENABLED) != 0;
    int fine = copy_text(out->name, sizeof out->name, bag, PRL_PROP_VIRTNET_NETWORK_ID) &&
               copy_text(out->bridge, sizeof out->bridge, bag, PRL_PROP_VIRTNET_ADAPTER_NAME) &&
               copy_text(out->address, sizeof out->address, bag, PRL_PROP_VIRTNET_HOST_IP_ADDRESS) &&
               copy_text(out->netmask, sizeof out->netmask, bag, PRL_PROP_VIRTNET_IP_NET_MASK);
    if (fine && gives)
        fine = copy_text(out->dhcp_first, sizeof out->dhcp_first, bag, PRL_PROP_VIRTNET_IP_SCOPE_START) &&
               copy_text(out->dhcp_last, sizeof out->dhcp_last, bag, PRL_PROP_VIRTNET_IP_SCOPE_END);
    if (is_bridged)
        strcpy(out->forward, "bridge");
    else if (prl_bag_number(bag, PRL_PROP_VIRTNET_NAT_SERVER_ENABLED))
        strcpy(out->forward, "nat");
    vjob_obj_unlock(&record->obj);
    return fine;
}

/* A record of a network that another API defined has what the world knows. */
static int from_world(prl_record *record, const vjob_network_config *config)
{
    const int is_bridged = !strcmp(config->forward, "bridge");
    return prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_NETWORK_TYPE,
                              is_bridged ? PVN_BRIDGED_ETHERNET : PVN_HOST_ONLY) &&
           prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_NAT_SERVER_ENABLED,
                              !strcmp(config->forward, "nat")) &&
           prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_DHCP_SERVER_ENABLED, *config->dhcp_first != 0) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_ADAPTER_NAME, config->bridge) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_HOST_IP_ADDRESS, config->address) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_IP_NET_MASK, config->netmask) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_IP_SCOPE_START, config->dhcp_first) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_IP_SCOPE_END, config->dhcp_last);
}

/* NULL: out of memory. */
static vjob_obj *network_new(vjob_network *network, PRL_UINT32 index)
{
    vjob_network_info info;
    vjob_network_config config;
    vjob_obj *said = vjob_network_get_extra(network, 1, VJOB_SPACE_PRL);
    prl_record *record = said ? (prl_record *)prl_obj_copy(said) : prl_record_new(PHT_VIRTUAL_NETWORK);
    vjob_network_look(network, &info);
    vjob_network_get_config(network, 1, &config);
    const int fine =
        record && (said || from_world(record, &config)) &&
        prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_NETWORK_ID, info.name) &&
        prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_ADAPTER_INDEX, index) &&
        prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_ADAPTER_ENABLED, (PRL_UINT64)info.active);
    if (said) vjob_obj_release(said);
    if (fine) return &record->obj;
    if (record) vjob_obj_release(&record->obj);
    return NULL;
}

static vjob_obj *networks_new(prl_server *server, vjob_host *host)
{
    vjob_network **networks;
    size_t count;
    prl_record *list = prl_record_new(PHT_VIRTUAL_NETWORK);
    PRL_UNUSED_PARAM(server);
    if (!list) return NULL;
    int fine = !vjob_host_list_networks(host, &networks, &count);
    const int listed = fine;
    for (size_t i = 0; fine && i < count; i++)
        fine = prl_record_add(list, network_new(networks[i], (PRL_UINT32)i));
    if (listed) vjob_networks_free(networks, count);
    if (fine) return &list->obj;
    vjob_obj_release(&list->obj);
    return NULL;
}

/* The world's network of a record's name: one reference, or NULL. */
static vjob_network *known_network(vjob_host *host, const vjob_network_config *config)
{
    vjob_network *network = NULL;
    return vjob_network_by_name(host, config->name, &network) ? NULL : network;
}

/* Define a network, and choose what the job does: start it if it is to be there. */
static PRL_RESULT define(vjob_host *host, prl_record *record, const vjob_network_config *config,
                         vjob_op_request *request)
{
    vjob_network_info info;
    vjob_obj *said = prl_obj_copy(&record->obj);
    if (!said) return PRL_ERR_OUT_OF_MEMORY;
    vjob_network *network = NULL;
    const vjob_err err = vjob_network_define(host, config, VJOB_SPACE_PRL, said, &network);
    vjob_obj_release(said);
    if (err) return err == VJOB_EEXIST ? PRL_NET_DUPLICATE_VIRTUAL_NETWORK_ID : prl_result(err);
    vjob_network_look(network, &info);
    vjob_obj_lock(&record->obj);
    const int wanted = prl_bag_number(&record->bag, PRL_PROP_VIRTNET_ENABLED) != 0;
    vjob_obj_unlock(&record->obj);
    if (wanted && !info.active) {
        request->op = VJOB_OP_NETWORK_START;
        request->network = network; /* the caller's to release */
    } else {
        vjob_network_release(network);
    }
    return PRL_ERR_SUCCESS;
}

/* Forget a network; an active one is stopped, which is its end. */
static void forget(vjob_network *network, vjob_op_request *request)
{
    vjob_network_info info;
    vjob_network_undefine(network, 0); /* a transient one has no definition: stopping it is enough */
    vjob_network_look(network, &info);
    if (!info.active) return;
    request->op = VJOB_OP_NETWORK_STOP;
    request->network = vjob_network_retain(network);
}

static PRL_RESULT change_in(vjob_host *host, prl_record *record, prl_store_how how, vjob_op_request *request)
{
    vjob_network_config config = {.name = ""};
    if (!to_world(record, &config) || !*config.name) return PRL_ERR_INVALID_ARG;
    vjob_network *known = known_network(host, &config);
    if (known) snprintf(config.uuid, sizeof config.uuid, "%s", vjob_network_uuid(known));
    PRL_RESULT result = PRL_ERR_SUCCESS;
    if (known && how == PRL_STORE_ADD)
        result = PRL_NET_DUPLICATE_VIRTUAL_NETWORK_ID;
    else if (!known && how != PRL_STORE_ADD)
        result = PRL_NET_VIRTUAL_NETWORK_NOT_FOUND;
    else if (how == PRL_STORE_REMOVE)
        forget(known, request);
    else
        result = define(host, record, &config, request);
    if (known) vjob_network_release(known);
    return result;
}

static PRL_HANDLE change_network(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code,
                                 PRL_HANDLE network, prl_store_how how)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    PRL_ASYNC_NEED(call, !prl_resolve(network, PHT_VIRTUAL_NETWORK, &pin));
    vjob_op_request request = {.op = VJOB_OP_READ, .host = prl_server_host(call.server)};
    if (request.host) call.forced = change_in(request.host, (prl_record *)pin.obj, how, &request);
    const PRL_HANDLE job = prl_call_start(&call, &request);
    if (request.network) vjob_network_release(request.network);
    if (request.host) vjob_host_release(request.host);
    return job;
}

#define CHANGE_NETWORK(function, code, how)                                                                  \
    PRL_ASYNC_METHOD(function)(PRL_HANDLE hServer, PRL_HANDLE hVirtNet, PRL_UINT32 nFlags)                   \
    {                                                                                                        \
        PRL_UNUSED_PARAM(nFlags);                                                                            \
        return change_network(__func__, hServer, code, hVirtNet, how);                                       \
    }
CHANGE_NETWORK(PrlSrv_AddVirtualNetwork, PJOC_SRV_ADD_VIRTUAL_NETWORK, PRL_STORE_ADD)
CHANGE_NETWORK(PrlSrv_UpdateVirtualNetwork, PJOC_SRV_UPDATE_VIRTUAL_NETWORK, PRL_STORE_UPDATE)
CHANGE_NETWORK(PrlSrv_DeleteVirtualNetwork, PJOC_SRV_DELETE_VIRTUAL_NETWORK, PRL_STORE_REMOVE)

PRL_ASYNC_METHOD(PrlSrv_GetVirtualNetworkList)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_VIRTUAL_NETWORK_LIST, PRL_OUTCOME_KIDS,
                         networks_new);
}

static prl_prop_id forwards(PRL_PORT_FORWARDING_TYPE type)
{
    return type == PPF_UDP ? PRL_PROP_VIRTNET_UDP_PORT_FORWARDS : PRL_PROP_VIRTNET_TCP_PORT_FORWARDS;
}

PRL_METHOD(PrlVirtNet_GetPortForwardList)
(PRL_HANDLE hVirtNet, PRL_PORT_FORWARDING_TYPE nPortFwdType, PRL_HANDLE_PTR phPortFwdList)
{
    return prl_prop_get_handle(hVirtNet, PHT_VIRTUAL_NETWORK, forwards(nPortFwdType), phPortFwdList);
}

PRL_METHOD(PrlVirtNet_SetPortForwardList)
(PRL_HANDLE hVirtNet, PRL_PORT_FORWARDING_TYPE nPortFwdType, PRL_HANDLE hPortFwdList)
{
    return prl_prop_set_handle(hVirtNet, PHT_VIRTUAL_NETWORK, forwards(nPortFwdType), hPortFwdList);
}

/* The host's adapter of the network's index. */
PRL_METHOD(PrlVirtNet_GetBoundAdapterInfo)
(PRL_HANDLE hVirtNet, PRL_HANDLE hSrvConfig, PRL_HANDLE_PTR phNetAdapter)
{
    PRL_ENTER(prl_record, network, hVirtNet, PHT_VIRTUAL_NETWORK);
    PRL_ALSO(prl_record, config, hSrvConfig, PHT_SERVER_CONFIG);
    PRL_NEED(phNetAdapter);
    *phNetAdapter = PRL_INVALID_HANDLE;
    vjob_obj_lock(&network->obj);
    const size_t index = (size_t)prl_bag_number(&network->bag, PRL_PROP_VIRTNET_ADAPTER_INDEX);
    vjob_obj_unlock(&network->obj);
    vjob_obj *adapter = prl_record_kid(config, PHT_HW_NET_ADAPTER, index);
    return adapter ? prl_give(adapter, phNetAdapter) : PRL_NET_ADAPTER_NOT_EXIST;
}

PRL_ASYNC_METHOD(PrlSrv_GetNetServiceStatus)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_GET_NET_SERVICE_STATUS);
    call.outcome = PRL_OUTCOME_OBJECT;
    call.object = (vjob_obj *)prl_record_new(PHT_NET_SERVICE_STATUS);
    if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
    return prl_call_read(&call);
}
