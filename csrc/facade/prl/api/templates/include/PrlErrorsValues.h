/*
 * The result codes. The digits of an error are read as hexadecimal and bit 31 is set, so error 15 is
 * 0x80000015; the digits of everything else are taken as they are.
 */
#ifndef PRL_ERRORS_VALUES_H
#define PRL_ERRORS_VALUES_H

#include "PrlTypes.h"

#ifndef PRL_RESULT_DECLARE_ERROR
#define PRL_RESULT_DECLARE_ERROR(digits) ((PRL_RESULT)(0x80000000u | 0x##digits))
#endif
#ifndef PRL_RESULT_DECLARE_SUCCESS
#define PRL_RESULT_DECLARE_SUCCESS(digits) ((PRL_RESULT)(digits))
#endif

@body@

#endif
