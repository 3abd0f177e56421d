{# In single precision: what Brian2 declares as double, as float inside the loops. #}
{% macro begin(names) %}
{% for name in names %}
    const float _single_{{name}} = {{name}};
{% endfor %}
    {
{% for name in names %}
    const float {{name}} = _single_{{name}};
{% endfor %}
{% endmacro %}
{% macro end() %}
    }
{% endmacro %}
