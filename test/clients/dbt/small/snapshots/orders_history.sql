{% snapshot orders_history %}
{{ config(target_schema=target.schema, unique_key='order_id', strategy='check', check_cols=['amount'], file_format='delta', invalidate_hard_deletes=true) }}
select * from {{ ref('orders_view') }}
{% endsnapshot %}
