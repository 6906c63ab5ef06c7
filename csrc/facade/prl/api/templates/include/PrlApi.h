/*
 * Every function of the API. PRL_NO_DEPRECATED leaves out the old ones, PRL_NO_MANAGER those of
 * PrlApiManager.h.
 */
#ifndef PRL_API_H
#define PRL_API_H

#include "PrlApiCore.h"
#include "PrlApiDisp.h"
#include "PrlApiVm.h"
#include "PrlApiCt.h"
#include "PrlApiNet.h"
#include "PrlApiStat.h"
#include "PrlApiRemoteDev.h"
#include "PrlApiBackup.h"
#ifndef PRL_NO_DEPRECATED
#include "PrlApiDeprecated.h"
#endif
#ifndef PRL_NO_MANAGER
#include "PrlApiManager.h"
#endif

#endif
