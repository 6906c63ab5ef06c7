/**
 * vir_host.h - what libvjob_vir.so exports beside the libvirt-style API: for the Python package and for tools.
 */
#ifndef VJOB_VIR_HOST_H
#define VJOB_VIR_HOST_H

#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <vjob/host.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */

/** Number of the API's functions. */
int vjob_vir_function_count(void);
/** Name of the index-th function in alphabetical order; NULL beyond the end. Static. */
const char *vjob_vir_function_name(int index);
/** 1 when the function is served, 0 when it only says that it is not supported. */
int vjob_vir_function_status(int index);
/** Name of an error code's constant. Static. */
const char *vjob_vir_error_name(int code);

/** A running job that somebody else works on: with virJobInitialize, virJobUpdateRel ... it is told how that
 *  goes, and with a virJobFinish... that it is over. NULL, and the thread's error. */
virJobPtr vjob_vir_job_open(virConnectPtr conn, int type);
/** A text for a credential, which the library frees. NULL: out of memory. */
char *vjob_vir_text_copy(const char *text);
/** Give back what connections held of the engine, after their handles were released in other ways. */
void vjob_vir_settle(void);

/* ---- events for a ring: without an event loop --------------------------------------------------------- */

/** What an event object says. The members that a kind of event has no use for are 0 or NULL. */
typedef struct vjob_vir_event {
    virConnectPtr conn;          /* borrowed */
    int of_network;              /* 1: of a network, 0: of a domain */
    int id;                      /* virDomainEventID or virNetworkEventID */
    int event, detail;           /* the first and second number of its callback */
    const char *text;            /* its text, borrowed */
    virTypedParameterPtr params; /* borrowed */
    int nparams;
} vjob_vir_event;

/** From now on, post all events of a connection's domains and networks to a tap, in order: (event, a = id,
 *  b = 1 for networks). The event is an object; its reference goes to who takes the entry (vjob_release). The
 *  tap is retained. 0 | -1 */
int vjob_vir_events_attach(virConnectPtr conn, void *tap);
/** No more; an entry that is being posted may still come. 0 | -1: no such tap */
int vjob_vir_events_detach(virConnectPtr conn, void *tap);
/** What is borrowed is good until the event is released. A vjob_err: VJOB_EBADHANDLE */
int vjob_vir_event_look(uint64_t event, vjob_vir_event *out_event);
/** The domain or network of an event as it was called then, a virDomainPtr or virNetworkPtr; one reference.
 *  NULL, and the thread's error. */
void *vjob_vir_event_subject(uint64_t event);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
