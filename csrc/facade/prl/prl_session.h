/** prl_session.h - servers, VMs and their configurations. */
#ifndef PRL_SESSION_H
#define PRL_SESSION_H

#include "prl_value.h"

/* ---- servers (server.c, session.c) ------------------------------------------------------------ */

typedef struct prl_vm prl_vm;
typedef struct prl_job prl_job;
typedef struct prl_content prl_content;

typedef enum prl_link {
    PRL_LINK_NONE = 0,
    PRL_LINK_LOGIN, /* a login is under way */
    PRL_LINK_UP,
    PRL_LINK_CLOSED /* the client freed the server: nothing will come any more */
} prl_link;

typedef struct prl_server {
    vjob_obj obj;
    vjob_channel *channel; /* immutable; stopped when the client frees the server */
    /* obj lock */
    prl_link link;
    vjob_host *host; /* of the last login */
    char host_name[256];
    char session_uuid[48];
    char user[64];
    vjob_observer *observer; /* of `host` */
    vjob_stats_feed *feed;   /* host statistics */
    int feed_on;
    int non_interactive, local;
    prl_job *pending; /* jobs that have not ended, newest first */
    prl_vm **buckets; /* VM objects by vjob_vm, not kept alive by this table */
    size_t n_buckets, n_vms;
} prl_server;

extern const vjob_class prl_server_class;
/** The host that the session is on, one reference; NULL when not logged in. */
vjob_host *prl_server_host(prl_server *server);
/** End a session whose handle the client has freed: handlers off (waits as law 15 says), pending jobs fail. */
void prl_server_close(prl_server *server);
/** The session ended by logoff: no events, pending jobs fail. World. */
void prl_server_drop_world(prl_server *server);
/** Remove a VM object from the server's table. World ok */
void prl_server_unlist(prl_server *server, prl_vm *object);
/** Post an event to the server's handlers; takes the reference. `vm`: whose handlers also get it, or NULL. World ok */
void prl_server_post(prl_server *server, prl_content *content, prl_vm *vm);
/** Observe `host` for this server. Not from a world hook. */
vjob_err prl_server_watch(prl_server *server, vjob_host *host);
/** Give up what is bound to the host. Not from a world hook. */
void prl_server_unwatch(prl_server *server);

/* ---- VMs (vm.c, vm_config.c) ------------------------------------------------------------------ */

/** A device, boot entry or share. */
typedef struct prl_node {
    PRL_UINT64 serial;    /* names it within its VM for ever */
    PRL_HANDLE_TYPE type; /* of its handles */
    PRL_DEVICE_TYPE kind; /* PDE_*, for devices */
    prl_bag bag;
} prl_node;

typedef struct prl_config {
    prl_bag bag;
    prl_node *nodes;
    size_t n_nodes, capacity;
    PRL_UINT64 last_serial;
    int nodes_changed;
} prl_config;

struct prl_vm {
    vjob_obj obj;
    prl_server *server; /* kept; immutable */
    /* server's obj lock */
    prl_vm *next;       /* in the server's table */
    vjob_vm *listed_as; /* its key there, or NULL; not kept */
    /* obj lock */
    vjob_vm *vm; /* kept; NULL until the VM is registered */
    int deleted; /* the world deleted it, files and all */
    int loaded;  /* config is filled */
    int console; /* the client has connected to it */
    prl_config config;
    vjob_stats_feed *perf;
    char *perf_filter;
};

extern const vjob_class prl_vm_class;
/** A VM object that the world does not know yet. NULL: out of memory. */
prl_vm *prl_vm_new(prl_server *server);
/** The server's object for a VM of the world: the live one or a new one; one reference. */
prl_vm *prl_vm_of(prl_server *server, vjob_vm *vm);
/** The live object for a VM of the world, one reference, or NULL. World ok */
prl_vm *prl_vm_live(prl_server *server, vjob_vm *vm);
/** Bind an object to the VM that was made from it. World ok */
void prl_vm_bind(prl_vm *object, vjob_vm *vm);
/** The VM behind an object, one reference, or NULL. */
vjob_vm *prl_vm_get(prl_vm *object);
/** Forget the cached configuration: the next use reads it again. World ok */
void prl_vm_stale(prl_vm *object);
/** Fill the configuration unless it is filled. */
PRL_RESULT prl_vm_load(prl_vm *object);
/** A private copy of the configuration as the client sees and edits it; to be cleared. */
PRL_RESULT prl_vm_copy(prl_vm *object, prl_config *out);
/** PHT_VM_INFO of a VM as it is now. NULL: out of memory. */
vjob_obj *prl_vm_info_new(vjob_vm *vm);
/** Replace an object's configuration, but for name and uuid, by defaults for an operating system. */
PRL_RESULT prl_vm_default(prl_vm *object, PRL_UINT32 os_version, int with_devices);

/** What the API's clients set, as it is kept with the VM in the world: immutable. */
typedef struct prl_saved {
    vjob_obj obj;
    prl_config config;
} prl_saved;
vjob_obj *prl_saved_new(const prl_config *config);

prl_node *prl_config_node(const prl_config *config, PRL_UINT64 serial);
prl_node *prl_config_nth(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind, size_t index);
size_t prl_config_count(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind);
/** Append a node. NULL: out of memory. */
prl_node *prl_config_add(prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind);
void prl_config_remove(prl_config *config, prl_node *node);
int prl_config_copy(prl_config *out, const prl_config *config);
void prl_config_clear(prl_config *config);
/** Bring in what the world says about a VM. 0: out of memory. */
int prl_config_from_world(prl_config *config, const vjob_vm_config *world);
/** Apply what the client changed (`all`: everything) to the world's configuration.
 *  PRL_ERR_VMCONF_VM_NAME_IS_TOO_LONG | PRL_ERR_OUT_OF_MEMORY */
PRL_RESULT prl_config_to_world(const prl_config *config, vjob_vm_config *world, int all);
/** Set what every new device has. 0: out of memory. */
int prl_device_defaults(prl_config *config, prl_node *node);
/** "00:1C:42:A1:B2:C3" from an address with or without separators. */
void prl_mac_canonical(const char *mac, char out[18]);
char *prl_config_write(const prl_config *config);
/** Replace the content by a document. 0: out of memory. */
int prl_config_read(prl_config *config, const prl_element *root);
PRL_HANDLE_TYPE prl_device_handle_type(PRL_DEVICE_TYPE kind); /* PHT_ERROR: no such devices */

/** A handle's object for a node. */
typedef struct prl_device {
    vjob_obj obj;
    prl_vm *vm; /* kept */
    PRL_UINT64 serial;
} prl_device;
vjob_obj *prl_device_new(prl_vm *vm, PRL_HANDLE_TYPE type, PRL_UINT64 serial);

/* ---- what a host's service keeps (store.c) ---------------------------------------------------- */

typedef enum prl_store_id {
    PRL_STORE_PREFS, /* dispatcher preferences as committed */
    PRL_STORE_LICENSE,
    PRL_STORE_PROFILE,
    PRL_STORE_VCMMD,
    PRL_STORE_CLASSES, /* network classes: a list of handles */
    PRL_STORE_SHAPING,
    PRL_STORE_PRIVATE_NETS,     /* a record with members */
    PRL_STORE_OFFLINE_SERVICES, /* a record with members */
    PRL_STORE_COUNT
} prl_store_id;
typedef enum prl_store_how {
    PRL_STORE_ADD,
    PRL_STORE_UPDATE,
    PRL_STORE_PUT, /* add or update */
    PRL_STORE_REMOVE
} prl_store_how;
/** A copy of what is kept, members included; a new, empty object of the type if nothing is. NULL: out of memory. */
vjob_obj *prl_store_get(vjob_host *host, prl_store_id id, PRL_HANDLE_TYPE type);
/** Keep a copy of a record or list. */
PRL_RESULT prl_store_put(vjob_host *host, prl_store_id id, vjob_obj *item);
typedef struct prl_store_errors {
    PRL_RESULT exists, missing; /* when there is one to add; when there is none to update or remove */
} prl_store_errors;
/** Change the set of members, which are told apart by the property `name`.
 *  PRL_ERR_INVALID_ARG: it has no name | PRL_ERR_OUT_OF_MEMORY | what `errors` says */
PRL_RESULT prl_store_change(vjob_host *host, prl_store_id id, PRL_UINT32 name, vjob_obj *member,
                            prl_store_how how, const prl_store_errors *errors);

/* ---- containers and templates (vm_traits.c) ---------------------------------------------------- */

typedef struct prl_traits {
    int is_container, is_template;
} prl_traits;
prl_traits prl_vm_traits(vjob_vm *vm); /* world ok */
/** A configuration is about to be kept with a VM. */
void prl_traits_note(const prl_config *config);
/** Does a list with these flags (PVTF_*, PGVLF_*) have the VM? */
int prl_vm_is_listed(vjob_vm *vm, PRL_UINT32 flags);
/** The code for a container in the wrong state, or 0. */
PRL_RESULT prl_container_result(vjob_op op);

VIRTUAL_MACHINE_STATE prl_vm_state(vjob_vm_state state);
PRL_VM_TOOLS_STATE prl_tools_state(vjob_tools_state state);
PRL_UINT32 prl_os_version(const char *name);
const char *prl_os_name(PRL_UINT32 version); /* as the simulator calls it */

#endif
