/*
 * For C++: an owner of one reference to a handle.
 *
 * Takes over the reference it is given, drops it at its end, adds one when it is copied.
 */
#ifndef PRL_SDK_HANDLE_WRAP_H
#define PRL_SDK_HANDLE_WRAP_H

#ifdef DYN_API_WRAP
#include "SdkWrap.h"
#else
#include "PrlApiCore.h"
#endif

#ifdef __cplusplus

class SdkHandleWrap
{
public:
    SdkHandleWrap(PRL_HANDLE handle = PRL_INVALID_HANDLE) : m_handle(handle) {}

    SdkHandleWrap(const SdkHandleWrap &other) : m_handle(other.m_handle) { AddRef(); }

    ~SdkHandleWrap() { reset(); }

    SdkHandleWrap &operator=(const SdkHandleWrap &other)
    {
        SdkHandleWrap copy(other);
        swap(copy);
        return *this;
    }

    /* Drops the reference held and takes over another. */
    void reset(PRL_HANDLE handle = PRL_INVALID_HANDLE)
    {
        if (m_handle != PRL_INVALID_HANDLE)
            PrlHandle_Free(m_handle);
        m_handle = handle;
    }

    /* Gives the reference away. */
    PRL_HANDLE release()
    {
        PRL_HANDLE handle = m_handle;
        m_handle = PRL_INVALID_HANDLE;
        return handle;
    }

    void swap(SdkHandleWrap &other)
    {
        PRL_HANDLE handle = m_handle;
        m_handle = other.m_handle;
        other.m_handle = handle;
    }

    /* Room for a function that stores a new handle; what was held before is dropped. */
    PRL_HANDLE_PTR GetHandlePtr()
    {
        reset();
        return &m_handle;
    }

    PRL_HANDLE GetHandle() const { return m_handle; }

    operator PRL_HANDLE() const { return m_handle; }

    void AddRef() const
    {
        if (m_handle != PRL_INVALID_HANDLE)
            PrlHandle_AddRef(m_handle);
    }

private:
    PRL_HANDLE m_handle;
};

#endif

#endif
