/*
 * Scalars, handles and the macros that every other header of this API is made of.
 *
 * A PRL_HANDLE is a number that travels in a pointer: compare it, pass it on, never look behind it.
 */
#ifndef PRL_TYPES_H
#define PRL_TYPES_H

/* Which system the program is compiled for, unless it says so itself. */
#if !defined(_LIN_) && !defined(_WIN_) && !defined(_MAC_)
#if defined(_WIN32)
#define _WIN_
#elif defined(__APPLE__)
#define _MAC_
#else
#define _LIN_
#endif
#endif

#if defined(_WIN_)
#define PRL_CALL __cdecl
#elif defined(__GNUC__) && defined(__i386__)
#define PRL_CALL __attribute__((cdecl, regparm(0)))
#else
#define PRL_CALL
#endif

#ifdef __cplusplus
#define PRL_EXTERN extern "C"
#else
#define PRL_EXTERN
#endif

#if defined(__GNUC__) && !defined(_WIN_) && !defined(PRL_GCC_DISABLE_VISIBILITY_ATTR)
#define PRL_DLLEXPORT __attribute__((visibility("default")))
#else
#define PRL_DLLEXPORT
#endif

#if defined(__GNUC__)
#define PRL_PACKED __attribute__((packed))
#define PRL_UNUSED __attribute__((unused))
#else
#define PRL_PACKED
#define PRL_UNUSED
#endif
#define PRL_UNUSED_PARAM(x) ((void)(x))

/* Closes a structure that has no padding: typedef struct _X { ... } PRL_STRUCT(X); */
#if defined(_WIN_)
#define PRL_STRUCT(name) name
#else
#define PRL_STRUCT(name) PRL_PACKED name
#endif

/* Heads of functions and of function pointer types; the parameter list follows. */
#define PRL_METHOD(name) PRL_RESULT PRL_CALL name
#define PRL_ASYNC_METHOD(name) PRL_HANDLE PRL_CALL name
#define PRL_METHOD_PTR(type) PRL_RESULT(PRL_CALL * type)
#define PRL_ASYNC_METHOD_PTR(type) PRL_HANDLE(PRL_CALL * type)

/*
 * One function of the API: its prototype, and name_Ptr as the type of a pointer to it. A program that
 * loads the library itself (DYN_API_WRAP, see SdkWrap.h) keeps the plain names for its own pointers.
 */
#ifndef DYN_API_WRAP
#define PRL_METHOD_DECL(version, name, args)             \
    PRL_EXTERN PRL_DLLEXPORT PRL_METHOD(name) args; \
    typedef PRL_METHOD_PTR(name##_Ptr) args
#define PRL_ASYNC_METHOD_DECL(version, name, args)             \
    PRL_EXTERN PRL_DLLEXPORT PRL_ASYNC_METHOD(name) args; \
    typedef PRL_ASYNC_METHOD_PTR(name##_Ptr) args
#else
#define PRL_METHOD_DECL(version, name, args)     \
    PRL_EXTERN PRL_METHOD(wrap##name) args; \
    typedef PRL_METHOD_PTR(name##wrap_Ptr) args
#define PRL_ASYNC_METHOD_DECL(version, name, args)     \
    PRL_EXTERN PRL_ASYNC_METHOD(wrap##name) args; \
    typedef PRL_ASYNC_METHOD_PTR(name##wrap_Ptr) args
#endif
#define PRL_SRV_METHOD_DECL PRL_METHOD_DECL
#define PRL_ASYNC_SRV_METHOD_DECL PRL_ASYNC_METHOD_DECL

@body@

#endif
