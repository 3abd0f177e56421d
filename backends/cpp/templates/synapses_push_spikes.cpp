{# Brian2's synapses_push_spikes.cpp without the queue, which a pathway without delay does not
   need: synapses.cpp reads the spikes of this step where they are. #}
{# USES_VARIABLES { _n_sources, _n_targets, delay, _source_dt} #}
{% extends 'common_group.cpp' %}
{% block before_code %}
    for (const auto _delay : {{get_array_name(variables['delay'], access_data=False)}})
        if (_delay != 0)
        {
            std::cerr << "{{owner.name}}: delays are not supported" << std::endl;
            exit(5);
        }
{% endblock %}
