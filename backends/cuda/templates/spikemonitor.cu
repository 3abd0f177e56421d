{# USES_VARIABLES { N, count, _source_start, _source_stop, _source_idx} #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{# Spike monitor: the spikes of one network, step after step and sorted by cell. Times are not
   stored: the number of spikes of each step says the same. #}
{% extends 'phase.cu' %}
{% set _slot = 'lateralnet::SLOT' + get_array_name(eventspace_variable, access_data=False) %}
{% if record_variables.keys()|list|sort != ['i', 't'] %}
#error "device cuda records time and cell of spikes, no other variables"
{% endif %}

{% block stage %}synapses{% endblock %}

{% block kernel_maincode %}
        _team.record<{{_slot}}>();
{% endblock %}
