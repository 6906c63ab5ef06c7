/**
 * event.h - events of a connection: who listens, what waits to be told, and how the loop is made to tell.
 *
 * Hooks in the world put events into the queue. The loop takes them out and calls. With our own loop a timer
 * is set from the hook; a foreign loop is woken by a descriptor, and its timer is set when the next call
 * returns (its functions are the program's: they are never called from the world). Rings get events from
 * the hook itself, whether there is a loop or not.
 */
#ifndef VIR_EVENT_H
#define VIR_EVENT_H

#include "loop.h"

typedef enum vir_event_of { VIR_EVENT_DOMAIN, VIR_EVENT_NETWORK } vir_event_of;

/** Something that happened. */
typedef struct vir_event {
    uint32_t refs; /* atomic: the queue, and handles that rings have; all but `next` and `number` immutable */
    struct vir_event *next;
    uint64_t number;
    vir_event_of of;
    int id;            /* virDomainEventID, or virNetworkEventID */
    int event, detail; /* lifecycle; other events: what the callback gets */
    char *text;        /* malloc'ed, or NULL */
    virTypedParameterPtr params;
    int nparams;
    /* a domain: what it was called and its run at that moment */
    vjob_vm *vm;
    char *name; /* NULL: as it is called when it is told */
    int run;
    vjob_network *network; /* kept */
} vir_event;

/** An empty event with one reference. NULL: out of memory. world ok */
vir_event *vir_event_new(vir_event_of of, int id, int event, int detail);
vir_event *vir_event_retain(vir_event *event);
void vir_event_release(vir_event *event);

typedef struct vir_callback {
    struct vir_callback *next;
    int number;
    vir_event_of of;
    int id;
    int legacy; /* by virConnectDomainEventRegister */
    int removed;
    char only[40];      /* uuid; "" = all */
    void (*call)(void); /* of the type that its event has */
    void *opaque;
    virFreeCallback free_opaque;
    uint64_t since; /* number of the first event it hears of */
} vir_callback;

typedef struct vir_events vir_events;

/** Rings that want to have all events of a connection (event_ring.c). */
typedef struct vir_tap {
    struct vir_tap *next;
    int number;
    vjob_tap *tap; /* retained */
} vir_tap;
typedef struct vir_taps {
    vjob_obj lock; /* guards the rest */
    vir_tap *first;
    int last_number;
} vir_taps;
int vir_taps_any(vir_taps *taps);
/** Give every ring a handle of the event. world ok */
void vir_taps_tell(vir_taps *taps, vir_conn *conn, vir_event *event);
void vir_taps_end(vir_taps *taps);

/** Does anybody listen? world ok */
int vir_events_wanted(vir_events *events);
/** Queue an event, which is taken over; dropped when nobody listens. world ok */
void vir_events_post(vir_events *events, vir_event *event);
/** Register; takes over `callback`, also when it fails. Its number | -1: record written */
int vir_events_add(vir_conn *conn, vir_callback *callback);
/** Remove by number, or the legacy one with this function. 0 | -1: there is none */
int vir_events_remove(vir_conn *conn, vir_event_of of, int number, void (*legacy)(void));
/** Who takes a connection's events without a loop. NULL: record written */
vir_taps *vir_events_taps(vir_conn *conn);
/** The end of a connection. */
void vir_events_end(vir_conn *conn);
/** Tell all who listen to a host that something was done to a domain; `text` may be NULL. */
void vir_events_tell_domain(vjob_host *host, vjob_vm *vm, int id, int number, const char *text);
/** Set the timers of foreign loops: where public functions return. */
void vir_events_flush(void);

/** What a change means (event_domain.c, event_network.c). world */
void vir_events_of_domain(vir_conn *conn, vir_events *events, const vjob_change_info *change);
void vir_events_of_network(vir_events *events, const vjob_change_info *change);
/** The object of an event, as it was called then; one reference. NULL: out of memory (event_call.c) */
vjob_obj *vir_event_subject(vir_conn *conn, const vir_event *event);
/** Call one callback for one event (event_call.c). */
void vir_event_call(vir_conn *conn, const vir_callback *callback, const vir_event *event);

#endif
