{# USES_VARIABLES { N } #}
{# A code object as one phase of a time step, carried out by the team of threads of one network.

   Brian2CUDA launches a kernel for each code object and step. Here its code is a method of a
   struct whose fields are the arguments that the kernel would get; `kernel.py` joins the phases
   in Brian2's order, with a barrier where the stage changes. Cells count from 0 in each network:
   `kernel.py` puts its part of every array of cells in front of the code. Synapses lie network
   after network in one array; their number is one in memory, not a constant.
#}
{% extends 'common_group.cu' %}
{# The array of the field, which lies on the GPU; without _ptr it would be the host's. #}
{% set _n_of_all = constant_or_scalar('N', variables['N'])|replace('_array', '_ptr_array') %}

{% block kernel %}
// phase: {{codeobj_name}}, stage: {% block stage %}cells{% endblock %}

struct _Phase_{{codeobj_name}}
{
    // fields
    {% block extra_kernel_parameters %}
    {% endblock %}
    %KERNEL_PARAMETERS%
    // end of fields

    __device__ __forceinline__ void run(const lateralnet::Team& _team) const
    {
        using namespace brian;

        %KERNEL_CONSTANTS%

        // The time of the team takes the place of the field of that name.
        const double _value_array_defaultclock_t = _team.t;
        // parts of this network

        {{kernel_lines|autoindent}}

        {% block kernel_maincode %}
        ///// scalar_code /////
        {{scalar_code|autoindent}}

        const int _n = {{_n_of_all}} / lateralnet::REPLICAS;
        const int _first = {{'0' if _n_of_all == 'N' else '_team.replica * _n'}};
        for (int _idx = _first + _team.thread; _idx < _first + _n; _idx += _team.threads)
        {
            const int _vectorisation_idx = _idx;

            ///// vector_code /////
            {{vector_code|autoindent}}

            {% block extra_vector_code %}
            {% endblock %}
        }
        {% endblock kernel_maincode %}
    }
};

inline _Phase_{{codeobj_name}} _bind_{{codeobj_name}}()
{
    using namespace brian;

    %HOST_CONSTANTS%

    return {
        {% block extra_host_parameters %}
        {% endblock %}
        %HOST_PARAMETERS%
    };
}
{% endblock kernel %}

{% block define_N %}
{% endblock %}

{% block prepare_kernel %}
{% endblock %}

{% block kernel_call %}
{% endblock %}
