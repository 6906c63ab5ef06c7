/*
 * Numbers of Windows that the Host Compute System API needs. windows.h and computedefs.h take them from here.
 */
#ifndef HCS_VJOB_WINERROR_H
#define HCS_VJOB_WINERROR_H

#include "vjob_wintypes.h"

#ifndef _HRESULT_TYPEDEF_
#define _HRESULT_TYPEDEF_(number) ((HRESULT)number)
#endif

@groups@

#endif
