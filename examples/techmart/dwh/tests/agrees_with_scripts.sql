{{ config(enabled=var('compare_with_scripts')) }}
-- ../02_silver.sql and ../03_gold.sql make the same sales from the same deliveries.
(select transaction_id, quantity, amount, channel, status from {{ ref('fact_sales') }}
 except
 select transaction_id, quantity, amount, channel, status from gold.fact_sales)
union all
(select transaction_id, quantity, amount, channel, status from gold.fact_sales
 except
 select transaction_id, quantity, amount, channel, status from {{ ref('fact_sales') }})
