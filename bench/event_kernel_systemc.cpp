// event_kernel_systemc.cpp - the hold model in SystemC, the rival of bench/event_kernel, in each style that it offers.
//
//     event_kernel_systemc STYLE N EVENTS     events a second, one number
//
// method: SC_METHODs that call next_trigger(time); event: SC_METHODs sensitive to an event that they notify;
// thread: SC_THREADs that wait(time), the slowest; a million of their stacks do not fit.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include <systemc>

namespace {

const uint64_t longest_ps = 1000000;
uint64_t events, stop_at;
timespec start;

double cpu_seconds(const timespec &from)
{
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec - from.tv_sec) + double(now.tv_nsec - from.tv_nsec) * 1e-9;
}

struct Hold : sc_core::sc_module {
    uint64_t state;
    sc_core::sc_event event;

    SC_HAS_PROCESS(Hold);
    Hold(sc_core::sc_module_name name, const char *style, uint64_t seed) : sc_module(name), state(seed)
    {
        if (std::strcmp(style, "method") == 0) {
            SC_METHOD(by_trigger);
        } else if (std::strcmp(style, "event") == 0) {
            SC_METHOD(by_event);
            sensitive << event;
        } else {
            SC_THREAD(by_thread);
        }
    }

    sc_core::sc_time increment()        // splitmix64, as in base/rng.h
    {
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        if (++events == stop_at)
            sc_core::sc_stop();
        return sc_core::sc_time::from_value(1 + (z ^ (z >> 31)) % longest_ps);
    }

    void by_trigger() { next_trigger(increment()); }
    void by_event() { event.notify(increment()); }
    void by_thread()
    {
        for (;;)
            wait(increment());
    }
};

}

int sc_main(int argc, char **argv)
{
    if (argc != 4)
        return 1;
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    uint64_t pending = std::strtoull(argv[2], nullptr, 10), count = std::strtoull(argv[3], nullptr, 10);
    std::vector<Hold *> holds;
    for (uint64_t i = 0; i < pending; i++)
        holds.push_back(new Hold(sc_core::sc_gen_unique_name("hold"), argv[1], i));
    sc_core::sc_start(sc_core::sc_time::from_value(longest_ps));        // until no trace is left of how it began
    uint64_t before = events;
    stop_at = before + count;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    sc_core::sc_start();
    std::printf("%.0f\n", double(events - before) / cpu_seconds(start));
    std::fflush(stdout);
    std::_Exit(0);                      // taking a million modules down is not what is measured
}
