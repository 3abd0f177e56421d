{# USES_VARIABLES { N, delay, _n_sources, _n_targets, _source_dt } #}
{# Connectivity of a pathway: the synapses of each source, one after the other.

   Brian2CUDA copies the synapses of each source to the GPU with a call of its own, thousands per
   start, and asks the GPU in every step. Without delays there is no queue, so two arrays do:
   the synapses ordered by source (none where they are so already), and where each source begins.
#}
{% extends 'common_group.cu' %}

{% block before_run_headers %}
#include <vector>
#include "objects.h"
#include "code_objects/{{codeobj_name}}.h"
#include "brianlib/cuda_utils.h"
{% endblock %}

{% block before_run_host_maincode %}
    ///// HOST_CONSTANTS ///////////
    %HOST_CONSTANTS%

    ///// pointers_lines /////
    {{pointers_lines|autoindent}}

    const int n_synapses = (int){{N}};
    const int n_sources = {{constant_or_scalar('_n_sources', variables['_n_sources'])}};
    {% set source_ids = get_array_name(owner.synapse_sources, access_data=False) %}
    {% set source_offset = owner.source.start if owner.source.start is defined else 0 %}
    const double half_a_step = 0.5 * {{_source_dt}};
    for (size_t k = 0; k < {{_dynamic_delay}}.size(); k++)
    {
        if ({{_dynamic_delay}}[k] >= half_a_step)
        {
            printf("ERROR: {{owner.name}} has delays, which this program cannot keep.\n");
            exit(1);
        }
    }
    std::vector<int32_t> start(n_sources + 1, 0), ids(n_synapses);
    for (int k = 0; k < n_synapses; k++)
        start[{{source_ids}}[k] - {{source_offset}} + 1]++;
    for (int source = 0; source < n_sources; source++)
        start[source + 1] += start[source];
    std::vector<int32_t> next(start.begin(), start.end() - 1);
    for (int k = 0; k < n_synapses; k++)
        ids[next[{{source_ids}}[k] - {{source_offset}}]++] = k;
    lateralnet::wiring[lateralnet::PATH_{{owner.name}}].upload(start, ids);
    {{owner.name}}_delay = 0;
    {{owner.name}}_scalar_delay = true;
{% endblock %}

{% block kernel %}
{% endblock %}

{% block define_N %}
{% endblock %}

{% block prepare_kernel %}
{% endblock %}

{% block kernel_call %}
{% endblock %}
