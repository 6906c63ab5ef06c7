/* Networks of compute systems are not served; some sources include this and call nothing of it. */
#ifndef VJOB_WIN32_COMPUTENETWORK_H
#define VJOB_WIN32_COMPUTENETWORK_H

#include <hcs/computedefs.h>

#endif
