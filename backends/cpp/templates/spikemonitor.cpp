{# Brian2's spikemonitor.cpp for a monitor that keeps time and cell of spikes: those of a step are
   handed on at once, and of spikes that nobody wants only the number is kept (`Recorder`). #}
{# USES_VARIABLES { N, _clock_t, count, _source_start, _source_stop} #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    //// MAIN CODE ////////////
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int32_t _n_events = {{_eventspace}}[_num{{eventspace_variable.name}}-1];
    const int32_t* const _first = std::lower_bound({{_eventspace}}, {{_eventspace}} + _n_events, (int32_t)_source_start);
    const int32_t* const _last = std::lower_bound(_first, (const int32_t*){{_eventspace}} + _n_events, (int32_t)_source_stop);
    {{codeobj_name}}_recorder.take(_first, _last, (int32_t)_source_start);
{% endblock %}

{% block extra_headers %}
#include "segments.h"
lateralnet::Recorder {{codeobj_name}}_recorder;
{% endblock %}

{% block extra_functions_h %}
#include "segments.h"
extern lateralnet::Recorder {{codeobj_name}}_recorder;
{% endblock %}
