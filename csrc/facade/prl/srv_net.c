/* A host's networks: virtual ones, private ones, classes of traffic and what they may use, services in containers. */
#include "prl_internal.h"

#include <stdlib.h>
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
static const set networks = {PRL_STORE_NETWORKS,
                             PHT_VIRTUAL_NETWORK,
                             PRL_PROP_VIRTNET_NETWORK_ID,
                             {PRL_NET_DUPLICATE_VIRTUAL_NETWORK_ID, PRL_NET_VIRTUAL_NETWORK_NOT_FOUND}};

#define WORLD_NETWORKS 256

/* All networks that the world knows, to be freed; NULL: out of memory. */
static vjob_network_info *world_networks(vjob_host *host, size_t *out_count)
{
    vjob_network_info *infos = calloc(WORLD_NETWORKS, sizeof *infos);
    const size_t there = infos ? vjob_host_networks(host, infos, WORLD_NETWORKS) : 0;
    *out_count = there < WORLD_NETWORKS ? there : WORLD_NETWORKS;
    return infos;
}

static int is_in_world(vjob_host *host, prl_record *network)
{
    size_t count;
    int found = 0;
    vjob_network_info *infos = world_networks(host, &count);
    vjob_obj_lock(&network->obj);
    const char *name = prl_bag_text(&network->bag, PRL_PROP_VIRTNET_NETWORK_ID);
    for (size_t i = 0; i < count && infos; i++) found |= !strcmp(infos[i].name, name);
    vjob_obj_unlock(&network->obj);
    free(infos);
    return found;
}

/* A network of the world is there before anybody adds it, and cannot be taken away. */
static PRL_RESULT change_in(vjob_host *host, const set *of, vjob_obj *member, prl_store_how how)
{
    if (of == &networks && is_in_world(host, (prl_record *)member)) {
        if (how == PRL_STORE_ADD) return of->errors.exists;
        if (how == PRL_STORE_REMOVE) return PRL_ERR_UNIMPLEMENTED;
        how = PRL_STORE_PUT;
    }
    return prl_store_change(host, of->id, of->name, member, how, &of->errors);
}

static PRL_HANDLE change(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, const set *of,
                         PRL_HANDLE member, prl_store_how how)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    PRL_ASYNC_NEED(call, !prl_resolve(member, of->type, &pin));
    vjob_host *host = prl_server_host(call.server);
    if (host) {
        call.forced = change_in(host, of, pin.obj, how);
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
CHANGE(PrlSrv_AddVirtualNetwork, PJOC_SRV_ADD_VIRTUAL_NETWORK, &networks, PRL_STORE_ADD)
CHANGE(PrlSrv_UpdateVirtualNetwork, PJOC_SRV_UPDATE_VIRTUAL_NETWORK, &networks, PRL_STORE_UPDATE)
CHANGE(PrlSrv_DeleteVirtualNetwork, PJOC_SRV_DELETE_VIRTUAL_NETWORK, &networks, PRL_STORE_REMOVE)

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

static int fill_network(prl_record *record, const vjob_network_info *network, size_t index)
{
    return prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_NETWORK_ID, network->name) &&
           prl_bag_set_text(&record->bag, PRL_PROP_VIRTNET_ADAPTER_NAME, network->bridge) &&
           prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_ADAPTER_INDEX, index) &&
           prl_bag_set_number(&record->bag, PRL_PROP_VIRTNET_ADAPTER_ENABLED, (PRL_UINT64)network->active);
}

/* The member of a name that clients have defined, taken out of the set; NULL if there is none. */
static prl_record *take_member(prl_record *all, const char *name)
{
    for (size_t i = 0; i < all->n_kids; i++) {
        prl_record *member = (prl_record *)all->kids[i];
        if (strcmp(prl_bag_text(&member->bag, PRL_PROP_VIRTNET_NETWORK_ID), name)) continue;
        all->kids[i] = all->kids[--all->n_kids];
        return member;
    }
    return NULL;
}

/* The world's networks with what clients said about them, then those that only clients know. */
static int add_world(prl_record *list, prl_record *defined, vjob_host *host)
{
    size_t count;
    vjob_network_info *infos = world_networks(host, &count);
    int fine = infos != NULL;
    for (size_t i = 0; fine && i < count; i++) {
        prl_record *network = take_member(defined, infos[i].name);
        const int said = network != NULL;
        if (!network) network = prl_record_new(PHT_VIRTUAL_NETWORK);
        fine = network && (said || fill_network(network, &infos[i], i));
        if (fine)
            fine = prl_record_add(list, &network->obj);
        else
            vjob_obj_release((vjob_obj *)network);
    }
    free(infos);
    for (size_t i = 0; fine && i < defined->n_kids; i++)
        fine = prl_record_add(list, vjob_obj_retain(defined->kids[i]));
    return fine;
}

static vjob_obj *networks_new(prl_server *server, vjob_host *host)
{
    prl_record *list = prl_record_new(PHT_VIRTUAL_NETWORK);
    prl_record *defined = (prl_record *)prl_store_get(host, PRL_STORE_NETWORKS, PHT_VIRTUAL_NETWORK);
    PRL_UNUSED_PARAM(server);
    const int fine = list && defined && add_world(list, defined, host);
    vjob_obj_release((vjob_obj *)defined);
    if (fine) return &list->obj;
    vjob_obj_release((vjob_obj *)list);
    return NULL;
}

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
