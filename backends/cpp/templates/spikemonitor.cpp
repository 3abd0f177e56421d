{# Brian2's spikemonitor.cpp for a monitor that keeps time and cell of every spike: the cells of a
   step are copied at once, and its time is kept as the number of its spikes (`*_per_step`). #}
{# USES_VARIABLES { N, _clock_t, count, _source_start, _source_stop} #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    //// MAIN CODE ////////////
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int32_t _n_events = {{_eventspace}}[_num{{eventspace_variable.name}}-1];
    const int32_t* const _first = std::lower_bound({{_eventspace}}, {{_eventspace}} + _n_events, (int32_t)_source_start);
    const int32_t* const _last = std::lower_bound(_first, (const int32_t*){{_eventspace}} + _n_events, (int32_t)_source_stop);
    auto& _cells = {{get_array_name(record_variables['i'], access_data=False)}};
    _cells.insert(_cells.end(), _first, _last);
    {{codeobj_name}}_per_step.push_back((int32_t)(_last - _first));
{% endblock %}

{% block extra_headers %}
#include<algorithm>
#include<vector>
std::vector<int32_t> {{codeobj_name}}_per_step;
{% endblock %}

{% block extra_functions_h %}
#include<cstdint>
#include<vector>
extern std::vector<int32_t> {{codeobj_name}}_per_step;
{% endblock %}
