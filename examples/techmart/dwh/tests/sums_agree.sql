-- The star schema has lost no sale and no dirham on the way from silver.
with silver as (select count(*) as sales, sum(amount) as amount from {{ ref('sales') }}),
     gold as (select count(*) as sales, sum(amount) as amount from {{ ref('fact_sales') }}),
     metrics as (select sales, turnover as amount from {{ ref('metrics_monthly') }} where level = 3)

select * from silver cross join gold cross join metrics
where silver.sales <> gold.sales or silver.amount <> gold.amount or gold.sales <> metrics.sales or gold.amount <> metrics.amount
