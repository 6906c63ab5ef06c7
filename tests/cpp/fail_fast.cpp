// Ends by a signal, having said why.
#include <windows.h>
#include <wil/result.h>

int main()
{
    FAIL_FAST_IF_FAILED_MSG(E_ABORT, "%ws", L"the reason");
    return 0;
}
