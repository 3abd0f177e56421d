{# Brian2's stateupdate.cpp, which also compares with the threshold where a cell's variables are
   at hand (`_above`, for threshold.cpp), and in single precision keeps no double in its loop. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% import 'single.cpp' as precision %}
{% block extra_headers %}
{% if compared_in_update %}
// -1 where a cell is above threshold; wide enough for whole vectors, whose last places stay 0.
int32_t {{owner.name}}_above[{{variables['N'].get_value()}} + 16];
{% endif %}
{% endblock %}
{% block maincode %}
    //// MAIN CODE ////////////
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {{precision.begin(single(vector_code))}}
    // The cells are independent of each other, which no compiler can find out in time.
    #if defined(__clang__)
    #pragma clang loop vectorize(assume_safety)
    #elif defined(__GNUC__)
    #pragma GCC ivdep
    #endif
    for(int _idx=0; _idx<_N; _idx++)
    {
        // vector code
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {% if compared_in_update %}
        {{owner.name}}_above[_idx] = -(int32_t)_cond;
        {% endif %}
    }
    {{precision.end()}}
{% endblock %}
{% block extra_functions_h %}
{% if compared_in_update %}
#include<cstdint>
extern int32_t {{owner.name}}_above[];
{% endif %}
{% endblock %}
