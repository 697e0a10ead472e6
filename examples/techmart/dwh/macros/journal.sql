{# A table that tells which runs there were and what they loaded. #}
{% macro journal_name() %}{{ target.schema }}_ops.journal{% endmacro %}

{% macro journal_table() %}
  {% if execute %}
    {% do run_query("create schema if not exists " ~ target.schema ~ "_ops comment 'What dbt did'") %}
    {% do run_query("create table if not exists " ~ journal_name() ~ " (run string, at timestamp, event string, nodes int, failed int) using delta") %}
  {% endif %}
  insert into {{ journal_name() }} values ('{{ invocation_id }}', timestamp'{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}', '{{ flags.WHICH }}', null, null)
{% endmacro %}

{% macro journal(event, nodes=none, failed=none) %}
  insert into {{ journal_name() }}
  select '{{ invocation_id }}', current_timestamp(), '{{ event }}{{ ":" ~ this.identifier if this else "" }}',
    cast({{ nodes if nodes is not none else 'null' }} as int), cast({{ failed if failed is not none else 'null' }} as int)
{% endmacro %}
