{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{# State update, and run_regularly, of the cells of one network. #}
{% extends 'phase.cu' %}
