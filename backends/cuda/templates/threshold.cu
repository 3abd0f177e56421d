{# USES_VARIABLES { N } #}
{# Thresholder: the cells of one network that spike go into a list, in any order.

   The list has two counters, which take turns: the one of the next step is set to zero here.
#}
{% extends 'phase.cu' %}
{% set _slot = 'lateralnet::SLOT' + get_array_name(eventspace_variable, access_data=False) %}

{% block kernel_maincode %}
{% if _uses_refractory %}
#error "refractoriness must be a counter of steps: device cuda does not keep Brian2's lastspike"
{% endif %}
        ///// scalar_code /////
        {{scalar_code|autoindent}}

        if (_team.thread == 0)
            _team.n_spikes_next({{_slot}}) = 0;

        for (int _idx = _team.thread; _idx < N / lateralnet::REPLICAS; _idx += _team.threads)
        {
            const int _vectorisation_idx = _idx;

            ///// vector_code /////
            {{vector_code|autoindent}}

            if (_cond)
                _team.list<{{_slot}}>()[atomicAdd(&_team.n_spikes({{_slot}}), 1)] = _idx;
        }
{% endblock %}
