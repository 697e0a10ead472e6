{{ config(partition_by='year') }}

-- Each sale with the version of its customer that was true on its day.
select
  s.transaction_id,
  cast(date_format(s.sold_on, 'yyyyMMdd') as int) as date_key,
  c.customer_key,
  s.product_id,
  s.quantity,
  s.amount,
  cast(s.amount * m.fee_pct / 100 as decimal(12,2)) as fee,
  m.method_name,
  s.channel,
  s.status,
  year(s.sold_on) as year
from {{ ref('sales') }} as s
join {{ ref('dim_customers') }} as c
  on c.customer_id = s.customer_id
  and s.sold_on >= c.valid_from and (c.valid_to is null or s.sold_on < c.valid_to)
join {{ ref('payment_methods') }} as m on m.payment_method = s.payment_method
