{# The lines that a run takes in. #}
{% macro delivered() -%}
  _delivery <= '{{ var("delivery") }}'
{%- endmacro %}
