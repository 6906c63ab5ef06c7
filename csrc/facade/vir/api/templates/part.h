/* @about@ Part of libvirt/libvirt.h. */
#ifndef @guard@_H
#define @guard@_H

#ifndef __VIR_LIBVIRT_H_INCLUDES__
#error "Include libvirt/libvirt.h, not this file"
#endif

@body@

#endif
