{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_id', on_schema_change='append_new_columns') }}
select *{% if var('upto', 2) > 2 %}, amount * 2 as doubled{% endif %} from {{ ref('orders_view') }}
