{# USES_VARIABLES { N, count, _source_start, _source_stop, _source_idx} #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{# Spike monitor that gathers on the GPU and is emptied every few hundred steps.

   Brian2CUDA copies the number of spikes to the host in every step and resizes its vectors. Here
   a buffer with room for every cell spiking in `steps_per_buffer` steps is filled through a
   counter on the GPU; so it cannot overflow. The order within a buffer is arbitrary.
#}
{% extends 'common_group.cu' %}
{% set _eventspace = get_array_name(eventspace_variable, access_data=False) %}
{% set _n_cells = '(_num_' + _eventspace + ' - 1)' %}

{% block extra_kernel_parameters %}
    const int32_t* _eventspace,
    int _counter,
    int32_t* _recorded,
    {% for varname, var in record_variables.items() %}
    {{c_data_type(var.dtype)}}* _buffer_{{varname}},
    {% endfor %}
{% endblock %}

{% block extra_host_parameters %}
            dev{{_eventspace}}[current_idx{{_eventspace}}],
            _num_{{_eventspace}} - 1,
            recorded,
            {% for varname, var in record_variables.items() %}
            buffer_{{varname}},
            {% endfor %}
{% endblock %}

{% block kernel_maincode %}
    if (_idx >= _eventspace[_counter])
    {
        return;
    }
    _idx = _eventspace[_idx];
    _vectorisation_idx = _idx;
    if (_idx < _source_start || _idx >= _source_stop)
    {
        return;
    }

    ///// scalar_code /////
    {{scalar_code|autoindent}}

    ///// vector_code /////
    {{vector_code|autoindent}}

    const int32_t _place = atomicAdd(_recorded, 1);
    {% for varname, var in record_variables.items() %}
    _buffer_{{varname}}[_place] = _to_record_{{varname}};
    {% endfor %}
    {{count}}[_idx - _source_start]++;
{% endblock %}

{% block define_N %}
    const int _N = _num_{{_eventspace}} - 1;
{% endblock %}

{% block extra_kernel_definitions %}
namespace {
    int32_t* recorded = 0;  // on the GPU: entries in the buffers
    {% for varname, var in record_variables.items() %}
    {{c_data_type(var.dtype)}}* buffer_{{varname}} = 0;
    {% endfor %}
    int steps_in_buffer = 0;

    int steps_per_buffer()
    {
        using namespace brian;
        return std::max(32, (1 << 20) / (_num_{{_eventspace}} - 1));
    }

    void allocate_buffers()
    {
        using namespace brian;
        const size_t room = (size_t)steps_per_buffer() * (_num_{{_eventspace}} - 1);
        CUDA_SAFE_CALL(cudaMalloc((void**)&recorded, sizeof(int32_t)));
        CUDA_SAFE_CALL(cudaMemset(recorded, 0, sizeof(int32_t)));
        {% for varname, var in record_variables.items() %}
        CUDA_SAFE_CALL(cudaMalloc((void**)&buffer_{{varname}}, room * sizeof(buffer_{{varname}}[0])));
        {% endfor %}
    }

    void empty_buffers()
    {
        using namespace brian;
        int32_t n;
        CUDA_SAFE_CALL(cudaMemcpy(&n, recorded, sizeof(n), cudaMemcpyDeviceToHost));
        steps_in_buffer = 0;
        if (n == 0)
        {
            return;
        }
        const size_t before = _array_{{owner.name}}_N[0];
        {% for varname, var in record_variables.items() %}
        {% set vector = get_array_name(var, access_data=False) %}
        {{vector}}.resize(before + n);
        CUDA_SAFE_CALL(
                cudaMemcpy(&{{vector}}[before], buffer_{{varname}},
                    n * sizeof(buffer_{{varname}}[0]), cudaMemcpyDeviceToHost)
                );
        {% endfor %}
        _array_{{owner.name}}_N[0] += n;
        CUDA_SAFE_CALL(cudaMemset(recorded, 0, sizeof(int32_t)));
    }
}
{% endblock %}

{% block extra_kernel_call %}
    if (recorded == 0)
    {
        allocate_buffers();
    }
    if (steps_in_buffer == steps_per_buffer())
    {
        empty_buffers();
    }
    steps_in_buffer++;
{% endblock %}

{% block extra_functions_cu %}
void _finish_{{codeobj_name}}()
{
    using namespace brian;
    if (recorded != 0)
    {
        empty_buffers();
    }
    // What is written in the end is the vector on the GPU.
    {% for varname, var in record_variables.items() %}
    {% set vector = get_array_name(var, access_data=False) %}
    dev{{vector}} = {{vector}};
    {% endfor %}
}
{% endblock %}

{% block extra_functions_h %}
void _finish_{{codeobj_name}}();
{% endblock %}

{% macro main_finalise() %}
_finish_{{codeobj_name}}();
{% endmacro %}
