/** prl_event.h - events: what they say, the objects that show it, and where they come from. */
#ifndef PRL_EVENT_H
#define PRL_EVENT_H

#include "prl_session.h"

/* ---- events (event*.c) ------------------------------------------------------------------------ */

/** One thing that a server's channel delivers: an event's content, or a finished job. */
typedef struct prl_item {
    vjob_item item;
    prl_vm *scope;      /* VM whose handlers also get it; kept by what is delivered; NULL: none */
    prl_job *job;       /* not NULL: a job item */
    prl_server *server; /* events: kept */
} prl_item;

typedef struct prl_event_param {
    const char *name;
    PRL_PARAM_FIELD_DATA_TYPE type;
    char number[24];  /* the value, if it is short */
    char *text;       /* else; owned */
    char *own_name;   /* what `name` points to when it is not static; owned */
    vjob_obj *object; /* kept; behind PrlEvtPrm_ToHandle */
} prl_event_param;
static inline const char *prl_param_text(const prl_event_param *param)
{
    return param->text ? param->text : param->number;
}

/** What an event says; counted, immutable once it is visible. */
struct prl_content {
    prl_item item;
    PRL_EVENT_TYPE type;
    PRL_RESULT code;
    PRL_EVENT_ISSUER_TYPE issuer;
    char issuer_id[48];
    char source[48];
    PRL_BOOL answer_required;
    PRL_UINT64 number;  /* package */
    vjob_vm *sample_vm; /* performance counters are read when the event is delivered */
    int sample;         /* the same for host statistics */
    char *filter;
    prl_event_param *params; /* `first` while there is one */
    size_t n_params;
    prl_event_param first;
};

typedef struct prl_event {
    vjob_obj obj;
    prl_content *content; /* obj lock; one reference */
    prl_server *server;   /* kept or NULL; immutable */
    prl_vm *vm;
    prl_job *job;
} prl_event;

/** New content without parameters. NULL: out of memory. World ok */
prl_content *prl_content_new(PRL_EVENT_TYPE type, PRL_EVENT_ISSUER_TYPE issuer, const char *issuer_id);
/** Append a parameter; copies the text, the name is static. 0: out of memory. World ok */
int prl_content_add(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type, const char *text);
int prl_content_add_number(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type,
                           long long number);
/** Copy the last parameter's name, which was not static. 0: out of memory (the parameter is gone). */
int prl_content_own_name(prl_content *content);
/** Takes the object's reference, also when it fails. */
int prl_content_add_object(prl_content *content, const char *name, vjob_obj *object);
prl_content *prl_content_retain(prl_content *content);
void prl_content_release(prl_content *content);
char *prl_content_write(const prl_content *content);
/** A content from a document. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err prl_content_read(const char *text, prl_content **out_content);
/** A new event object; takes the content's reference. NULL: out of memory (the content is released). */
prl_event *prl_event_new(prl_content *content, prl_server *server, prl_vm *vm, prl_job *job);
/** The event's content, one reference. */
prl_content *prl_event_content(prl_event *event);
/** Read performance counters or statistics into the parameters of a content that asks for it. */
void prl_content_sample(prl_content *content, prl_server *server);

/** Hook for changes in the world: post them to a server's handlers. */
void prl_on_change(const vjob_change_info *change, void *server);
void prl_on_host_second(vjob_host *host, vjob_vm *vm, void *server);
void prl_on_vm_second(vjob_host *host, vjob_vm *vm, void *vm_object);
extern const vjob_channel_ops prl_channel_ops;

/** A statistics object from one sample of a host or a VM. NULL: no sample or out of memory. */
vjob_obj *prl_stats_new(vjob_host *host, vjob_vm *vm);
/** Parameters of a performance counter event. */
void prl_perf_params(prl_content *content, vjob_vm *vm, const char *filter);

#endif
