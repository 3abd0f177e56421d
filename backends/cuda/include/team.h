// A team of threads simulates one network: what its threads share in a time step.
//
// The team is one thread block, whose threads wait for each other at barriers inside one long
// kernel, or (GRID, for networks too large for that) many blocks, for which each stage of a step
// is a kernel. The phases of a step, made from Brian2's code, know nothing of the difference:
// they go through cells and spikes by `thread` and `threads`.
//
// `kernel.py` writes in front of this text the sizes, which are known when compiling:
//     REPLICAS, GRID, N_SLOTS, N_STATES, N_SUMS, SHARED_WORDS,
//     population(slot), list_place(slot), state_words(state), state_place(state),
//     sum_cells(sum), sum_place(sum)
// Sizes and places are those of one network, in words of 4 bytes; a place is in shared memory,
// and -1 where the array stays in the memory of the GPU, which holds network after network.
namespace lateralnet {

// Spikes of one population that leave the GPU: how many there were in each step, and cell and step
// of those that are recorded, network after network.
struct Record
{
    int32_t* cells;
    int32_t* steps;
    int32_t* n_spikes;
    int32_t room;       // spikes, for each network
    int32_t from_step;  // from here on every spike is recorded, before ...
    int32_t from_cell;  // ... those of these cells only
};

struct Control
{
    int32_t* state[N_STATES];
    unsigned long long* sums[N_SUMS];
    int32_t* lists[N_SLOTS];
    Record records[N_SLOTS];
    int32_t* counters;  // of all networks, where blocks cannot share them
    int32_t* done;      // steps, of each network
    int32_t* n_cells;   // recorded in this launch, of each population and network
    int32_t* too_large;
    int32_t steps;
    double dt;
};

// What synapses add in a step are whole numbers of 2^-58 V: their sum is the same in whatever
// order a GPU adds. One addition may be up to 1 V, all of a step and cell up to 16 V.
constexpr double UNITS_PER_VOLT = 288230376151711744.0;
constexpr double LARGEST_V = 1.0;
constexpr long long LARGEST_SUM = 1LL << 62;

enum Counter { EVEN, ODD, OF_STEP, OF_LAUNCH, N_COUNTERS };

struct Team
{
    const Control& control;
    int32_t* const shared;
    const int thread, threads, replica;
    int step;
    double t;

    __device__ Team(const Control& control_, int32_t* shared_, int first_step)
        : control(control_), shared(shared_),
          thread(GRID ? blockIdx.x * blockDim.x + threadIdx.x : threadIdx.x),
          threads(GRID ? gridDim.x * blockDim.x : blockDim.x),
          replica(GRID ? blockIdx.y : blockIdx.x), step(GRID ? first_step : control_.done[replica]),
          t(step * control_.dt)
    {
    }

    // ---- arrays
    template <class T>
    __device__ T* slice(T* of_all, int n) const
    {
        return of_all + (size_t)replica * n;
    }
    template <int STATE, class T>
    __device__ T* state() const
    {
        if constexpr (state_place(STATE) >= 0)
            return reinterpret_cast<T*>(shared + state_place(STATE));
        else
            return reinterpret_cast<T*>(slice(control.state[STATE], state_words(STATE)));
    }
    template <int SLOT>
    __device__ int32_t* list() const
    {
        if constexpr (list_place(SLOT) >= 0)
            return shared + list_place(SLOT);
        else
            return slice(control.lists[SLOT], population(SLOT));
    }

    // ---- counters
    __device__ int32_t& counter(int slot, int which) const
    {
        int32_t* all = GRID ? slice(control.counters, N_SLOTS * N_COUNTERS) : shared;
        return all[slot * N_COUNTERS + which];
    }
    __device__ int32_t& n_spikes(int slot) const { return counter(slot, step & 1); }
    // Set to zero during a step: who read it did so before the barrier that ended the step
    // before, who counts with it does so after the barrier that ends this step.
    __device__ int32_t& n_spikes_next(int slot) const { return counter(slot, ~step & 1); }

    // ---- sums
    // 64 bits in shared memory are two words, because only those are added natively there; the
    // thread that makes the lower one overflow carries.
    template <int SUM, class T>
    __device__ void add(int cell, T volt) const
    {
        if (!(fabs(volt) <= (T)LARGEST_V))
            atomicExch(control.too_large, 1);
        const unsigned long long units = (unsigned long long)llrint(volt * (T)UNITS_PER_VOLT);
        if constexpr (sum_place(SUM) >= 0)
        {
            uint32_t* low = reinterpret_cast<uint32_t*>(shared + sum_place(SUM)) + cell;
            const uint32_t more = (uint32_t)units, before = atomicAdd(low, more);
            const uint32_t carry = before > ~more;
            const uint32_t high = (uint32_t)(units >> 32) + carry;
            if (high)
                atomicAdd(low + sum_cells(SUM), high);
        }
        else
            atomicAdd(slice(control.sums[SUM], sum_cells(SUM)) + cell, units);
    }
    // Add the sum of a cell to its value, and begin anew.
    template <int SUM, class T>
    __device__ void gather(int cell, T& value) const
    {
        long long sum;
        if constexpr (sum_place(SUM) >= 0)
        {
            uint32_t* low = reinterpret_cast<uint32_t*>(shared + sum_place(SUM)) + cell;
            uint32_t* high = low + sum_cells(SUM);
            sum = (long long)((unsigned long long)*high << 32 | *low);
            *low = *high = 0;
        }
        else
        {
            unsigned long long* place = slice(control.sums[SUM], sum_cells(SUM)) + cell;
            sum = (long long)*place;
            *place = 0;
        }
        if (sum > LARGEST_SUM || sum < -LARGEST_SUM)
            atomicExch(control.too_large, 1);
        value += (T)sum * (T)(1 / UNITS_PER_VOLT);
    }

    // ---- spikes
    // Threads (a power of two) for the synapses of one spike: enough for the longest row, but
    // more than a warp only while there are threads for all spikes.
    __device__ int lanes(int row, int spikes) const
    {
        const int share = threads >> (spikes > 1 ? 32 - __clz(spikes - 1) : 0);
        return min(min(row, threads), max(share, 32));
    }
    // Records come out sorted: the place of a spike is the number of smaller cells that spiked.
    template <int SLOT>
    __device__ void record() const
    {
        const Record& r = control.records[SLOT];
        const int from = step >= r.from_step ? 0 : r.from_cell, n = n_spikes(SLOT);
        const int32_t* cells = list<SLOT>();
        const int before = counter(SLOT, OF_LAUNCH);
        int32_t* out = slice(r.cells, r.room) + before;
        int32_t* out_steps = slice(r.steps, r.room) + before;
        for (int k = from < population(SLOT) ? thread : n; k < n; k += threads)
        {
            const int cell = cells[k];
            if (cell < from)
                continue;
            int rank = 0;
            for (int other = 0; other < n; other++)
                rank += cells[other] >= from && cells[other] < cell;
            out[rank] = cell;
            out_steps[rank] = step;
            atomicAdd(&counter(SLOT, OF_STEP), 1);
        }
    }
    // At the end of a step: nothing else of its last stage reads these counters.
    template <int SLOT>
    __device__ void count() const
    {
        if (thread != 0)
            return;
        const Record& r = control.records[SLOT];
        int32_t& of_step = counter(SLOT, OF_STEP);
        slice(r.n_spikes, control.steps)[step] = n_spikes(SLOT);
        counter(SLOT, OF_LAUNCH) += of_step;
        of_step = 0;
    }
    // Whether the record has room for a step in which every cell spikes.
    template <int SLOT>
    __device__ bool has_room() const
    {
        return counter(SLOT, OF_LAUNCH) + population(SLOT) <= control.records[SLOT].room;
    }

    // ---- begin and end of a launch
    __device__ void next_step()
    {
        step++;
        t = step * control.dt;
    }
    __device__ void load() const
    {
        for (int k = thread; k < SHARED_WORDS; k += threads)
            shared[k] = 0;  // counters and sums
        __syncthreads();
        each_state<true>(std::make_integer_sequence<int, N_STATES>());
    }
    __device__ void store() const
    {
        each_state<false>(std::make_integer_sequence<int, N_STATES>());
        for (int slot = thread; slot < N_SLOTS; slot += threads)
            control.n_cells[slot * REPLICAS + replica] = counter(slot, OF_LAUNCH);
        if (thread == 0)
            control.done[replica] = step;
    }

private:
    template <bool IN, int... STATES>
    __device__ void each_state(std::integer_sequence<int, STATES...>) const
    {
        (move_state<IN, STATES>(), ...);
    }
    template <bool IN, int STATE>
    __device__ void move_state() const
    {
        if constexpr (state_place(STATE) >= 0)
        {
            int32_t* there = slice(control.state[STATE], state_words(STATE));
            int32_t* here = shared + state_place(STATE);
            for (int k = thread; k < state_words(STATE); k += threads)
                (IN ? here : there)[k] = (IN ? there : here)[k];
        }
    }
};

}  // namespace lateralnet
