/**
 * prl_internal.h - what the files of the Prl facade share.
 *
 * Words
 *   record   an object that is only a bag of properties (login response, VM information, statistics ...)
 *   bag      values of properties, by prl_prop_id; what was never set reads as the table's default
 *   node     one device, boot entry or share inside a VM's configuration; a handle names it by serial number
 *   session  a server object between its login and its logoff
 *
 * Laws
 *   - A function starts with its handle (which checks that the library is initialised), then its pointers:
 *     PRL_ENTER, PRL_NEED; asynchronous ones: PRL_ASYNC, PRL_ASYNC_NEED.
 *   - Nothing is called with an object's lock held except the functions of bag.c and strings.c.
 *   - Hooks that run in the world (settle, ended, observers) only copy, count and post.
 */
#ifndef PRL_INTERNAL_H
#define PRL_INTERNAL_H

#include "prl_job.h"

/* ---- bodies of generated stubs ---------------------------------------------------------------- */

PRL_RESULT prl_stub_sync(const char *function);
PRL_HANDLE prl_stub_async(const char *function, PRL_JOB_OPERATION_CODE code);

#endif
