{# Brian2's synapses.cpp for pathways without delay: each spike of this step leads straight to the
   synapses of its cell, which lie one after the other. Synapses that add a constant weight of 0
   are left out. The order of all additions is the same. #}
{% extends 'common_synapses.cpp' %}
{% block maincode %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set _eventspace = pathway.source.variables[pathway.eventspace_name] %}
    {% set _ends = get_array_name(pathway.synapse_sources, access_data=False) %}
    const int32_t* const _events = {{get_array_name(_eventspace, access_data=False)}};
    const int32_t _n_events = _events[{{_eventspace.size - 1}}];
    const int32_t _start = {{pathway.source.start}}, _stop = {{pathway.source.stop}};
    static std::vector<int32_t> _rows;   // where the synapses of each cell begin
    static std::vector<int32_t> _order;  // empty where all lie in that order already
    {% if weight is none %}
    if (_rows.empty())
    {% else %}
    // Weights may have been given anew before the first step of a segment.
    if (_rows.empty() || {{get_array_name(owner.clock.variables['timestep'], access_data=False)}}[0] == 0)
    {% endif %}
    {
        _order.clear();
        _rows.assign(_stop - _start + 1, 0);
        const size_t _n_synapses = {{_ends}}.size();
        {% if weight is none %}
        const auto _used = [](size_t) { return true; };
        {% else %}
        const auto _used = [](size_t _k) { return {{get_array_name(weight, access_data=False)}}[_k] != 0; };
        {% endif %}
        for (size_t _k=0; _k<_n_synapses; _k++) if (_used(_k)) _rows[{{_ends}}[_k] - _start + 1]++;
        for (int32_t _k=_start; _k<_stop; _k++) _rows[_k - _start + 1] += _rows[_k - _start];
        const size_t _n_used = _rows.back();
        if (_n_used < _n_synapses || !std::is_sorted({{_ends}}.begin(), {{_ends}}.end()))
        {
            std::vector<int32_t> _next(_rows);
            _order.resize(_n_used + 1);  // never empty
            for (size_t _k=0; _k<_n_synapses; _k++)
                if (_used(_k)) _order[_next[{{_ends}}[_k] - _start]++] = _k;
        }
    }
    const int32_t* const _row = _rows.data();
    const int32_t* const _ordered = _order.data();
    if (_order.empty())
    {
        for (int32_t _event=0; _event<_n_events; _event++)
        {
            if (_events[_event] < _start || _events[_event] >= _stop) continue;
            const int32_t _source = _events[_event] - _start;
            const int32_t _last = _row[_source + 1];
            for (int32_t _idx=_row[_source]; _idx<_last; _idx++)
            {
                const size_t _vectorisation_idx = _idx;
                {{vector_code|autoindent}}
            }
        }
    }
    else
    {
        for (int32_t _event=0; _event<_n_events; _event++)
        {
            if (_events[_event] < _start || _events[_event] >= _stop) continue;
            const int32_t _source = _events[_event] - _start;
            const int32_t _last = _row[_source + 1];
            for (int32_t _place=_row[_source]; _place<_last; _place++)
            {
                const int32_t _idx = _ordered[_place];
                const size_t _vectorisation_idx = _idx;
                {{vector_code|autoindent}}
            }
        }
    }
{% endblock %}
