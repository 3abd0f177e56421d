// What leaves a program after a segment and comes into it before: for every device whose program
// stays (`resident.py`).
#ifndef LATERALNET_SEGMENTS_H
#define LATERALNET_SEGMENTS_H
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>
namespace lateralnet {

// Which spikes are wanted: all from a step on, before it those of some cells; all are counted.
struct Watch
{
    int from_step = 0;
    std::vector<int> edges;  // steps between which they are counted: 0, ..., the last + 1; or none

    size_t bins() const { return edges.empty() ? 0 : edges.size() - 1; }
};
inline std::istream& operator>>(std::istream& words, Watch& watch)
{
    size_t n;
    words >> watch.from_step >> n;
    watch.edges.resize(n);
    for (int& edge : watch.edges)
        words >> edge;
    return words;
}

// Spikes of one population in a segment, sorted by step and cell in each network.
struct Spikes
{
    std::vector<std::vector<int32_t>> steps, cells;  // of each network
    std::vector<int64_t> counts;                     // network after network, bin after bin

    explicit Spikes(size_t networks = 0, size_t bins = 0)
        : steps(networks), cells(networks), counts(networks * bins)
    {
    }
    template <class Put>
    void write(Put put) const
    {
        for (const auto& of_one : cells)
        {
            const int64_t n = (int64_t)of_one.size();
            put(&n, sizeof n);
        }
        put(counts.data(), 8 * counts.size());
        for (const auto* all : {&steps, &cells})
            for (const auto& of_one : *all)
                put(of_one.data(), 4 * of_one.size());
    }
};

// Keeps the spikes of a population in which network follows network, step after step.
class Recorder
{
public:
    Spikes spikes;

    void begin(int networks, int n_cells, int from_cell, const Watch& watch)
    {
        spikes = Spikes(networks, watch.bins());
        watch_ = watch;
        size_ = n_cells / networks;
        from_cell_ = std::min(from_cell, size_);
        step_ = 0;
        bin_ = 0;
    }
    // The cells that spiked in this step, rising, counted from `start`.
    void take(const int32_t* first, const int32_t* last, int32_t start)
    {
        const bool counted = watch_.bins() > 0;
        if (counted && step_ == watch_.edges[bin_ + 1])
            bin_++;
        const int32_t from = step_ < watch_.from_step ? from_cell_ : 0;
        for (size_t network = 0; network < spikes.cells.size(); network++, start += size_)
        {
            const int32_t* stop = std::lower_bound(first, last, start + size_);
            if (counted)
                spikes.counts[network * watch_.bins() + bin_] += stop - first;
            if (from > 0)
                first = std::lower_bound(first, stop, start + from);
            spikes.steps[network].insert(spikes.steps[network].end(), stop - first, step_);
            for (; first < stop; first++)
                spikes.cells[network].push_back(*first - start);
        }
        step_++;
    }

private:
    Watch watch_;
    int32_t size_ = 0, from_cell_ = 0, step_ = 0;
    size_t bin_ = 0;
};

template <typename File, typename Value>
void reload(const char* path, File* buffer, Value* values, size_t count, size_t size)
{
    std::FILE* file = std::fopen(path, "rb");
    if (!file || std::fread(buffer, sizeof(File), count, file) != count
        || (count == size && std::fgetc(file) != EOF))
    {
        std::cerr << "cannot read " << path << std::endl;
        exit(4);
    }
    std::fclose(file);
    if ((const void*)buffer != (const void*)values)
        std::copy(buffer, buffer + count, values);
}

// A file of results that appears whole or ends the program.
class Results
{
public:
    explicit Results(const char* path) : path_(path), file_(std::fopen(path, "wb"))
    {
        whole_ = file_ != nullptr;
    }
    void put(const void* values, size_t size)
    {
        whole_ = whole_ && (size == 0 || std::fwrite(values, size, 1, file_) == 1);
    }
    void finish()
    {
        if (whole_ && std::fclose(file_) == 0)
            return;
        std::cerr << "cannot write " << path_ << std::endl;
        exit(5);
    }

private:
    const char* path_;
    std::FILE* file_;
    bool whole_;
};

}  // namespace lateralnet

#endif
