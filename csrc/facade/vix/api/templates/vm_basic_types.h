/*
 * The basic types that VIX programs are written in.
 */
#ifndef VM_BASIC_TYPES_H
#define VM_BASIC_TYPES_H

#include <stdint.h>
#if !defined(_WIN32)
#include <sys/types.h>
#endif

/* One byte, 0 or 1: clients read it into char variables. */
typedef char Bool;
typedef int8_t int8;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

#define IsBool(x) (((x) & ~1) == 0)
#define IS_BOOL(x) (((x) & ~1) == 0)

/* Length part of a printf format for 64 bits: printf("%" FMT64 "u", error). */
#if defined(_MSC_VER)
#define FMT64 "I64"
#elif defined(__APPLE__) || !defined(__LP64__)
#define FMT64 "ll"
#else
#define FMT64 "l"
#endif

#endif
