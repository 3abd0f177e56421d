// The LL -> MON -> TS network of the thesis preset, written by hand for one CPU core.
//
// This is the practical floor that the package's time is compared with: float32, one
// program for one model, every loop laid out for the caches and the vector units. It
// follows Brian2's order of events inside a step exactly (update, thresholds, pre
// pathways, post pathways, resets), so its statistics must agree with Brian2's.
//
//     g++ -std=c++17 -O3 -march=native -ffast-math lateral_floor.cpp -o lateral_floor
//     ./lateral_floor FOLDER        (floor.py writes FOLDER and reads the results)
//
// -ffast-math at link time also sets flush-to-zero: decaying traces would otherwise end
// as denormals, and cost more than everything else here.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <vector>
#ifdef __AVX2__
#include <immintrin.h>
#endif

// ---------------------------------------------------------------- vectors
// GCC's vector extensions, as wide as the machine's registers.
#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX2__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
constexpr int kLanes = kBytes / sizeof(float);
using Floats = float __attribute__((vector_size(kBytes)));
using Ints = int32_t __attribute__((vector_size(kBytes)));
using Words = uint32_t __attribute__((vector_size(kBytes)));

constexpr int round_up(int n) { return (n + kLanes - 1) / kLanes * kLanes; }

// Writes first + lane for every lane that is hit to `list`, which needs room for a vector,
// and returns how many. Without a branch where there is an instruction for it: a spike here
// and there cannot be predicted.
inline int append_hits(int32_t* list, Ints hit, int first) {
#if defined(__AVX512F__)
    const Ints index = Ints{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + first;
    const __mmask16 mask = _mm512_movepi32_mask((__m512i)hit);
    _mm512_storeu_si512(list, _mm512_maskz_compress_epi32(mask, (__m512i)index));
    return __builtin_popcount(mask);
#else
    unsigned mask = 0;
#if defined(__AVX2__)
    mask = _mm256_movemask_ps((__m256)hit);
#else
    for (int lane = 0; lane < kLanes; ++lane) mask |= (hit[lane] & 1u) << lane;
#endif
    int count = 0;
    for (; mask; mask &= mask - 1) list[count++] = first + __builtin_ctz(mask);
    return count;
#endif
}

// One by one: a gather instruction takes as long, and wants indices of 32 bits.
inline Floats look_up(const float* table, const uint16_t* index) {
    Floats values{};
    for (int lane = 0; lane < kLanes; ++lane) values[lane] = table[index[lane]];
    return values;
}

inline float clip(float x, float low, float high) { return std::fmin(std::fmax(x, low), high); }
inline Floats clip(Floats x, float low, float high) {
    const Floats least = Floats{} + low, most = Floats{} + high;
    x = x < least ? least : x;
    return x > most ? most : x;
}

// The lanes that were hit in a row of vectors, as a list. With bytes that can be compressed, 64
// cells are looked at together after the row; elsewhere each vector is appended at once.
class Hits {
public:
    explicit Hits(int32_t* list) : list_(list), end_(list) {}
#if defined(__AVX512VBMI2__)
    void add(Ints hit, int k) { masks_[k] = _mm512_movepi32_mask((__m512i)hit); }
    int collect(int vectors) {
        uint8_t numbers[64];
        for (int j = 0; j < 64; ++j) numbers[j] = j;
        const __m512i all = _mm512_loadu_si512(numbers);
        for (int k = vectors; k % 4; ++k) masks_[k] = 0;
        for (int k = 0; k < vectors; k += 4) {
            uint64_t bits;
            std::memcpy(&bits, masks_ + k, sizeof bits);
            const __m512i cells = _mm512_maskz_compress_epi8(bits, all);
            const __m512i some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(cells));
            _mm512_storeu_si512(end_, _mm512_add_epi32(some, _mm512_set1_epi32(k * kLanes)));
            const int count = __builtin_popcountll(bits);
            if (__builtin_expect(count > 16, 0)) {
                _mm512_storeu_si512(numbers, cells);
                for (int j = 16; j < count; ++j) end_[j] = k * kLanes + numbers[j];
            }
            end_ += count;
        }
        return end_ - list_;
    }

private:
    uint16_t masks_[65536 / kLanes];  // as many cells as 16-bit targets can name
#else
    void add(Ints hit, int k) { end_ += append_hits(end_, hit, k * kLanes); }
    int collect(int) { return end_ - list_; }

private:
#endif
    int32_t *list_, *end_;
};

// An aligned array of whole vectors; the lanes past `size` exist and stay harmless.
template <class T>
struct Lanes {
    T* data;
    int vectors;
    explicit Lanes(int size, T fill = 0) : vectors(round_up(size) / kLanes) {
        data = static_cast<T*>(std::aligned_alloc(64, (vectors * kBytes + 63) / 64 * 64));
        for (int i = 0; i < vectors * kLanes; ++i) data[i] = fill;
    }
    template <class V> V* as() { return reinterpret_cast<V*>(data); }
    T& operator[](int i) { return data[i]; }
};

// ---------------------------------------------------------------- noise
// xoshiro128++ (Blackman and Vigna) in independent lanes.
struct Noise {
    Words s[4];
    explicit Noise(uint64_t seed) {
        for (Words& word : s)
            for (int lane = 0; lane < kLanes; ++lane) {  // splitmix64
                uint64_t z = (seed += 0x9e3779b97f4a7c15);
                z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
                z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
                word[lane] = static_cast<uint32_t>(z >> 32);
            }
    }
    Words next() {
        const Words sum = s[0] + s[3];
        const Words result = ((sum << 7) | (sum >> 25)) + s[0];
        const Words shifted = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = (s[3] << 11) | (s[3] >> 21);
        return result;
    }
};

// One Bernoulli(rate dt) per cell and step, as a PoissonGroup draws it, but by the gaps
// between successes, which are geometric: a draw per event, not per cell and step.
class Background {
public:
    Background(int n_cells, double probability, float weight)
        : n_(n_cells), weight_(weight), scale_(static_cast<float>(1 / std::log1p(-probability))) {
        if (probability <= 0) n_ = 0;
    }
    void deliver(float* ge, Noise& noise) {
        if (n_ == 0) return;
        for (; position_ < n_; position_ += 1 + next_gap(noise)) ge[position_] += weight_;
        position_ -= n_;
    }
    void start(Noise& noise) { position_ = n_ ? next_gap(noise) : 0; }

private:
    static constexpr int kBuffer = 1024;
    int next_gap(Noise& noise) {
        if (used_ == kBuffer) refill(noise);
        return gaps_[used_++];
    }
    void refill(Noise& noise) {
        for (int k = 0; k < kBuffer; k += kLanes) {
            const Words bits = noise.next() >> 8;
            std::memcpy(gaps_ + k, &bits, sizeof bits);
        }
        for (int k = 0; k < kBuffer; ++k)  // a vector at a time: libmvec has logf
            gaps_[k] = static_cast<int32_t>(std::log((gaps_[k] + 1) * 0x1p-24f) * scale_);
        used_ = 0;
    }
    int n_;
    float weight_, scale_;
    int position_ = 0, used_ = kBuffer;
    alignas(64) int32_t gaps_[kBuffer];
};

// ---------------------------------------------------------------- input and output
struct Folder {
    std::string path;
    template <class T> std::vector<T> read(const char* name) const {
        std::ifstream file(path + "/" + name, std::ios::binary | std::ios::ate);
        if (!file) std::fprintf(stderr, "cannot read %s/%s\n", path.c_str(), name), std::exit(1);
        std::vector<T> values(file.tellg() / sizeof(T));
        file.seekg(0).read(reinterpret_cast<char*>(values.data()), values.size() * sizeof(T));
        return values;
    }
    template <class T> void write(const char* name, const std::vector<T>& values) const {
        std::ofstream file(path + "/" + name, std::ios::binary);
        file.write(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
    std::map<std::string, double> parameters() const {
        std::ifstream file(path + "/parameters.txt");
        std::map<std::string, double> values;
        std::string name;
        for (double value; file >> name >> value;) values[name] = value;
        return values;
    }
};

// ---------------------------------------------------------------- cells
struct Neuron {
    float dt_over_tau_m, decay, v_rest, v_threshold, v_reset;
    int refractory_steps;
};

// A refractory cell sits so low that no Euler step brings it to the threshold. That keeps a
// third array, the time until which each cell sleeps, out of the update.
constexpr float kAsleep = -1e30f;

struct Population {
    int n_spikes = 0;
    Lanes<float> v, ge, gi;
    std::vector<int32_t> spikes;
    std::vector<std::vector<int32_t>> sleeping;  // spikes of the last refractory_steps steps

    Population(int n, const Neuron& p)
        : v(n, p.v_rest), ge(n), gi(n), spikes(n + kLanes), sleeping(p.refractory_steps) {}

    // One Euler step and the threshold; what is invariant is copied to locals, because any
    // store could alias a member.
    void update(Neuron p, int step) {
        Floats* inhibition = gi.as<Floats>();
        integrate(p, [=](int k) { return inhibition[k]; });
        for (int k = 0; k < gi.vectors; ++k) inhibition[k] *= p.decay;
        wake(p, step);
    }
    // The same where all cells share one g_i: the global inhibition reaches all alike.
    void update(Neuron p, int step, float& shared_gi) {
        const Floats inhibition = Floats{} + shared_gi;
        integrate(p, [=](int) { return inhibition; });
        shared_gi *= p.decay;
        wake(p, step);
    }

private:
    template <class Inhibition>
    void integrate(Neuron p, Inhibition inhibition) {
        Floats *potential = v.as<Floats>(), *excitation = ge.as<Floats>();
        const Floats asleep = Floats{} + kAsleep;
        Hits hits(spikes.data());
        for (int k = 0, n = v.vectors; k < n; ++k) {
            Floats u = potential[k];
            u += p.dt_over_tau_m * (p.v_rest - u + excitation[k] - inhibition(k));
            const Ints spike = u > p.v_threshold;
            potential[k] = spike ? asleep : u;  // nothing reads v between threshold and reset
            excitation[k] *= p.decay;
            hits.add(spike, k);
        }
        n_spikes = hits.collect(v.vectors);
    }
    void wake(const Neuron& p, int step) {
        sleeping[step % p.refractory_steps].assign(spikes.begin(), spikes.begin() + n_spikes);
        for (int cell : sleeping[(step + 1) % p.refractory_steps]) v[cell] = p.v_reset;
    }
};

// ---------------------------------------------------------------- the network
struct Incoming { int32_t synapse, source; };

// Reads everything in its constructor; each part of a step is a function of its own, never
// inlined, so that a profiler tells their times apart.
class Network {
public:
    explicit Network(const Folder& folder) : Network(folder, folder.parameters()) {}
    void run();
    void write(const Folder& folder) const;
    double cpu_s = 0;
    int64_t n_ll_spikes_total = 0;

private:
    using Numbers = std::map<std::string, double>;
    Network(const Folder& folder, Numbers p);

    [[gnu::noinline]] void set_drive(int snapshot);
    [[gnu::noinline]] void draw_afferents();
    [[gnu::noinline]] void update_cells(int step);
    [[gnu::noinline]] void deliver_afferents();
    [[gnu::noinline]] void deliver_background();
    [[gnu::noinline]] void deliver_mon();
    [[gnu::noinline]] void deliver_ts(int step);
    [[gnu::noinline]] void potentiate();

    const int n_ll, n_mon, n_ts, n_steps, hold_steps, radius;
    const double dt_s;
    const Neuron neuron;
    const float gain, a_pre, a_post, w_max, trace_decay;
    const float inh_drive, inh_to_mon, feedback_drive, feedback_to_ts;
    const std::vector<float> rates_hz;                 // (snapshots, n_ll)
    const std::vector<int32_t> ll_start, mon_start;    // rows of LL->MON and of MON->TS
    const std::vector<uint16_t> ll_target;
    const std::vector<float> ll_weight, lateral;       // mV; lateral at distance 1...radius
    const std::vector<uint8_t> to_inh, to_feedback;

    Population mon, ts;  // ts with one silent cell more: the target of padding synapses
    float mon_gi = 0;
    Population mon_inh, ts_inh;  // one cell each
    Lanes<float> trace_pre, trace_post;
    float pre_scale = 1;  // a_pre of a cell is pre_scale * trace_pre
    // MON->TS rows are padded to whole vectors: with AVX-512, 16 targets are one register.
    std::vector<int32_t> row;
    Lanes<float> weight;
    std::vector<uint16_t> target;
    std::vector<std::vector<Incoming>> incoming;

    Noise noise;
    Background mon_background, ts_background;
    Lanes<uint32_t> ll_threshold;  // probability of a spike, times 2^31
    std::vector<int32_t> ll_spikes;
    int n_ll_spikes = 0;
    std::vector<int32_t> mon_counts, ts_spike_log;
};

std::vector<int32_t> padded_rows(const std::vector<int32_t>& start) {
    std::vector<int32_t> row(start.size());
    for (size_t i = 0; i + 1 < start.size(); ++i)
        row[i + 1] = row[i] + round_up(start[i + 1] - start[i]);
    return row;
}

Network::Network(const Folder& folder, Numbers p)
    : n_ll(p["n_ll"]), n_mon(p["n_mon"]), n_ts(p["n_ts"]), n_steps(p["n_steps"]),
      hold_steps(p["hold_steps"]), radius(p["radius"]), dt_s(p["dt_ms"] * 1e-3),
      neuron{static_cast<float>(p["dt_ms"] / p["tau_m_ms"]),
             static_cast<float>(1 - p["dt_ms"] / p["tau_s_ms"]),
             static_cast<float>(p["el_mV"]), static_cast<float>(p["vth_mV"]),
             static_cast<float>(p["vreset_mV"]), static_cast<int>(p["refractory_steps"])},
      gain(p["gain_mV"]), a_pre(p["apre"]), a_post(p["apost"]), w_max(p["wmax"]),
      trace_decay(std::exp(-p["dt_ms"] / p["tau_stdp_ms"])), inh_drive(p["inh_drive_mV"]),
      inh_to_mon(p["inh_to_mon_mV"]), feedback_drive(p["feedback_drive_mV"]),
      feedback_to_ts(p["feedback_to_ts_mV"]), rates_hz(folder.read<float>("rates.f32")),
      ll_start(folder.read<int32_t>("ll_start.i32")),
      mon_start(folder.read<int32_t>("mon_start.i32")),
      ll_target(folder.read<uint16_t>("ll_target.u16")),
      ll_weight(folder.read<float>("ll_weight.f32")), lateral(folder.read<float>("lateral.f32")),
      to_inh(folder.read<uint8_t>("mon_to_inh.u8")),
      to_feedback(folder.read<uint8_t>("ts_to_inh.u8")),
      mon(n_mon, neuron), ts(n_ts + 1, neuron), mon_inh(1, neuron),
      ts_inh(1, neuron), trace_pre(n_mon), trace_post(n_ts + 1), row(padded_rows(mon_start)),
      weight(row.back()), target(row.back(), n_ts), incoming(n_ts), noise(p["seed"]),
      mon_background(n_mon, p["bg_rate_mon_hz"] * dt_s, p["bg_w_mon_mV"]),
      ts_background(n_ts, p["bg_rate_ts_hz"] * dt_s, p["bg_w_ts_mV"]), ll_threshold(n_ll),
      ll_spikes(n_ll + kLanes), mon_counts(n_mon) {
    const auto v_mon = folder.read<float>("v_mon.f32"), v_ts = folder.read<float>("v_ts.f32");
    for (int i = 0; i < n_mon; ++i) mon.v[i] = v_mon[i];
    for (int i = 0; i < n_ts; ++i) ts.v[i] = v_ts[i];
    const auto weights = folder.read<float>("mon_weight.f32");
    const auto targets = folder.read<uint16_t>("mon_target.u16");
    for (int i = 0; i < n_mon; ++i)
        for (int k = mon_start[i], at = row[i]; k < mon_start[i + 1]; ++k, ++at) {
            weight[at] = weights[k];
            target[at] = targets[k];
            incoming[targets[k]].push_back({at, i});
        }
    mon_background.start(noise);
    ts_background.start(noise);
}

void Network::run() {
    const std::clock_t began = std::clock();
    for (int step = 0; step < n_steps; ++step) {
        if (step % hold_steps == 0) set_drive(step / hold_steps);
        draw_afferents();
        update_cells(step);
        deliver_afferents();
        deliver_background();
        deliver_mon();
        deliver_ts(step);
        potentiate();  // after every pre spike of the step
    }
    cpu_s = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

void Network::set_drive(int snapshot) {
    for (int i = 0; i < n_ll; ++i) {
        const double probability = rates_hz[snapshot * n_ll + i] * dt_s;
        ll_threshold[i] = static_cast<uint32_t>(std::fmin(probability, 1) * 0x1p31);
    }
}

void Network::draw_afferents() {
    n_ll_spikes = 0;
    for (int k = 0; k < ll_threshold.vectors; ++k) {
        const Ints hit = (noise.next() >> 1) < ll_threshold.as<Words>()[k];
        n_ll_spikes += append_hits(ll_spikes.data() + n_ll_spikes, hit, k * kLanes);
    }
    n_ll_spikes_total += n_ll_spikes;
}

void Network::update_cells(int step) {
    mon.update(neuron, step, mon_gi);
    ts.update(neuron, step);
    mon_inh.update(neuron, step);
    ts_inh.update(neuron, step);
    // The traces of MON decay through one common factor, until it gets small.
    pre_scale *= trace_decay;
    if (pre_scale < 1e-6f) {
        for (int k = 0; k < trace_pre.vectors; ++k) trace_pre.as<Floats>()[k] *= pre_scale;
        pre_scale = 1;
    }
    for (int k = 0; k < trace_post.vectors; ++k) trace_post.as<Floats>()[k] *= trace_decay;
}

void Network::deliver_afferents() {
    float* ge = mon.ge.data;
    for (int s = 0; s < n_ll_spikes; ++s) {
        const int end = ll_start[ll_spikes[s] + 1];
#pragma GCC unroll 8
        for (int k = ll_start[ll_spikes[s]]; k < end; ++k) ge[ll_target[k]] += ll_weight[k];
    }
}

void Network::deliver_background() {
    mon_background.deliver(mon.ge.data, noise);
    ts_background.deliver(ts.ge.data, noise);
}

void Network::deliver_mon() {
    float* const ge = ts.ge.data;
    const float gain_ = gain, w_max_ = w_max, bump = a_pre / pre_scale;
    for (int s = 0; s < mon.n_spikes; ++s) {
        const int cell = mon.spikes[s];
        const int ahead = row[mon.spikes[std::min(s + 4, mon.n_spikes - 1)]];
        __builtin_prefetch(&target[ahead]);
        __builtin_prefetch(&weight[ahead]);
        ++mon_counts[cell];
        mon_inh.ge[0] += inh_drive * to_inh[cell];
        trace_pre[cell] += bump;
        for (int k = row[cell]; k < row[cell + 1]; k += kLanes) {
            const uint16_t* to = &target[k];
            float* w = &weight[k];
            for (int lane = 0; lane < kLanes; ++lane)  // one by one: targets may repeat
                ge[to[lane]] += gain_ * w[lane];
            Floats& w_row = *reinterpret_cast<Floats*>(w);
            w_row = clip(w_row + look_up(trace_post.data, to), 0, w_max_);
        }
    }
    if (mon_inh.n_spikes) mon_gi += inh_to_mon;
}

void Network::deliver_ts(int step) {
    for (int s = 0; s < ts.n_spikes; ++s) {
        const int cell = ts.spikes[s];
        ts_spike_log.insert(ts_spike_log.end(), {step, cell});
        ts_inh.ge[0] += feedback_drive * to_feedback[cell];
        for (int d = 1; d <= radius; ++d) {
            ts.gi[(cell + d) % n_ts] += lateral[d - 1];
            ts.gi[(cell - d + n_ts) % n_ts] += lateral[d - 1];
        }
    }
    if (ts_inh.n_spikes)
        for (int i = 0; i < n_ts; ++i) ts.gi[i] += feedback_to_ts;
}

void Network::potentiate() {
    for (int s = 0; s < ts.n_spikes; ++s) {
        const int cell = ts.spikes[s];
        trace_post[cell] += a_post;
        for (const Incoming& in : incoming[cell]) {
            float& w = weight[in.synapse];
            w = clip(w + pre_scale * trace_pre[in.source], 0, w_max);
        }
    }
}

void Network::write(const Folder& folder) const {
    std::vector<float> learned;
    for (int i = 0; i < n_mon; ++i)
        for (int k = 0; k < mon_start[i + 1] - mon_start[i]; ++k)
            learned.push_back(weight.data[row[i] + k]);
    folder.write("learned.f32", learned);
    folder.write("mon_counts.i32", mon_counts);
    folder.write("ts_spikes.i32", ts_spike_log);  // step, cell, step, cell, ...
    int64_t n_mon_spikes = 0;
    for (int count : mon_counts) n_mon_spikes += count;
    std::printf("{\"loop_cpu_s\": %.6f, \"ll_spikes\": %lld, \"mon_spikes\": %lld, "
                "\"ts_spikes\": %zu}\n",
                cpu_s, static_cast<long long>(n_ll_spikes_total),
                static_cast<long long>(n_mon_spikes), ts_spike_log.size() / 2);
}

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]), 2;
    const Folder folder{argv[1]};
    Network network(folder);
    network.run();
    network.write(folder);
}
