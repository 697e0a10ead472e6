{# dbt run-operation drop_all: everything this project made goes. #}
{% macro drop_all() %}
  {% for part in ['staging', 'silver', 'gold', 'seeds', 'snapshots', 'ops', 'audit'] %}
    {% do run_query('drop schema if exists ' ~ target.schema ~ '_' ~ part ~ ' cascade') %}
  {% endfor %}
  {% do run_query('drop schema if exists ' ~ target.schema ~ ' cascade') %}
{% endmacro %}
