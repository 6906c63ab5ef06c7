/** domain_job.h - jobs of domains as virDomainGetJobInfo sees them. */
#ifndef VIR_DOMAIN_JOB_H
#define VIR_DOMAIN_JOB_H

#include "vir_internal.h"

/** What is told of a domain's last job when it has ended well: malloc'ed parameters, none when memory is
 *  out. world ok */
void vir_job_params(const vjob_vm_info *info, virTypedParameterPtr *out_params, int *out_n);

#endif
