// Classes around handles, lambdas behind callbacks, exceptions for errors; many machines at once.
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <algorithm>
#include <vector>
#include <vix.h>

class Error : public std::runtime_error
{
  public:
    explicit Error(VixError code)
        : std::runtime_error(Vix_GetErrorText(code, nullptr)), code_(VIX_ERROR_CODE(code))
    {
    }
    int code() const { return static_cast<int>(code_); }

  private:
    VixError code_;
};

class Handle
{
  public:
    Handle() = default;
    explicit Handle(VixHandle h) : h_(h) {}
    Handle(const Handle &other) : h_(other.h_) { Vix_AddRefHandle(h_); }
    Handle(Handle &&other) noexcept : h_(other.h_) { other.h_ = VIX_INVALID_HANDLE; }
    Handle &operator=(Handle other)
    {
        std::swap(h_, other.h_);
        return *this;
    }
    ~Handle() { Vix_ReleaseHandle(h_); }
    operator VixHandle() const { return h_; }

  private:
    VixHandle h_ = VIX_INVALID_HANDLE;
};

class Job
{
  public:
    explicit Job(VixHandle h) : job_(h) {}
    void wait() { check(VixJob_Wait(job_, VIX_PROPERTY_NONE)); }
    Handle result()
    {
        VixHandle h = VIX_INVALID_HANDLE;
        check(VixJob_Wait(job_, VIX_PROPERTY_JOB_RESULT_HANDLE, &h, VIX_PROPERTY_NONE));
        return Handle(h);
    }

  private:
    static void check(VixError code)
    {
        if (VIX_FAILED(code)) throw Error(code);
    }
    Handle job_;
};

using Told = std::function<void(VixHandle, VixEventType, VixHandle)>;

extern "C" void trampoline(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (*static_cast<Told *>(data))(job, type, info);
}

static std::vector<std::string> find(VixHandle host, VixFindItemType what)
{
    std::vector<std::string> paths;
    Told told = [&](VixHandle, VixEventType type, VixHandle info) {
        if (type != VIX_EVENTTYPE_FIND_ITEM) return;
        char *path = nullptr;
        if (VIX_SUCCEEDED(
                Vix_GetProperties(info, VIX_PROPERTY_FOUND_ITEM_LOCATION, &path, VIX_PROPERTY_NONE)))
            paths.push_back(path);
        Vix_FreeBuffer(path);
    };
    Job(VixHost_FindItems(host, what, VIX_INVALID_HANDLE, -1, trampoline, &told)).wait();
    std::sort(paths.begin(), paths.end());
    return paths;
}

int main()
{
    try {
        Handle host =
            Job(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                                "https://esx.example.com:443/sdk", 0, "root", "pw",
                                VIX_HOSTOPTION_VERIFY_SSL_CERT, VIX_INVALID_HANDLE, nullptr, nullptr))
                .result();
        for (const auto &path : find(host, VIX_FIND_REGISTERED_VMS))
            std::printf("registered %s\n", path.c_str());

        std::atomic<int> ended{0}, failed{0};
        std::vector<std::unique_ptr<Told>> kept;
        std::vector<Job> jobs;
        std::vector<Handle> vms;
        for (const auto &path : find(host, VIX_FIND_REGISTERED_VMS)) {
            vms.push_back(Job(VixVM_Open(host, path.c_str(), nullptr, nullptr)).result());
            kept.push_back(std::make_unique<Told>([&](VixHandle job, VixEventType type, VixHandle) {
                if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
                if (VixJob_GetError(job) != VIX_OK) failed++;
                ended++;
            }));
            jobs.emplace_back(VixVM_PowerOn(vms.back(), VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, trampoline,
                                            kept.back().get()));
        }
        for (auto &job : jobs) {
            try {
                job.wait();
            } catch (const Error &error) {
                std::printf("error %d\n", error.code());
            }
        }
        std::printf("%d ended, %d failed\n", ended.load(), failed.load());
        for (const auto &path : find(host, VIX_FIND_RUNNING_VMS)) std::printf("running %s\n", path.c_str());
        try {
            Job(VixVM_Open(host, "[standard] nobody/nobody.vmx", nullptr, nullptr)).result();
        } catch (const Error &error) {
            std::printf("nobody: %d\n", error.code());
        }
        vms.clear();
        VixHost_Disconnect(host);
    } catch (const std::exception &error) {
        std::printf("failed: %s\n", error.what());
        return 1;
    }
    return 0;
}
