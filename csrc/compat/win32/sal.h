/* Annotations of parameters, which say nothing to the compilers here. */
#ifndef VJOB_WIN32_SAL_H
#define VJOB_WIN32_SAL_H

#include <hcs/vjob_wintypes.h>

#ifndef _In_range_
#define _In_range_(low, high)
#define _In_reads_or_z_(size)
#define _Out_writes_z_(size)
#define _Out_writes_opt_z_(size)
#define _Out_writes_to_(size, count)
#define _Out_writes_all_(size)
#define _Inout_updates_bytes_(size)
#define _Inout_z_
#define _Inout_opt_z_
#define _Out_range_(low, high)
#define _Outptr_result_nullonfailure_
#define _Outptr_result_buffer_(size)
#define _Outptr_result_bytebuffer_(size)
#define _COM_Outptr_
#define _COM_Outptr_opt_
#define _COM_Outptr_result_maybenull_
#define _Deref_out_
#define _Deref_out_opt_
#define _Ret_z_
#define _Ret_maybenull_z_
#define _Ret_valid_
#define _Success_(condition)
#define _When_(condition, annotation)
#define _At_(target, annotation)
#define _Pre_
#define _Post_
#define _Pre_maybenull_
#define _Post_notnull_
#define _Post_satisfies_(condition)
#define _Null_terminated_
#define _Null_
#define _Notnull_
#define _Maybenull_
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Requires_lock_held_(lock)
#define _Guarded_by_(lock)
#define _Analysis_assume_(condition) ((void)0)
#define __analysis_assume(condition) ((void)0)
#define _Return_type_success_(condition)
#define _Function_class_(name)
#define _IRQL_requires_max_(level)
#define _Interlocked_operand_
#define _Translates_Win32_to_HRESULT_(code)
#define _Translates_last_error_to_HRESULT_
#endif

#ifndef IN
#define IN
#define OUT
#define OPTIONAL
#endif

#endif
