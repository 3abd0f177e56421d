{# USES_VARIABLES { _synaptic_pre, _synaptic_post, sources, targets
                    N_incoming, N_outgoing, N, N_pre, N_post, _source_offset,
                    _target_offset } #}
{# WRITES_TO_READ_ONLY_VARIABLES { _synaptic_pre, _synaptic_post, N_incoming,
                                   N_outgoing, N} #}
{# Synapses between given pairs of cells, made on the host and copied.

   Brian2CUDA looks through all pairs for repeated ones, with a tree that takes most of the
   program's start. Only effects without atomic operations need to know of them; ours have those.
   On the GPU the ends of synapses are cells counted from 0 in each network.
#}
{% extends 'common_group.cu' %}

{% block kernel %}
{% endblock %}

{% block prepare_kernel %}
{% endblock %}

{% block kernel_call %}
{% endblock %}

{% block define_N %}
{% endblock %}

{% block host_maincode %}
{% if multisynaptic_index %}
#error "synapses that are numbered within a pair of cells are not supported"
{% endif %}
    const int _N_pre = {{constant_or_scalar('N_pre', variables['N_pre'])}};
    const int _N_post = {{constant_or_scalar('N_post', variables['N_post'])}};
    {{_dynamic_N_incoming}}.resize(_N_post + _target_offset);
    {{_dynamic_N_outgoing}}.resize(_N_pre + _source_offset);

    ///// pointers_lines /////
    {{pointers_lines|autoindent}}

    {{_dynamic__synaptic_pre}}.resize(_numsources);
    {{_dynamic__synaptic_post}}.resize(_numsources);
    for (int _idx = 0; _idx < _numsources; _idx++)
    {
        ///// vector_code /////
        {{vector_code|autoindent}}

        {{_dynamic__synaptic_pre}}[_idx] = _real_sources;
        {{_dynamic__synaptic_post}}[_idx] = _real_targets;
        {{_dynamic_N_outgoing}}[_real_sources]++;
        {{_dynamic_N_incoming}}[_real_targets]++;
    }
    {{N}} = _numsources;
    {% for variable in owner._registered_variables | sort(attribute='name') %}
    {% set varname = get_array_name(variable, access_data=False) %}
    {% set size = '1' if variable.name == 'delay' and no_or_const_delay_mode else '_numsources' %}
    THRUST_CHECK_ERROR(dev{{varname}}.resize({{size}}));
    {{varname}}.resize({{size}});
    {% endfor %}
    dev{{_dynamic_N_incoming}} = {{_dynamic_N_incoming}};
    dev{{_dynamic_N_outgoing}} = {{_dynamic_N_outgoing}};
    auto in_network = {{_dynamic__synaptic_pre}};
    for (auto& cell : in_network)
        cell %= _N_pre / lateralnet::REPLICAS;
    dev{{_dynamic__synaptic_pre}} = in_network;
    in_network = {{_dynamic__synaptic_post}};
    for (auto& cell : in_network)
        cell %= _N_post / lateralnet::REPLICAS;
    dev{{_dynamic__synaptic_post}} = in_network;
    CUDA_SAFE_CALL(
            cudaMemcpy(dev{{get_array_name(variables['N'], access_data=False)}},
                {{get_array_name(variables['N'], access_data=False)}},
                sizeof({{c_data_type(variables['N'].dtype)}}), cudaMemcpyHostToDevice)
            );
{% endblock %}
