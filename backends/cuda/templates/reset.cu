{# USES_VARIABLES { N } #}
{# Resetter: goes through the list of spikes of one network. #}
{% extends 'phase.cu' %}
{% set _slot = 'lateralnet::SLOT' + get_array_name(eventspace_variable, access_data=False) %}
{% set _has_code = vector_code|join|trim %}

{% block stage %}resets{% endblock %}

{% block kernel_maincode %}
        {% if _has_code %}
        ///// scalar_code /////
        {{scalar_code|autoindent}}

        const int _n_spikes = _team.n_spikes({{_slot}});
        for (int _spike = _team.thread; _spike < _n_spikes; _spike += _team.threads)
        {
            const int _idx = _team.list<{{_slot}}>()[_spike];
            const int _vectorisation_idx = _idx;

            ///// vector_code /////
            {{vector_code|autoindent}}
        }
        {% endif %}
{% endblock %}
