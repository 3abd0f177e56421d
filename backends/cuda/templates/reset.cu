{# USES_VARIABLES { N } #}
{# Resetter that is launched only where the group has something to reset. #}
{% extends 'common_group.cu' %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{% set _has_code = vector_code|join|trim %}

{% block kernel_maincode %}
    if (_idx >= {{_eventspace}}[N])
    {
        return;
    }

    ///// scalar_code /////
    {{scalar_code|autoindent}}

    _idx = {{_eventspace}}[_idx];
    _vectorisation_idx = _idx;

    ///// vector_code /////
    {{vector_code|autoindent}}
{% endblock %}

{% block prepare_kernel %}
{% if _has_code %}
{{ super() }}
{% endif %}
{% endblock %}

{% block kernel_call %}
{% if _has_code %}
{{ super() }}
{% endif %}
{% endblock %}
