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
