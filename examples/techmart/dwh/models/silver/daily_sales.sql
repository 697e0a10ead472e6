{{ config(incremental_strategy='insert_overwrite', partition_by=['sold_month']) }}

-- The months that a delivery touches are made anew, whole.
select
  sold_on,
  channel,
  count(*) as sales,
  sum(quantity) as units,
  sum(amount) as turnover,
  count(distinct customer_id) as customers,
  cast(trunc(sold_on, 'MM') as date) as sold_month
from {{ ref('sales') }}
where status <> 'retournee'
{% if is_incremental() %}
  and trunc(sold_on, 'MM') in (select distinct trunc(sold_on, 'MM') from {{ ref('sales') }} where delivery = '{{ var("delivery") }}')
{% endif %}
group by sold_on, channel
