{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='ordered_on') }}
select count(*) as orders, sum(amount) as amount, ordered_on from {{ ref('orders_view') }} group by ordered_on
