#include "hcs_internal.h"
hcs_sink *hcs_process_sink(hcs_process *process)
{
    (void)process;
    return NULL;
}
void hcs_processes_exit(hcs_machine *machine)
{
    (void)machine;
}
HRESULT hcs_check_start(hcs_machine *machine, uint32_t *flags, hcs_why *why)
{
    (void)machine, (void)flags, (void)why;
    return S_OK;
}
