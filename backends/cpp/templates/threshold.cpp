{# Brian2's threshold.cpp in two passes: the comparison, which the compiler can turn into vector
   instructions because nothing else happens in its loop, and the collection of the few cells
   above threshold, several cells at a look. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include<cstring>
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#include<immintrin.h>
#endif
{% endblock %}
{% block maincode %}
    //// MAIN CODE ////////////
    // scalar code
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set _eventspace = get_array_name(eventspace_variable) %}
    static uint8_t _above[N + 16];  // the last bytes stay 0
    for(int _idx=0; _idx<N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        _above[_idx] = _cond;
    }
    int32_t _count = 0;
    #if defined(__AVX512BW__) && defined(__AVX512VL__)
    // Without a branch: every one would depend on noise, and cost more than the work.
    static int32_t _found[N + 16];
    __m512i _sixteen = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for(int _first=0; _first<N; _first+=16)
    {
        const __m128i _flags = _mm_loadu_si128((const __m128i*)(_above + _first));
        const __mmask16 _mask = _mm_test_epi8_mask(_flags, _flags);
        _mm512_storeu_si512(_found + _count, _mm512_maskz_compress_epi32(_mask, _sixteen));
        _count += __builtin_popcount(_mask);
        _sixteen = _mm512_add_epi32(_sixteen, _mm512_set1_epi32(16));
    }
    std::memcpy({{_eventspace}}, _found, _count*sizeof(int32_t));
    #else
    for(int _first=0; _first<N; _first+=8)
    {
        uint64_t _eight;
        std::memcpy(&_eight, _above + _first, 8);
        if(_eight == 0) continue;
        for(int _idx=_first; _idx<_first+8; _idx++)
            if(_above[_idx]) {{_eventspace}}[_count++] = _idx;
    }
    #endif
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
