/* Logging in and out. */
#include "prl_internal.h"

#include <stdio.h>
#include <string.h>

#define HOST_OS "Linux (simulated)"

/* World: the session is up, or the attempt is over. */
static void login_done(prl_job *job)
{
    prl_server *server = job->server;
    vjob_obj_lock(&server->obj);
    if (server->link == PRL_LINK_LOGIN) server->link = job->ret ? PRL_LINK_NONE : PRL_LINK_UP;
    vjob_obj_unlock(&server->obj);
}

static vjob_obj *response_new(prl_server *server, vjob_host *host)
{
    char uuid[40], session[48], of_host[48];
    vjob_host_info info;
    prl_record *response = prl_record_new(PHT_LOGIN_RESPONSE);
    if (!response) return NULL;
    vjob_host_look(host, &info);
    prl_brace(info.uuid, of_host);
    vjob_sim_new_uuid(uuid);
    prl_brace(uuid, session);
    vjob_obj_lock(&server->obj);
    snprintf(server->session_uuid, sizeof server->session_uuid, "%s", session);
    snprintf(server->host_name, sizeof server->host_name, "%s", info.name);
    vjob_obj_unlock(&server->obj);
    if (prl_bag_set_text(&response->bag, PRL_PROP_LOGINRESPONSE_SESSION_UUID, session) &&
        prl_bag_set_text(&response->bag, PRL_PROP_LOGINRESPONSE_SERVER_UUID, of_host) &&
        prl_bag_set_text(&response->bag, PRL_PROP_LOGINRESPONSE_HOST_OS_VERSION, HOST_OS) &&
        prl_bag_set_text(&response->bag, PRL_PROP_LOGINRESPONSE_PRODUCT_VERSION, PRL_PRODUCT_VERSION))
        return &response->obj;
    vjob_obj_release(&response->obj);
    return NULL;
}

/* Only one login at a time; 1 if this one may go on. */
static int claim(prl_call *call)
{
    prl_server *server = call->server;
    vjob_obj_lock(&server->obj);
    const int ours = server->link == PRL_LINK_NONE;
    if (ours)
        server->link = PRL_LINK_LOGIN;
    else
        call->forced = server->link == PRL_LINK_CLOSED ? PRL_ERR_NOT_CONNECTED_TO_DISPATCHER
                                                       : PRL_ERR_ALREADY_CONNECTED_TO_DISPATCHER;
    vjob_obj_unlock(&server->obj);
    return ours;
}

/* Everything that a login needs; what goes wrong is the job's outcome. */
static void prepare(prl_call *call, const char *host_name, vjob_op_request *request)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(host_name, "#"), host_name);
    vjob_obj_lock(&call->server->obj);
    snprintf(call->server->host_name, sizeof call->server->host_name, "%s", name);
    snprintf(call->server->user, sizeof call->server->user, "%s", request->name ? request->name : "root");
    call->server->local = !request->name;
    vjob_obj_unlock(&call->server->obj);
    vjob_err err = vjob_host_find(name, &request->host);
    if (!err) err = prl_server_watch(call->server, request->host);
    if (!err && !(call->object = response_new(call->server, request->host))) err = VJOB_ENOMEM;
    call->forced = prl_result(err);
}

static PRL_HANDLE login(prl_call *call, const char *host, const char *user, const char *password)
{
    vjob_op_request request = {.op = VJOB_OP_LOGIN, .name = user, .text = password};
    call->any_link = 1;
    call->outcome = PRL_OUTCOME_OBJECT;
    if (claim(call)) {
        call->done = login_done;
        prepare(call, host, &request);
        request.flags = user ? 0 : VJOB_OPF_TRUSTED; /* the user of this process needs no password */
    }
    const PRL_HANDLE job = prl_call_start(call, &request);
    if (request.host) vjob_host_release(request.host);
    return job;
}

/* Log in again, as somebody else, on the session that is there. */
static PRL_HANDLE login_again(prl_call *call, const char *user, const char *password)
{
    vjob_op_request request = {.op = VJOB_OP_LOGIN, .name = user, .text = password};
    request.host = prl_server_host(call->server);
    call->outcome = PRL_OUTCOME_OBJECT;
    if (request.host) call->object = response_new(call->server, request.host);
    const PRL_HANDLE job = prl_call_start(call, &request);
    if (request.host) vjob_host_release(request.host);
    return job;
}

PRL_ASYNC_METHOD(PrlSrv_LoginEx)
(PRL_HANDLE hServer, PRL_CONST_STR host, PRL_CONST_STR user, PRL_CONST_STR passwd,
 PRL_CONST_STR sPrevSessionUuid, PRL_UINT32 port_cmd, PRL_UINT32 timeout, PRL_SECURITY_LEVEL security_level,
 PRL_UINT32 flags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_LOGIN);
    PRL_UNUSED_PARAM(sPrevSessionUuid);
    PRL_UNUSED_PARAM(port_cmd);
    PRL_UNUSED_PARAM(timeout);
    PRL_UNUSED_PARAM(security_level);
    PRL_UNUSED_PARAM(flags);
    PRL_ASYNC_NEED(call, host || (user && passwd));
    user = user ? user : "";
    passwd = passwd ? passwd : "";
    return host ? login(&call, host, user, passwd) : login_again(&call, user, passwd);
}

PRL_ASYNC_METHOD(PrlSrv_Login)
(PRL_HANDLE hServer, PRL_CONST_STR host, PRL_CONST_STR user, PRL_CONST_STR passwd,
 PRL_CONST_STR sPrevSessionUuid, PRL_UINT32 port_cmd, PRL_UINT32 timeout, PRL_SECURITY_LEVEL security_level)
{
    return PrlSrv_LoginEx(hServer, host, user, passwd, sPrevSessionUuid, port_cmd, timeout, security_level,
                          0);
}

PRL_ASYNC_METHOD(PrlSrv_LoginLocalEx)
(PRL_HANDLE hServer, PRL_CONST_STR sPrevSessionUuid, PRL_UINT32 port, PRL_SECURITY_LEVEL security_level,
 PRL_UINT32 flags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_LOGIN_LOCAL);
    PRL_UNUSED_PARAM(sPrevSessionUuid);
    PRL_UNUSED_PARAM(port);
    PRL_UNUSED_PARAM(security_level);
    PRL_UNUSED_PARAM(flags);
    return login(&call, "", NULL, NULL);
}

PRL_ASYNC_METHOD(PrlSrv_LoginLocal)
(PRL_HANDLE hServer, PRL_CONST_STR sPrevSessionUuid, PRL_UINT32 port, PRL_SECURITY_LEVEL security_level)
{
    return PrlSrv_LoginLocalEx(hServer, sPrevSessionUuid, port, security_level, 0);
}

PRL_ASYNC_METHOD(PrlSrv_Logoff)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_LOGOFF);
    vjob_op_request request = {.op = VJOB_OP_LOGOFF, .host = prl_server_host(call.server)};
    const PRL_HANDLE job = prl_call_start(&call, &request); /* its end drops the session: see job.c */
    if (request.host) vjob_host_release(request.host);
    return job;
}

PRL_ASYNC_METHOD(PrlSrv_SetNonInteractiveSession)
(PRL_HANDLE hServer, PRL_BOOL bNonInteractive, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_SET_NON_INTERACTIVE_SESSION);
    PRL_UNUSED_PARAM(nFlags);
    vjob_obj_lock(&call.server->obj);
    call.server->non_interactive = bNonInteractive != 0;
    vjob_obj_unlock(&call.server->obj);
    return prl_call_read(&call);
}

PRL_METHOD(PrlSrv_IsNonInteractiveSession)(PRL_HANDLE hServer, PRL_BOOL_PTR pbIsNonInteractive)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(pbIsNonInteractive);
    vjob_obj_lock(&server->obj);
    *pbIsNonInteractive = (PRL_BOOL)server->non_interactive;
    vjob_obj_unlock(&server->obj);
    return PRL_ERR_SUCCESS;
}
