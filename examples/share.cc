// share.cc - how many detectors can share a converter? The library from C++11: what owns is freed, faults are thrown.
//
//     c++ share.cc $(pkg-config --cflags --libs fanlight) -o share && ./share gpt2
#include <fanlight.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Deleter {
    void operator()(fl_err *err) const { fanlight_err_free(err); }
    void operator()(fl_result *result) const { fanlight_free(result); }
};
using Err = std::unique_ptr<fl_err, Deleter>;
using Result = std::unique_ptr<fl_result, Deleter>;

void must(bool ok, const Err &err)
{
    if (!ok)
        throw std::runtime_error(fanlight_err_text(err.get()));
}

Result run(const std::string &model, const std::vector<std::string> &settings)
{
    Err err(fanlight_err_new());
    std::vector<const char *> set;
    for (const std::string &setting : settings)
        set.push_back(setting.c_str());
    fl_request ask{};
    ask.design = FANLIGHT_DESIGN;
    ask.model = model.c_str();
    ask.work.context = 256;
    ask.set = set.data();
    ask.sets = static_cast<int>(set.size());
    fl_result *result = nullptr;
    must(fanlight_run(&ask, &result, err.get()), err);
    return Result(result);
}

// Joules of one component. A callback may not throw: it only notes what it is told.
double joules(const Result &result, const std::string &component)
{
    struct Found { const std::string &name; double joules; } found = {component, 0};
    auto note = [](void *context, const fl_component *c) {
        Found *f = static_cast<Found *>(context);
        if (f->name == c->name)
            f->joules = c->total_j;
    };
    Err err(fanlight_err_new());
    must(fanlight_components(result.get(), note, &found, err.get()), err);
    return found.joules;
}

} // namespace

int main(int argc, char **argv)
try {
    const std::string model = argc > 1 ? argv[1] : "gpt2";
    std::printf("share  latency us  energy mJ  adc uJ  area mm2\n");
    for (int share : {1, 2, 4, 8}) {
        Result result = run(model, {"core[0].adc.share=" + std::to_string(share)});
        Err err(fanlight_err_new());
        fl_summary sum;
        must(fanlight_summary(result.get(), &sum, err.get()), err);
        std::printf("%5d  %10.4g  %9.4g  %6.3g  %8.0f\n", share, sum.latency_s * 1e6, sum.energy_j * 1e3,
                    joules(result, "adc") * 1e6, sum.area_mm2);
    }
    return 0;
} catch (const std::exception &why) {
    std::fputs(why.what(), stderr);
    return 1;
}
