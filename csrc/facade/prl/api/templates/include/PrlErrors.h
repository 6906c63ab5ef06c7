/* Tests on result codes; brings in the values of result codes and events. */
#ifndef PRL_ERRORS_H
#define PRL_ERRORS_H

#include "PrlErrorsValues.h"
#include "PrlEventsValues.h"

/* Warnings, questions and answers are positive: they count as succeeded, yet are not PRL_ERR_SUCCESS. */
#define PRL_SUCCEEDED(result) ((PRL_RESULT)(result) >= 0)
#define PRL_FAILED(result) ((PRL_RESULT)(result) < 0)

#define PRL_LICENSE_IS_VALID(result) \
    ((result) == PRL_ERR_LICENSE_VALID || (result) == PRL_ERR_LICENSE_GRACED)
#define PRL_LICENSE_IS_EXPIRED(result) \
    ((result) == PRL_ERR_LICENSE_EXPIRED || (result) == PRL_ERR_VZLICENSE_KA_LICENSE_EXPIRED)

#endif
