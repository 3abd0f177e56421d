// The host's part: memory for the teams, launches of a segment, and the spikes it leaves.
namespace lateralnet {

static Control control;

[[noreturn]] inline void refuse(const char* why)
{
    printf("ERROR: %s\n", why);
    fflush(stdout);
    exit(1);
}

template <class T>
T* on_gpu(size_t n)
{
    T* values;
    CUDA_SAFE_CALL(cudaMalloc((void**)&values, std::max(n, (size_t)1) * sizeof(T)));
    return values;
}
template <class T>
T* zeros_on_gpu(size_t n)
{
    T* values = on_gpu<T>(n);
    CUDA_SAFE_CALL(cudaMemset(values, 0, std::max(n, (size_t)1) * sizeof(T)));
    return values;
}
template <class T>
void to_host(T* to, const T* from, size_t n)
{
    if (n > 0)
        CUDA_SAFE_CALL(cudaMemcpy(to, from, n * sizeof(T), cudaMemcpyDeviceToHost));
}

inline int power_of_two(int n)
{
    int power = 1;
    while (power < n)
        power *= 2;
    return power;
}

// The synapses of each cell, one after the other.
struct Wiring
{
    int32_t* starts = nullptr;
    int32_t* ids = nullptr;  // none where synapses lie in that order already
    int row = 1;             // threads for the longest one, a power of two

    void upload(const std::vector<int32_t>& start, const std::vector<int32_t>& id)
    {
        starts = copy(start);
        bool in_order = true;
        for (size_t k = 0; k < id.size(); k++)
            in_order = in_order && id[k] == (int32_t)k;
        if (!in_order)
            ids = copy(id);
        for (size_t k = 1; k < start.size(); k++)
            row = std::max(row, power_of_two(start[k] - start[k - 1]));
    }

private:
    static int32_t* copy(const std::vector<int32_t>& values)
    {
        int32_t* there = on_gpu<int32_t>(values.size());
        const size_t bytes = sizeof(int32_t) * values.size();
        CUDA_SAFE_CALL(cudaMemcpy(there, values.data(), bytes, cudaMemcpyHostToDevice));
        return there;
    }
};
static Wiring wiring[N_PATHS];

// Room for the spikes of a launch: an eighth of all that could be, in a quarter of free memory,
// and always one step. A team that fills it stops, and is launched again.
inline int room_in_steps(int steps)
{
    size_t free_bytes, total;
    CUDA_SAFE_CALL(cudaMemGetInfo(&free_bytes, &total));
    size_t cells = 0;
    for (int slot = 0; slot < N_SLOTS; slot++)
        cells += recorded(slot) ? population(slot) : 0;
    const size_t bytes_per_step = std::max(cells, (size_t)1) * REPLICAS * 2 * sizeof(int32_t);
    const size_t most = free_bytes / 4 / bytes_per_step;
    return (int)std::max((size_t)1, std::min(most, (size_t)(GRID ? 32 : 1 + steps / 8)));
}

inline void make_records(int steps)
{
    const int room = room_in_steps(steps);
    for (int slot = 0; slot < N_SLOTS; slot++)
    {
        Record& r = control.records[slot];
        for (int32_t* old : {r.cells, r.steps, r.n_spikes})
            CUDA_SAFE_CALL(cudaFree(old));
        r.room = recorded(slot) ? room * population(slot) : 0;
        r.cells = on_gpu<int32_t>((size_t)r.room * REPLICAS);
        r.steps = on_gpu<int32_t>((size_t)r.room * REPLICAS);
        r.n_spikes = on_gpu<int32_t>((size_t)steps * REPLICAS);
    }
}

inline void prepare()
{
    int device, most_bytes;
    CUDA_SAFE_CALL(cudaGetDevice(&device));
    CUDA_SAFE_CALL(
        cudaDeviceGetAttribute(&most_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    if (!GRID && SHARED_WORDS * 4 > most_bytes)
        refuse("a block of this GPU has less shared memory than the program was compiled for; "
               "compile it for this GPU (--cuda-arch).");
    control.done = on_gpu<int32_t>(REPLICAS);
    control.n_cells = on_gpu<int32_t>(N_SLOTS * REPLICAS);
    control.counters = on_gpu<int32_t>((size_t)N_SLOTS * N_COUNTERS * REPLICAS);
    control.too_large = zeros_on_gpu<int32_t>(1);
    for (int sum = 0; sum < N_SUMS; sum++)
        if (sum_place(sum) < 0)
            control.sums[sum] = zeros_on_gpu<unsigned long long>((size_t)sum_cells(sum) * REPLICAS);
    for (int slot = 0; slot < N_SLOTS; slot++)
        if (list_place(slot) < 0)
            control.lists[slot] = on_gpu<int32_t>((size_t)population(slot) * REPLICAS);
}

// Threads of a block: a power of two that the registers of the GPU suffice for.
template <class Kernel>
int threads_of(Kernel kernel)
{
    cudaFuncAttributes attributes;
    CUDA_SAFE_CALL(cudaFuncGetAttributes(&attributes, kernel));
    int threads = THREADS;
    while (threads > attributes.maxThreadsPerBlock)
        threads /= 2;
    return threads;
}
// Blocks of all networks, a power of two for each: a thread for each cell of the largest
// population, but not many more blocks than run at once.
inline dim3 grid_of(int threads)
{
    int device, processors;
    CUDA_SAFE_CALL(cudaGetDevice(&device));
    CUDA_SAFE_CALL(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device));
    int largest = 0;
    for (int slot = 0; slot < N_SLOTS; slot++)
        largest = std::max(largest, population(slot));
    int blocks = power_of_two((largest + threads - 1) / threads);
    while (blocks > 1 && blocks * REPLICAS > 8 * processors)
        blocks /= 2;
    return dim3(blocks, REPLICAS);
}
// Steps for which the records have room even if every cell spikes in each.
inline int steps_with_room()
{
    int steps = 1 << 20;
    for (int slot = 0; slot < N_SLOTS; slot++)
        if (recorded(slot))
            steps = std::min(steps, control.records[slot].room / population(slot));
    return steps;
}

// Takes over what a launch recorded: one copy for all networks, as wide as the longest record.
inline void collect(int slot, Spikes& spikes)
{
    static std::vector<int32_t> n_cells(N_SLOTS * REPLICAS), buffer;
    if (slot == 0)
        to_host(n_cells.data(), control.n_cells, n_cells.size());
    const int32_t* n = n_cells.data() + slot * REPLICAS;
    const size_t width = *std::max_element(n, n + REPLICAS);
    if (width == 0)
        return;
    const Record& r = control.records[slot];
    buffer.resize(width * REPLICAS);
    for (const auto& [from, to] : {std::pair{r.cells, &spikes.cells}, {r.steps, &spikes.steps}})
    {
        CUDA_SAFE_CALL(cudaMemcpy2D(buffer.data(), width * 4, from, (size_t)r.room * 4, width * 4,
                                    REPLICAS, cudaMemcpyDeviceToHost));
        for (int replica = 0; replica < REPLICAS; replica++)
        {
            const auto first = buffer.begin() + replica * width;
            (*to)[replica].insert((*to)[replica].end(), first, first + n[replica]);
        }
    }
}
// How many spikes there were between the edges, from the number of each step.
inline void count(int slot, int steps, const Watch& watch, Spikes& spikes)
{
    static std::vector<int32_t> n_spikes;
    n_spikes.resize((size_t)steps * REPLICAS);
    to_host(n_spikes.data(), control.records[slot].n_spikes, n_spikes.size());
    auto to = spikes.counts.begin();
    for (int replica = 0; replica < REPLICAS; replica++)
    {
        const auto of_one = n_spikes.begin() + (size_t)replica * steps;
        for (size_t bin = 0; bin < watch.bins(); bin++)
            *to++ = std::accumulate(
                of_one + watch.edges[bin], of_one + watch.edges[bin + 1], (int64_t)0);
    }
}

// Run a segment. `from_cell` is of each slot; `launch(from, to)` starts the kernels for these steps.
template <class Launch>
std::vector<Spikes> run_segment(int steps, const Watch& watch, const int* from_cell, Launch launch)
{
    static int most_steps = 0;
    if (most_steps == 0)
        prepare();
    if (steps > most_steps)
    {
        make_records(steps);
        most_steps = steps;
    }
    control.steps = steps;
    for (int slot = 0; slot < N_SLOTS; slot++)
    {
        control.records[slot].from_step = watch.from_step;
        control.records[slot].from_cell = from_cell[slot];
    }
    CUDA_SAFE_CALL(cudaMemset(control.done, 0, 4 * REPLICAS));
    std::vector<Spikes> all(N_SLOTS, Spikes(REPLICAS, watch.bins()));
    std::vector<int32_t> done(REPLICAS);
    int least = 0;
    do
    {
        const int before = least;
        launch(before, steps);
        to_host(done.data(), control.done, REPLICAS);
        least = *std::min_element(done.begin(), done.end());
        if (least <= before && least < steps)  // there is room for a step: this never ends
            refuse("a launch has advanced a network by no step: a fault of the program or the GPU.");
        for (int slot = 0; slot < N_SLOTS; slot++)
            if (recorded(slot))
                collect(slot, all[slot]);
    } while (least < steps);
    int32_t too_large;
    to_host(&too_large, control.too_large, 1);
    if (too_large)
        refuse("the synapses of a cell add up to more than this device can sum exactly: more than "
               "1 V by one synapse, or 16 V in one step. Use smaller weights or gains.");
    for (int slot = 0; slot < N_SLOTS; slot++)
        if (recorded(slot) && watch.bins() > 0)
            count(slot, steps, watch, all[slot]);
    return all;
}

}  // namespace lateralnet
