{# USES_VARIABLES { N, _synaptic_pre} #}
{# Effects of a pathway: the threads of a team share the spikes of their network and the synapses
   of each. Synapses lie network after network; the cells at their ends count from 0 in each. #}
{% extends 'phase.cu' %}
{% set _eventspace = get_array_name(pathway.variables[pathway.eventspace_name], access_data=False) %}
{% set _slot = 'lateralnet::SLOT' + _eventspace %}
{% set _wiring = 'lateralnet::wiring[lateralnet::PATH_' + pathway.name + ']' %}

{% block extra_headers %}
#include <stdint.h>
#include "synapses_classes.h"
{% endblock %}

{% block stage %}{{pathway.when}}{% endblock %}

{% block extra_kernel_parameters %}
    const int32_t* _starts,
    const int32_t* _ids,
    int _row,
{% endblock %}

{% block extra_host_parameters %}
        {{_wiring}}.starts,
        {{_wiring}}.ids,
        {{_wiring}}.row,
{% endblock %}

{% block kernel_maincode %}
        const int _idx = 0;
        const int _vectorisation_idx = 0;

        ///// scalar_code /////
        {{scalar_code|autoindent}}

        const int32_t* _start = _team.slice(_starts, lateralnet::population({{_slot}}));
        const int32_t* _list = _team.list<{{_slot}}>();
        const int _n_spikes = _team.n_spikes({{_slot}});
        const int _lanes = _team.lanes(_row, _n_spikes);
        const int _first = _team.thread / _lanes, _stride = _team.threads / _lanes;
        for (int _spike = _first; _spike < _n_spikes; _spike += _stride)
        {
            const int _source = _list[_spike], _stop = _start[_source + 1];
            int _place = _start[_source] + (_team.thread & (_lanes - 1));
            for (; _place < _stop; _place += _lanes)
            {
                const int _idx = _ids ? _ids[_place] : _place;
                const int _vectorisation_idx = _idx;

                ///// vector_code /////
                {{vector_code|autoindent}}
            }
        }
{% endblock %}
