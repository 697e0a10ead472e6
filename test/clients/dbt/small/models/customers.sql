{{ config(materialized='table') }}
select customer, sum(amount) as amount from {{ ref('orders_merged') }} group by customer
