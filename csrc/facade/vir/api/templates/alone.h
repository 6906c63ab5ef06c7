/* @about@ */
#ifndef LIBVIRT_@guard@_H
#define LIBVIRT_@guard@_H

#include <libvirt/@before@.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(default)
#endif

@body@

#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
