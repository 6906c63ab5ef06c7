/*
 * A libvirt-style API: connections, domains, networks, snapshots, events.
 *
 * Functions that return an int give -1, those that return a pointer NULL, when they fail; why is in
 * virGetLastError() (libvirt/virterror.h).
 */
#ifndef LIBVIRT_H
#define LIBVIRT_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(default)
#endif

#define __VIR_LIBVIRT_H_INCLUDES__
@includes@
#undef __VIR_LIBVIRT_H_INCLUDES__

#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
