{# USES_VARIABLES { N } #}
{# Thresholder with one kernel and no copy.

   Brian2CUDA clears the list of spikes with a kernel of its own in front of this one; its
   alternative (extra_threshold_kernel = False) clears it inside this kernel, where the threads
   of other blocks may already have written into it. Here two lists take turns: while one is
   filled, the counter of the other, which nothing reads any more, is set to zero for the next
   step. Nothing reads a list beyond its counter, so the entries need no clearing.
#}
{% extends 'common_group.cu' %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{% set _eventspace_name = get_array_name(eventspace_variable, access_data=False) %}

{% block extra_kernel_parameters %}
    int32_t* _next_eventspace,
{% endblock %}

{% block extra_host_parameters %}
            dev{{_eventspace_name}}[(current_idx{{_eventspace_name}} + 1) % 2],
{% endblock %}

{% block kernel_maincode %}
    ///// scalar_code /////
    {{scalar_code|autoindent}}

    if (_idx == 0)
    {
        _next_eventspace[_N] = 0;
    }

    {
        ///// vector_code /////
        {{vector_code|autoindent}}

        if (_cond)
        {
            int32_t spike_index = atomicAdd(&{{_eventspace}}[_N], 1);
            {{_eventspace}}[spike_index] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
{% endblock %}

{% block modify_kernel_dimensions %}
        if (dev{{_eventspace_name}}.size() != 1)
        {
            printf("ERROR: {{owner.name}} has delayed events, which this program cannot keep.\n");
            exit(1);
        }
        int32_t* second_eventspace;
        CUDA_SAFE_CALL(
                cudaMalloc((void**)&second_eventspace, sizeof(int32_t) * _num_{{_eventspace_name}})
                );
        CUDA_SAFE_CALL(
                cudaMemset(second_eventspace, 0, sizeof(int32_t) * _num_{{_eventspace_name}})
                );
        dev{{_eventspace_name}}.push_back(second_eventspace);
{% endblock %}
