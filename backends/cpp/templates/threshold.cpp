{# Brian2's threshold.cpp in two passes: the comparison, which the compiler can turn into vector
   instructions because nothing else happens in its loop (where the cells have a state update, it
   is part of that: stateupdate.cpp), and the collection of the few cells above threshold, many
   cells at a look. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% import 'single.cpp' as precision %}
{% block extra_headers %}
#include<cstdint>
#include<cstring>
#if defined(__AVX512F__)
#include<immintrin.h>
#endif
{% if compared_in_update %}
extern int32_t {{owner.name}}_above[];
{% endif %}
{% endblock %}
{% block maincode %}
    //// MAIN CODE ////////////
    {% if compared_in_update %}
    const int32_t* const _above = {{owner.name}}_above;
    {% else %}
    // scalar code
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    static int32_t _above[N + 16];  // the last places stay 0
    {{precision.begin(single(vector_code))}}
    for(int _idx=0; _idx<N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        _above[_idx] = -(int32_t)_cond;
    }
    {{precision.end()}}
    {% endif %}

    {% set _eventspace = get_array_name(eventspace_variable) %}
    int32_t _count = 0;
    static int32_t _found[N + 16];
    #if defined(__AVX512F__) && defined(__AVX512DQ__)
    // Without a branch: every one would depend on noise, and cost more than the work.
    __m512i _sixteen = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for(int _first=0; _first<N; _first+=16)
    {
        const __mmask16 _mask = _mm512_movepi32_mask(_mm512_loadu_si512(_above + _first));
        _mm512_storeu_si512(_found + _count, _mm512_maskz_compress_epi32(_mask, _sixteen));
        _count += __builtin_popcount(_mask);
        _sixteen = _mm512_add_epi32(_sixteen, _mm512_set1_epi32(16));
    }
    #else
    for(int _first=0; _first<N; _first+=8)
    {
        uint64_t _pairs[4];
        std::memcpy(_pairs, _above + _first, sizeof _pairs);
        if((_pairs[0] | _pairs[1] | _pairs[2] | _pairs[3]) == 0) continue;
        for(int _idx=_first; _idx<_first+8; _idx++)
        {
            _found[_count] = _idx;
            _count -= _above[_idx];
        }
    }
    #endif
    std::memcpy({{_eventspace}}, _found, _count*sizeof(int32_t));
    {% if _uses_refractory %}
    for(int32_t _event=0; _event<_count; _event++)
    {
        const int32_t _idx = {{_eventspace}}[_event];
        {{not_refractory}}[_idx] = false;
        {{lastspike}}[_idx] = {{t}};
    }
    {% endif %}
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{{_eventspace}}[N] = 0;
{% endblock %}
