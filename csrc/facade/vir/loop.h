/**
 * loop.h - the event loop: whoever runs it, and our own.
 *
 * A program installs an implementation, ours or its own. Without one nothing is delivered. Ours keeps its
 * watches and timers here; the callbacks of a program run in virEventRunDefaultImpl only, on its thread.
 */
#ifndef VIR_LOOP_H
#define VIR_LOOP_H

#include "vir_internal.h"

typedef struct vir_loop_impl {
    virEventAddHandleFunc add_handle;
    virEventUpdateHandleFunc update_handle;
    virEventRemoveHandleFunc remove_handle;
    virEventAddTimeoutFunc add_timeout;
    virEventUpdateTimeoutFunc update_timeout;
    virEventRemoveTimeoutFunc remove_timeout;
} vir_loop_impl;

/** What is installed; all NULL: nothing. */
vir_loop_impl vir_loop_now(void);
/** Is it ours? Then its functions may be used in world hooks too. */
int vir_loop_is_default(void);

/* Ours (loop_default.c). */
int vir_loop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff);
void vir_loop_update_handle(int watch, int events);
int vir_loop_remove_handle(int watch);
int vir_loop_add_timeout(int frequency, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff);
void vir_loop_update_timeout(int timer, int frequency); /* world ok */
int vir_loop_remove_timeout(int timer);
/** One round. 0 | -1: record written */
int vir_loop_run_once(void);

#endif
