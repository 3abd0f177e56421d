{# USES_VARIABLES { N, _synaptic_pre} #}
{# Effects of a pathway, without asking the GPU how many cells spiked.

   Brian2CUDA copies that number to the host for every pathway and step, because it launches one
   block per spike; the copy waits for all kernels before it. Here the grid has a fixed size and
   its blocks (first dimension) go through the list of spikes; the second dimension shares the
   synapses of one spike. Sums at the targets are atomic, as in Brian2CUDA.
#}
{% extends 'common_synapses.cu' %}
{% set _eventspace = get_array_name(pathway.variables[pathway.eventspace_name], access_data=False) %}

{% block kernel %}
__global__ void
_run_kernel_{{codeobj_name}}(
    int _N,
    const int32_t* _eventspace,
    int _counter,
    ///// KERNEL_PARAMETERS /////
    %KERNEL_PARAMETERS%
    )
{
    using namespace brian;

    ///// KERNEL_CONSTANTS /////
    %KERNEL_CONSTANTS%

    ///// kernel_lines /////
    {{kernel_lines|autoindent}}

    int _idx = 0;
    int _vectorisation_idx = 0;

    ///// scalar_code /////
    {{scalar_code|autoindent}}

    const int _num_spikes = _eventspace[_counter];
    const int _first = blockIdx.y * blockDim.x + threadIdx.x;
    const int _stride = gridDim.y * blockDim.x;
    for (int _spike = blockIdx.x; _spike < _num_spikes; _spike += gridDim.x)
    {
        const int _source = _eventspace[_spike];
        if (_source < {{pathway.name}}.spikes_start || _source >= {{pathway.name}}.spikes_stop)
        {
            continue;
        }
        const int* _start = {{pathway.name}}_synapses_offset_by_bundle
            + (_source - {{pathway.name}}.spikes_start);
        for (int _place = _start[0] + _first; _place < _start[1]; _place += _stride)
        {
            int32_t _idx = {{pathway.name}}_synapse_ids[_place];
            _vectorisation_idx = _idx;

            ///// vector_code /////
            {{vector_code|autoindent}}
        }
    }
}
{% endblock %}

{% block prepare_kernel %}
    static dim3 grid, block;
    static bool first_run = true;
    if (first_run)
    {
        // Threads for the synapses of one spike, in whole warps; blocks to fill the GPU.
        int device, n_processors;
        CUDA_SAFE_CALL(cudaGetDevice(&device));
        CUDA_SAFE_CALL(
                cudaDeviceGetAttribute(&n_processors, cudaDevAttrMultiProcessorCount, device)
                );
        const int warps = ({{pathway.name}}_max_size + 31) / 32;
        block.x = 32 * std::max(1, std::min(warps, 8));
        grid.y = std::max(1, std::min(((int){{pathway.name}}_max_size + 255) / 256, 32));
        const int n_sources = _num_{{_eventspace}} - 1;
        grid.x = std::max(1, std::min(n_sources, 16 * n_processors / (int)grid.y));
        first_run = false;
    }
{% endblock %}

{% block kernel_call %}
    if ({{pathway.name}}_max_size > 0)
    {
        _run_kernel_{{codeobj_name}}<<<grid, block>>>(
                _N,
                dev{{_eventspace}}[current_idx{{_eventspace}}],
                _num_{{_eventspace}} - 1,
                ///// HOST_PARAMETERS /////
                %HOST_PARAMETERS%
            );
        CUDA_CHECK_ERROR("_run_kernel_{{codeobj_name}}");
    }
{% endblock %}
